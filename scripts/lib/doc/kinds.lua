--- Kinds of values, as the words of signatures and units tell them.
--
-- Kinds are Lua's types, "integer", "tensor" and names of classes; "a | b" is one of both.

local kinds = {}

-- Nouns that signatures use for results.
local RESULT <const> = {
  message = "string", path = "string", folder = "string", iterator = "function", sos = "tensor",
  zf = "tensor", beta = "number", taps = "integer", distances = "tensor", positions = "tensor",
  frequencies = "tensor", response = "tensor", delays = "tensor", lost = "integer",
  columns = "table", times = "tensor", sample_rate = "number", seconds = "number",
  flags = "integer", time = "integer", label = "number | string", value = "any",
  values = "any", block = "any", x_train = "tensor", x_test = "tensor", y_train = "any",
  y_test = "any", generator = "table", counterexample = "table", golden = "table",
  splitter = "table", search = "table", byte = "integer", bytes = "string", frames = "integer",
  pipe = "table",
}

-- Names of arguments that mean the same wherever they appear.
local ARGUMENT <const> = {
  axis = "integer", axis1 = "integer", axis2 = "integer", shape = "table", dtype = "string",
  out = "tensor", seed = "integer", path = "string", name = "string", text = "string",
  bytes = "string", string = "string", message = "string", title = "string", options = "table",
  seconds = "number", sample_rate = "number", count = "integer", size = "integer",
  body = "function", format = "string", kind = "string",
}

local TYPES <const> = {
  number = true, integer = true, string = true, boolean = true, table = true, tensor = true,
  any = true, ["nil"] = true, ["true"] = true, ["false"] = true, ["function"] = true,
}

-- Patterns of what stands behind "NAME:", and the kind each tells of; the first that fits.
local WHAT <const> = {
  {"^function", "function"}, {"^boolean", "boolean"}, {"^the block's dtype", "tensor"},
  {"^u?int%d+ ?{", "tensor"}, {"^float%d+ ?{", "tensor"}, {"^{[%w_ ,.*/()+-]*}", "tensor"},
  {"^labels {samples}$", "tensor"}, {"^values {samples}$", "tensor"}, {'^"', "string"},
  {"^text", "string"}, {"^a?n? ?path", "string"}, {"^letters", "string"}, {"^whole", "integer"},
  {"^integer", "integer"}, {"^number of", "integer"}, {"^bytes", "integer"},
  {"^items", "integer"}, {"^samples", "integer"}, {"^points", "integer"},
  {"^hertz.*tensor", "any"}, {"^hertz", "number"}, {"^dB", "number"}, {"^radians", "number"},
  {"^seconds", "number"}, {"^%-?%d", "number"}, {"^from 1 to ", "integer"}, {"^list", "table"},
  {"^array", "table"}, {"^an array", "table"}, {"^tensors ", "table"}, {"^coroutine", "thread"},
}

-- Words that lists of kinds are made of: "tensor, number or nil".
local NOUNS <const> = {
  tensor = "tensor", number = "number", boolean = "boolean", table = "table", string = "string",
  vectors = "tensor", tables = "table", numbers = "number", bool = "tensor",
  ["nil"] = "nil", ["function"] = "function",
}

-- The kind a word of a result means. A class is its own; where another module's has the name of a
-- noun, the noun is meant.
function kinds.of_result(word, classes, module)
  if word:find '^"' then return "string" end
  if word:find "^{" then return "table" end
  if word == "..." then return "any" end
  local first = word:match "^[%w_]+"
  if first == "array" then return "table" end
  if TYPES[first] or classes[first] == module then return first end
  return RESULT[first] or classes[first] and first
end

-- Every kind once: "a | b".
function kinds.join(a, b)
  if not a or a == b then return b end
  if (" | " .. a .. " | "):find(" | " .. b .. " | ", 1, true) then return a end
  return a .. " | " .. b
end

-- The kinds at the beginning of a text, "tensor, number or nil ..."; nil where it begins with none.
local function listed_kinds(what)
  local listed, at = nil, 1
  while true do
    local word, next_at = what:match("^(%l+)()", what:match("^an? ()", at) or at)
    if not NOUNS[word] then return listed end
    listed = kinds.join(listed, NOUNS[word])
    at = what:match("^,? or ()", next_at) or what:match("^, ()", next_at)
    if not at then return listed end
  end
end

-- Of what stands behind a name.
function kinds.of(name, what)
  for _, pair in ipairs(WHAT) do
    if what:find(pair[1]) then return pair[2] end
  end
  return listed_kinds(what) or ARGUMENT[name] or "any"
end

-- Whether a word is a kind itself.
function kinds.is_one(word) return TYPES[word] end

return kinds
