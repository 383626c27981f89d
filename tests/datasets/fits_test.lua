-- Fits on the data sets that come with scikit-learn: the score over five folds is scikit-learn's,
-- or better, but for 1.5 points. tools/goldens/ml_datasets.py writes the data and scores.json.
--
-- MOONLET_DATASETS names the folder of data; without it there is nothing to fit.

local json, ml, tensor, test = require "json", require "ml", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local POINTS <const> = 0.015
local SEEDS <const> = 3  -- what is random is averaged over as many
local FOLDS <const> = 5
-- What a whole run compares.
local LEAST_CASES <const> = 94

local folder = test.setting "MOONLET_DATASETS"

local function read_scores()
  local file <close> = assert(io.open "tests/datasets/scores.json")
  return assert(json.decode(file:read "a")).cases
end

local sets = {}
local function data_set(name)
  if not sets[name] then
    local arrays = assert(tensor.load(("%s/%s.npz"):format(folder, name)))
    local folds = {}
    for i = 1, FOLDS do folds[i] = arrays["fold" .. i] end
    sets[name] = {x = arrays.x, y = arrays.y, folds = folds}
  end
  return sets[name]
end

-- Which of `rows` rows are in the fold, and which are not.
local function split(rows, fold)
  local inside = tensor.zeros({rows}, "bool")
  for i = 1, fold.size do inside[fold[i]] = true end
  return inside, ~inside
end

local function score_of_fold(case, data, fold, seed)
  local tested, learnt = split(data.x:dim(1), fold)
  local x, tests = data.x:mask(learnt), data.x:mask(tested)
  if case.scaled then
    local scaler = ml.standard_scaler():fit(x)
    x, tests = scaler:transform(x), scaler:transform(tests)
  end
  local options = {seed = seed}
  for name, value in pairs(case.options) do options[name] = value end
  local estimator = ml.estimator(case.kind, options)
  return estimator:fit(x, data.y:mask(learnt)):score(tests, data.y:mask(tested))
end

local function has_seed(kind)
  for _, option in ipairs(ml.describe(kind).options) do
    if option.name == "seed" then return true end
  end
  return false
end

local function mean_score(case)
  local data, sum = data_set(case.data), 0
  local seeds = has_seed(case.kind) and SEEDS or 1
  for seed = 1, seeds do
    for _, fold in ipairs(data.folds) do
      sum = sum + score_of_fold(case, data, fold, has_seed(case.kind) and seed or nil)
    end
  end
  return sum / (seeds * FOLDS)
end

describe("fits on known data sets", function()
  if not folder then
    print "no data sets: python3-sklearn is not installed"
    return
  end
  local cases = read_scores()
  for _, case in ipairs(cases) do
    local name = ("%s: %s"):format(case.data, case.kind)
    if case.options.kernel then name = name .. " " .. case.options.kernel end
    it(name, function()
      local reached = mean_score(case)
      print(("%-42s %.4f, scikit-learn %.4f"):format(name, reached, case.score))
      expect(reached >= case.score - POINTS):equals(true)
    end)
  end
  it("compares as many as recorded", function() expect(#cases >= LEAST_CASES):equals(true) end)
end)
