-- The examples of README.md and docs/*.md do what they say. Runs in the project's root, on a host.
--
-- In a block ```lua each line `--> text` states what the code before it prints; blocks of a page run
-- in order, in one state where every module is open under its name. A block that begins with `> ` is
-- a session at the prompt: the command shows what stands there. In docs/coming-from.md each row of a
-- table is code and what it prints. What `plot.save` puts into docs/pictures is what stands there, and
-- a page shows the pictures that it makes; `moonlet test --record tests/docs` writes them.

local plot, test = require "plot", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local PAGES <const> = {
  "README.md", "docs/coming-from.md", "docs/data.md", "docs/dsp.md", "docs/files.md", "docs/ml.md",
  "docs/models.md", "docs/npu.md", "docs/plot.md", "docs/shell.md", "docs/tasks.md", "docs/tensor.md",
  "docs/testing.md", "docs/tutorial.md",
}
local PICTURES <const> = "docs/pictures/"

local function read(path)
  local file <close> = assert(io.open(path))
  return (assert(file:read "a"))
end

local function squeeze(text) return (text:gsub("%s+", " "):match "^ ?(.-) ?$") end

local function check_picture(path, text)
  if test.setting "MOONLET_TEST_RECORD" then
    local file <close> = assert(io.open(path, "w"))
    file:write(text)
  else
    expect(text):equals(read(path))
  end
end

-- A state for code of a page: modules by name, `print` that keeps its lines, and `plot.save` that
-- checks pictures and says in `saved` which.
local function environment(lines, saved)
  local env = {plot = setmetatable({}, {__index = plot})}
  function env.plot.save(path, figure, options)
    if path:sub(1, #PICTURES) ~= PICTURES then return plot.save(path, figure, options) end
    check_picture(path, figure:svg(options))
    saved[#saved + 1] = path:sub(#PICTURES + 1)
    return true
  end
  function env.print(...)
    local parts = {}
    for i = 1, select("#", ...) do parts[i] = tostring((select(i, ...))) end
    lines[#lines + 1] = table.concat(parts, " ")
  end
  return setmetatable(env, {__index = function(_, name)
    if _G[name] ~= nil then return _G[name] end
    local found, module = pcall(require, name)
    return found and module or nil
  end})
end

-- The blocks of code in a page: {text, first line}.
local function blocks_of(text)
  local blocks, block, number = {}, nil, 0
  for line in (text .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if block and line == "```" then
      blocks[#blocks + 1] = {text = table.concat(block, "\n"), line = block.line}
      block = nil
    elseif block then
      block[#block + 1] = line
    elseif line == "```lua" then
      block = {line = number + 1}
    end
  end
  return blocks
end

local function stated(text)
  local parts = {}
  for line in text:gmatch "[^\n]+" do
    parts[#parts + 1] = line:match "%-%-> ?(.*)$"
  end
  return squeeze(table.concat(parts, " "))
end

local function load_block(block, name, env)
  return assert(load(("\n"):rep(block.line - 1) .. block.text, "@" .. name, "t", env))
end

-- A block of cases stands by itself: none can be inside another.
local function is_test(block)
  return block.text:find "describe%(" or block.text:find "test.each" or block.text:find "test.property"
end

-- A script's block.
local function check_script(block, name, env, lines)
  for i = #lines, 1, -1 do lines[i] = nil end
  load_block(block, name, env)()
  if block.text:find "%-%->" then
    expect(squeeze(table.concat(lines, " "))):equals(stated(block.text))
  else
    assert(true)
  end
end

-- What the prompt shows for the lines behind `> ` and `>> `.
local function prompt_shows(block)
  local path = test.scratch ".txt"
  local file <close> = assert(io.open(path, "w"))
  for line in block.text:gmatch "[^\n]+" do
    local typed = line:match "^>>? (.*)$"
    if typed then file:write(typed, "\n") end
  end
  file:close()
  local command = test.setting "MOONLET_COMMAND" or "build/host/shell/moonlet"
  local pipe <close> = assert(io.popen(command .. " -i 2>&1 < " .. path))
  local shown = pipe:read "a"
  os.remove(path)
  return squeeze((("\n" .. shown):gsub("\n[> ]*", "\n")))
end

local function check_session(block)
  local expected = ("\n" .. block.text):gsub("\n>>? [^\n]*", "")
  expect(prompt_shows(block)):equals(squeeze(expected))
end

local function check_block(block, name, env, lines)
  if is_test(block) then return load_block(block, name, env)() end
  it("does what line " .. block.line .. " says", function()
    if block.text:find "^> " then return check_session(block) end
    check_script(block, name, env, lines)
  end)
end

for _, page in ipairs(PAGES) do
  describe(page, function()
    local lines, saved = {}, {}
    local env = environment(lines, saved)
    local text = read(page)
    for _, block in ipairs(blocks_of(text)) do check_block(block, page, env, lines) end
    it("shows the pictures that it makes", function()
      local shown, unseen = {}, {}
      for name in text:gmatch "%(pictures/(.-)%)" do shown[name] = read(PICTURES .. name) end
      for _, name in ipairs(saved) do
        if not shown[name] then unseen[#unseen + 1] = name end
      end
      expect(unseen):equals {}
    end)
  end)
end

-- "| theirs | `code` | `result` |"
describe("a row of coming-from", function()
  local number = 0
  for line in read "docs/coming-from.md":gmatch "[^\n]+" do
    local theirs, code, result = line:match "^| (.-) | `(.-)` | ?(.-) |$"
    if code then
      number = number + 1
      it(("%d, %s"):format(number, theirs), function()
        local lines = {}
        local env = environment(lines, {})
        code = code:gsub("\\|", "|")
        local chunk = load("print(" .. code .. ")", "=row", "t", env) or
          assert(load(code, "=row", "t", env))
        chunk()
        local expected = result:match "^`(.-)`$" or result
        expect(squeeze(table.concat(lines, " "))):equals(squeeze(expected))
      end)
    end
  end
  it("was found at all", function() assert(number > 60, number) end)
end)
