-- gesture.lua - learns gestures of a hand from a motion sensor, and says how well it knows them.
--
--   moonlet gesture.lua [--csv FILE | --sds LABEL=FILE,LABEL=FILE...] [--rate HZ] [--seed N]
--                       [--trees N] [--save FILE | --model FILE]
--
-- Windows of two seconds become 30 numbers (`dsp`), a random forest learns them where it runs,
-- and what it makes of windows it has not seen is reported. A CSV file has the columns ax to az,
-- gx to gz and label, one sample to a row, and may have one called person; in an SDS recording of
-- these six columns everything is of its LABEL. Without either the movements are generated: of
-- nine people, of whom it sees six and is tested with three. --model tests a saved model instead
-- of training one. Windows of one person resemble each other: where people are told apart, the
-- tested ones are always strangers.

local csv, ml, plot, sds = require "csv", require "ml", require "plot", require "sds"
local tensor = require "tensor"
local command, gestures = require "support.command", require "support.gestures"

local USAGE = "usage: gesture.lua [--csv FILE | --sds LABEL=FILE,LABEL=FILE...] [--rate HZ]"
  .. " [--seed N] [--trees N] [--save FILE | --model FILE]"
local PEOPLE, TIMES = 9, 8   -- generated: people, and how often each makes a gesture
local TESTED = 1 / 3         -- of the people, or else of the windows

-- Labelled windows: their features, one row to each, their labels, and who made them.
local function new_set() return {rows = {}, labels = {}, people = {}} end

local function add(set, window, label, person)
  local n = #set.labels + 1
  set.rows[n], set.labels[n], set.people[n] = gestures.features(window), label, person
end

local function generated(seed)
  local set = new_set()
  for person = 1, PEOPLE do
    for _, name in ipairs(gestures.names) do
      for number = 1, TIMES do add(set, gestures.make(name, person, seed, number), name, person) end
    end
  end
  return set
end

-- All whole windows of x, which has one label.
local function cut(set, x, label, person)
  for first = 1, #x - gestures.window + 1, gestures.window do
    add(set, x:slice {first, first + gestures.window - 1}, label, person)
  end
end

local function positions_of(columns, path)
  local at = {}
  for i, column in ipairs(columns) do at[column] = i end
  for _, name in ipairs {"ax", "ay", "az", "gx", "gy", "gz", "label"} do
    if not at[name] then command.leave(("%s: no column '%s'"):format(path, name), 1) end
  end
  return at
end

local function from_csv(path)
  local log <close>, why = csv.open(path)
  if not log then command.leave(why, 1) end
  local at, set, rows, label, person = positions_of(log.columns, path), new_set(), {}, nil, nil
  local function finish()
    local name = type(label) == "number" and ("%g"):format(label) or label
    if #rows > 0 then cut(set, tensor.new(rows), name, person) end
    rows = {}
  end
  for row in log:rows() do
    local who = at.person and tostring(row[at.person])
    if row[at.label] ~= label or who ~= person then finish() end
    label, person = row[at.label], who
    local sample = {}
    for i, column in ipairs(gestures.columns) do sample[i] = row[at[column]] end
    rows[#rows + 1] = sample
  end
  finish()
  return set
end

local function from_sds(list)
  local set = new_set()
  for label, path in list:gmatch "([^=,]+)=([^,]+)" do
    local x, why = sds.load(path)
    if not x then command.leave(why, 1) end
    if x:dim(2) ~= 6 then
      command.leave(("%s: 6 columns expected, got %d"):format(path, x:dim(2)), 1)
    end
    cut(set, x, label)
  end
  return set
end

local function has_people(set)
  local seen, count = {}, 0
  for _, person in pairs(set.people) do
    count = count + (seen[person] and 0 or 1)
    seen[person] = true
  end
  return count >= 1 / TESTED
end

-- Some people to learn from, and the others to test with; without enough people, windows.
local function parts(set, x, seed)
  if not has_people(set) then
    return ml.train_test_split(x, set.labels, {test = TESTED, stratify = true, seed = seed})
  end
  local folds = ml.group_kfold {splits = math.floor(1 / TESTED)}
  local train, test = folds:split(x, nil, set.people)()
  local function labels(positions)
    local list = {}
    for i = 1, #positions do list[i] = set.labels[positions[i]] end
    return list
  end
  return x:take(train), x:take(test), labels(train), labels(test)
end

local function train(options, x, y)
  local forest = ml.forest {trees = options.trees or 30, depth = 10, seed = options.seed or 1}
  forest:fit(x, y, {verbose = true})
  print(("learnt %d windows of %d gestures: a forest of %d trees, %.1f KiB"):format(#y,
    #forest.classes, options.trees or 30, forest.bytes / 1024))
  return forest
end

local function test(model, x, y)
  local predicted = model:predict(x)
  print(ml.classification_report(y, predicted))
  plot.confusion(ml.confusion_matrix(y, predicted, {labels = model.classes}),
    {labels = model.classes})
end

local function main(options)
  if options.rate then gestures.rate = options.rate end
  local seed = options.seed or 1
  local set = options.csv and from_csv(options.csv) or options.sds and from_sds(options.sds)
    or generated(seed)
  if #set.labels < 4 then command.leave("fewer than 4 windows: too little to learn from", 1) end
  local x = tensor.stack(set.rows, 1)
  if options.model then
    local model, why = ml.load(options.model)
    if not model then command.leave(why, 1) end
    print(("%d windows:"):format(#x))
    return test(model, x, set.labels)
  end
  local x_train, x_test, y_train, y_test = parts(set, x, seed)
  local forest = train(options, x_train, y_train)
  print(("%d windows it has not seen, %s:"):format(#y_test,
    has_people(set) and "made by other people" or "of the same recordings"))
  test(forest, x_test, y_test)
  if options.save then
    local saved, why = ml.save(options.save, forest)
    if not saved then command.leave(why, 1) end
    print("saved as " .. options.save)
  end
end

main(command.options({...}, {csv = "text", sds = "text", rate = "number", seed = "number",
  trees = "number", save = "text", model = "text"}, USAGE))
