-- The examples of docs/*.md do what they say. Runs in the project's root, on a host.
--
-- In a block ```lua each line `--> text` states what the code before it prints; blocks of a page run
-- in order, in one state where every module is open under its name. A block that begins with `> ` is
-- a session at the prompt: the command shows what stands there. In docs/coming-from.md each row of a
-- table is code and what it prints.

local test = require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- Pages whose blocks all run; others show pieces.
local PAGES <const> = {"coming-from", "data", "files", "tasks", "tensor", "testing", "tutorial"}

local function read(path)
  local file <close> = assert(io.open(path))
  return (assert(file:read "a"))
end

local function squeeze(text) return (text:gsub("%s+", " "):match "^ ?(.-) ?$") end

-- A state for code of a page: modules by name, and `print` that keeps its lines.
local function environment(lines)
  local env = {}
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

for _, page in ipairs(PAGES) do
  describe(page, function()
    local lines = {}
    local env = environment(lines)
    for _, block in ipairs(blocks_of(read("docs/" .. page .. ".md"))) do
      local name = page .. ".md"
      if is_test(block) then
        load_block(block, name, env)()
      else
        it("does what line " .. block.line .. " says", function()
          if block.text:find "^> " then return check_session(block) end
          check_script(block, name, env, lines)
        end)
      end
    end
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
        local env = environment(lines)
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
