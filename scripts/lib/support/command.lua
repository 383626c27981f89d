--- The command line of an application: options with a value each.

local command = {}

--- command.options(words, known, usage) -> table
-- "--name VALUE" becomes options.name, a number where known.name is "number". `known` has
-- "text" or "number" for each. What makes no sense, or --help, prints `usage` and ends the
-- script.
function command.options(words, known, usage)
  local options = {}
  local function leave(why)
    print(why and why .. "\n" .. usage or usage)
    os.exit(why and 2 or 0)
  end
  for i = 1, #words, 2 do
    local name, value = words[i]:match "^%-%-(%w+)$", words[i + 1]
    if name == "help" then leave() end
    local kind = name and known[name]
    if not kind then leave(("no option '%s'"):format(words[i])) end
    if value == nil then leave(("--%s: a value expected"):format(name)) end
    options[name] = kind == "number" and tonumber(value) or value
    if kind == "number" and type(options[name]) ~= "number" then
      leave(("--%s: a number expected, got '%s'"):format(name, value))
    end
  end
  return options
end

return command
