local board, sys, test = require "board", require "sys", require "test"
local describe, it, expect = test.describe, test.it, test.expect

describe("lights", function()
  it("are as they were set", function()
    for i = 1, board.leds do board.set_led(i, i % 2 == 1) end
    for i = 1, board.leds do expect(board.led(i)):equals(i % 2 == 1) end
    for i = 1, board.leds do board.set_led(i, false) end
    expect(board.led(1)):is_false()
  end)
  it("refuse positions that do not exist", function()
    expect(board.led, 0):raises "light from 1 to %d+ expected, got 0"
    expect(board.set_led, board.leds + 1, true):raises "expected, got"
    expect(board.set_led, 1, 1):raises "boolean expected, got number"
    expect(board.led, "x"):raises "number expected, got string"
  end)
end)

describe("buttons", function()
  it("are pressed by a test, or by hand alone", function()
    expect(board.button(1)):is_false()
    local pressed, message = board.set_button(1, true)
    if pressed then
      expect(board.button(1)):is_true()
      board.set_button(1, false)
    else
      expect(message):matches "by hand"
    end
    expect(board.button(1)):is_false()
    expect(board.button, 3):raises "button from 1 to 2 expected, got 3"
  end)
end)

describe("the second serial line", function()
  it("has nothing to give before something came", function()
    board.uart_read()
    expect(board.uart_read()):equals ""
    expect(board.uart_read(0)):equals ""
    expect(board.uart_read(10, 0.002)):equals ""
  end)
  it("carries every byte", function()
    local bytes = {}
    for i = 0, 255 do bytes[i + 1] = string.char(i) end
    local all = table.concat(bytes)
    board.uart_write(all)
    -- Only on the host what is written comes back.
    expect(board.uart_read(sys.board == "host" and 256 or 0, 1)):equals(
      sys.board == "host" and all or "")
  end)
  it("refuses what it cannot do", function()
    expect(board.uart_speed, 0):raises "no speed of this line: 0"
    expect(board.uart_read, -1):raises "a count from 0 to 65536 expected"
    expect(board.uart_read, 1, -1):raises "seconds from 0 to"
    expect(board.uart_write, {}):raises "string expected, got table"
    board.uart_speed(115200)
  end)
end)

describe("the watchdog", function()
  it("is fed, and ended", function()
    local watched, message = board.watchdog(60)
    board.feed()
    if watched then expect(board.watchdog(0)):is_true() else expect(message):matches "no watchdog" end
    expect(board.watchdog, -1):raises "seconds from 0 to"
  end)
end)
