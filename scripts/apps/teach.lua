-- teach.lua - teaches nearest neighbours by example, at a prompt.
--
--   moonlet teach.lua [--csv FILE | --sds FILE] [--neighbors K] [--capacity N] [--seed N]
--
-- Commands, one to a line, over a serial line too:
--   teach LABEL [N]   the next N examples (1) are LABEL
--   teach LABEL : 1 2.5 ...    so is this one, given in numbers
--   ask [N]           what are the next N examples?    ask : 1 2.5 ...    what is this one?
--   forget LABEL      removes what was taught of it    list    tells what is known
--   move GESTURE      what the hand does from now on   help    prints this
--   save FILE         load FILE                        quit
-- Examples are the rows of a CSV file or SDS recording. Without one they are windows of a motion
-- sensor in a hand (support/gestures.lua): `move` says what it does, `teach` and `ask` look.

local csv, ml, sds, tensor = require "csv", require "ml", require "sds", require "tensor"
local command, gestures = require "support.command", require "support.gestures"

local USAGE = "usage: teach.lua [--csv FILE | --sds FILE] [--neighbors K] [--capacity N] [--seed N]"
local HELP = [[
teach LABEL [N]    teach LABEL : NUMBERS    ask [N]    ask : NUMBERS
forget LABEL    list    move GESTURE    save FILE    load FILE    help    quit]]

-- Examples -------------------------------------------------------------------------------------

-- next() gives a row, or nil and why there is none.
local function rows_of(x)
  local at = 0
  return {next = function()
    at = at + 1
    if at > #x then return nil, "no more examples" end
    return x[at]
  end}
end

local function hand(seed)
  local source, number = {doing = "rest", person = 1}, 0
  function source.next()
    number = number + 1
    return gestures.features(gestures.make(source.doing, source.person, seed, number))
  end
  return source
end

local function source_of(options)
  if not options.csv and not options.sds then return hand(options.seed or 1) end
  local load = options.csv and csv.load or sds.load
  local x, why = load(options.csv or options.sds)
  if not x then command.leave(why, 1) end
  return rows_of(x)
end

local function numbers_of(text)
  local values = {}
  for word in text:gmatch "%S+" do
    values[#values + 1] = tonumber(word) or nil
    if not tonumber(word) then return nil, ("'%s' is no number"):format(word) end
  end
  return #values > 0 and values, "numbers expected"
end

-- Commands: each gets the session and its words, and gives a line to print -----------------------

local commands = {}

-- Calls use(row) for each of the examples that the words name; gives how many, or nil and why.
local function each_example(session, words, use)
  local typed = words:match "^%s*:(.*)$"
  if typed then
    local row, why = numbers_of(typed)
    if not row then return nil, why end
    use(row)
    return 1
  end
  local count = words:match "^%s*$" and 1 or math.tointeger(tonumber(words))
  if not count or count < 1 then return nil, "a number of examples expected" end
  for i = 1, count do
    local row, why = session.source.next()
    if not row then return i > 1 and i - 1 or nil, why end
    use(row)
  end
  return count
end

function commands.teach(session, words)
  local label, rest = words:match "^([^%s:]+)(.*)$"
  if not label then return "teach LABEL" end
  local count, why = each_example(session, rest, function(row) session.knn:add(row, label) end)
  if not count then return why end
  return ("%d examples of %s; %d in all"):format(count, label, #session.knn)
end

function commands.ask(session, words)
  if #session.knn == 0 then return "nothing is known yet: teach" end
  local answers = {}
  local count, why = each_example(session, words, function(row)
    local proba = session.knn:predict_proba(row)
    local best = proba:argmax()
    answers[#answers + 1] = ("%s (%.0f %%)"):format(session.knn.classes[best], 100 * proba[best])
  end)
  return count and table.concat(answers, "\n") or why
end

local function known_labels(session) return #session.knn > 0 and session.knn.classes or {} end

function commands.forget(session, words)
  local label, before = words:match "^(%S+)%s*$", #session.knn
  local labels = known_labels(session)
  for _, known in ipairs(labels) do
    if known == label then
      if #labels > 1 then
        session.knn:remove {label = label}
      else  -- k-NN keeps its last samples
        session.knn = session.new()
      end
      return ("%d examples forgotten, %d left"):format(before - #session.knn, #session.knn)
    end
  end
  return label and ("%s is not known"):format(label) or "forget LABEL"
end

function commands.list(session)
  if #session.knn == 0 then return "nothing is known yet" end
  return ("%d examples of: %s"):format(#session.knn, table.concat(session.knn.classes, ", "))
end

function commands.move(session, words)
  local name = words:match "^(%S*)"
  if not session.source.doing then return "the examples come from a file" end
  for _, known in ipairs(gestures.names) do
    if known == name then
      session.source.doing = name
      return "the hand does: " .. name
    end
  end
  return "move " .. table.concat(gestures.names, " | ")
end

function commands.save(session, words)
  if #session.knn == 0 then return "nothing is known yet" end
  local saved, why = ml.save(words, session.knn)
  return saved and ("%d examples saved as %s"):format(#session.knn, words) or why
end

function commands.load(session, words)
  local knn, why = ml.load(words)
  if not knn then return why end
  if knn.kind ~= "knn" then return ("%s: a %s, knn expected"):format(words, knn.kind) end
  session.knn = knn
  return commands.list(session)
end

function commands.help() return HELP end

-- What goes wrong with a command is told, and the session goes on.
local function run(session, line)
  local name, words = line:match "^%s*(%a+)%s*(.-)%s*$"
  if not name then return line:match "%S" and HELP or nil end
  if not commands[name] then return ("no command '%s'\n%s"):format(name, HELP) end
  local done, answer = pcall(commands[name], session, words)
  return done and answer or tostring(answer):match "%((.*)%)$" or tostring(answer)
end

local function main(options)
  local function new()
    return ml.knn {neighbors = options.neighbors or 3, capacity = options.capacity or 0,
      weights = "distance", replace = options.capacity and "oldest" or "none"}
  end
  local session = {source = source_of(options), new = new, knn = new()}
  print "teach LABEL, ask, forget LABEL, list, save FILE, load FILE; help; quit"
  while true do
    io.write "teach> "
    local line = io.read "l"
    if not line or line:match "^%s*quit%s*$" then return end
    local answer = run(session, line)
    if answer then print(answer) end
  end
end

main(command.options({...}, {csv = "text", sds = "text", neighbors = "number",
  capacity = "number", seed = "number"}, USAGE))
