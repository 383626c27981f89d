-- The blocks of docs/plot.md, in their order: what stands behind `-->` is what they print, and the
-- pictures they save are those the page shows. `moonlet test --record` writes the pictures.

local test = require "test"
local describe, it, expect = test.describe, test.it, test.expect
local file_bytes = require "file_bytes"

local GUIDE <const> = "docs/plot.md"

local function read(path) return file_bytes.read(path) end

-- The texts of the blocks of Lua in a page, with the lines they begin at.
local function blocks_of(page)
  local blocks, at = {}, 1
  while true do
    local first, last, text = page:find("\n```lua\n(.-)\n```", at)
    if not first then return blocks end
    local _, lines = page:sub(1, first):gsub("\n", "")
    blocks[#blocks + 1] = {text = text, line = lines + 2}
    at = last
  end
end

local function squeeze(text) return (text:gsub("%s+", " "):match "^ ?(.-) ?$") end

-- What a block says it prints.
local function stated(text)
  local lines = {}
  for line in text:gmatch "[^\n]+" do lines[#lines + 1] = line:match "^%-%-> ?(.*)$" end
  return squeeze(table.concat(lines, " "))
end

-- Modules open by name; `print` and `plot.save` keep what they are given.
local function environment(printed, saved)
  local plot = setmetatable({}, {__index = require "plot"})
  function plot.save(path, figure, options)
    saved[#saved + 1] = {path = path, text = figure:svg(options)}
    return true
  end
  local env = {plot = plot, print = function(value) printed[#printed + 1] = tostring(value) end}
  return setmetatable(env, {__index = function(_, name) return _G[name] or require(name) end})
end

local function check_picture(picture)
  if test.setting "MOONLET_TEST_RECORD" then file_bytes.write(picture.path, picture.text) end
  expect(picture.text):equals(read(picture.path))
end

describe("the guide", function()
  local page = read(GUIDE)
  if not page then test.skip(GUIDE .. " is not here") end
  local printed, saved, shown = {}, {}, {}
  local env = environment(printed, saved)
  for _, block in ipairs(blocks_of(page)) do
    it("does what line " .. block.line .. " says", function()
      local count = #saved
      printed[1] = nil
      assert(load(block.text, "=" .. GUIDE, "t", env))()
      expect(squeeze(table.concat(printed, " "))):equals(stated(block.text))
      for i = count + 1, #saved do
        check_picture(saved[i])
        shown[saved[i].path] = true
      end
      while #printed > 0 do printed[#printed] = nil end
    end)
  end
  it("shows the pictures it makes, and no others", function()
    local count = 0
    for name in page:gmatch "%(pictures/(.-)%)" do
      count = count + 1
      expect(shown["docs/pictures/" .. name]):is_true()
    end
    expect(count):equals(#saved)
  end)
end)
