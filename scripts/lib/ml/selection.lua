-- Selection of models: what is fitted and scored with parts of the samples. The functions are those
-- of module `ml`, which documents them (bindings/ml_selection.cc).

local ml, tensor = require "ml", require "tensor"
local arguments, progress = require "support.arguments", require "progress"
local splits = require "ml.splits"

local selection = splits.functions
local Splitter, take, is_tensor = splits.Splitter, splits.take, splits.is_tensor

-- Functions of `ml` are called through one in C: their caller is one call further out.
local OUTER <const> = 1

-- Cross-validation ------------------------------------------------------------------------------

local function supervised(estimator)
  return estimator.task == "classify" or estimator.task == "regress"
end

local function fit(estimator, x, y)
  if supervised(estimator) then return estimator:fit(x, y) end
  return estimator:fit(x)
end

-- Scores of which class is meant, where a metric wants those: a column for two classes.
local function class_scores(estimator, x)
  local ok, scores = pcall(estimator.predict_proba, estimator, x)
  if not ok then
    if not tostring(scores):find "has no predict_proba" then error(scores, 0) end
    return estimator:decision_function(x)
  end
  return scores:dim(2) == 2 and scores:slice({}, 2) or scores
end

local OF_CLASS_SCORES <const> = {roc_auc_score = true, average_precision_score = true}
local OF_PROBABILITIES <const> = {log_loss = true}

-- score(estimator, x, y) by a name such as "f1_macro"; or nil.
local function named_scorer(scoring)
  local plain = scoring:match "^neg_(.+)$"
  local sign = plain and -1 or 1
  plain = plain or scoring
  local root = plain:match "^root_(.+)$"
  plain = root or plain
  local base, average = plain:match "^(.+)_(m[ai]cro)$"
  if not base then base, average = plain:match "^(.+)_(weighted)$" end
  base = base or plain
  if base == "matthews_corrcoef" or base == "balanced_accuracy" then average = nil end
  local metric_name = ml[base .. "_score"] and base .. "_score" or base
  local metric = ml[metric_name]
  if type(metric) ~= "function" then return nil end
  local options = average and {average = average} or nil
  return function(estimator, x, y)
    local predicted
    if OF_CLASS_SCORES[metric_name] then
      predicted = class_scores(estimator, x)
    elseif OF_PROBABILITIES[metric_name] then
      predicted = estimator:predict_proba(x)
    else
      predicted = estimator:predict(x)
    end
    local value = metric(y, predicted, options)
    return sign * (root and math.sqrt(value) or value)
  end
end

local function scorer_of(scoring, index, name, level)
  if scoring == nil then return function(estimator, x, y) return estimator:score(x, y) end end
  if type(scoring) == "function" then return scoring end
  local scorer = type(scoring) == "string" and named_scorer(scoring)
  return scorer or arguments.fail(index, name, ("option 'scoring': name of a metric or function "
    .. "expected, got %s"):format(type(scoring) == "string" and ("%q"):format(scoring)
      or arguments.given(scoring)), level + 1)
end

local function splitter_of(cv, estimator, index, name, level)
  cv = cv == nil and 5 or cv
  if getmetatable(cv) == Splitter then return cv end
  if math.type(cv) ~= "integer" or cv < 2 then
    arguments.fail(index, name, ("option 'cv': splitter or whole number of at least 2 expected, "
      .. "got %s"):format(arguments.given(cv)), level + 1)
  end
  local make = estimator.task == "classify" and selection.stratified_kfold or selection.kfold
  return make {splits = cv}
end

local function check_options(index, name, given, known, level)
  if given == nil then return {} end
  if type(given) ~= "table" then
    arguments.fail(index, name, "table expected, got " .. arguments.given(given), level + 1)
  end
  local plain = {}
  for option, value in pairs(given) do  -- what may have several types is looked at elsewhere
    plain[option] = known[option] ~= "any" and value or nil
  end
  arguments.options(index, name, plain, known, level + 1)
  return given
end

-- The positions of every fold.
local function all_folds(splitter, x, y, groups)
  local folds = {}
  for train, test in splitter:split(x, y, groups) do folds[#folds + 1] = {train, test} end
  return folds
end

-- As `for i = 1, n`, with a bar where one is asked for.
local function steps(n, verbose)
  if verbose then return progress.iter(n) end
  return function(_, i) if i < n then return i + 1 end end, nil, 0
end

local function as_samples(x, index, name, level)
  if is_tensor(x) then return x end
  if type(x) == "table" then
    local made = tensor.new(x)
    if made.rank == 2 then return made end
  end
  arguments.fail(index, name, "samples {n, features} expected, got " .. arguments.given(x),
    level + 1)
end

local CROSS <const> = {cv = "any", scoring = "any", groups = "any", verbose = "boolean"}

function selection.cross_val_score(estimator, x, y, options)
  local name <const> = "cross_val_score"
  x = as_samples(x, 2, name, OUTER)
  options = check_options(4, name, options, CROSS, OUTER)
  local score = scorer_of(options.scoring, 4, name, OUTER)
  local splitter = splitter_of(options.cv, estimator, 4, name, OUTER)
  local folds = all_folds(splitter, x, y, options.groups)
  local scores = tensor.zeros({#folds}, "float64")
  for i in steps(#folds, options.verbose) do
    local train, test = folds[i][1], folds[i][2]
    local fitted = fit(ml.clone(estimator), take(x, train), take(y, train))
    scores[i] = score(fitted, take(x, test), take(y, test))
  end
  return scores
end

-- Puts rows of a part's predictions to their places; makes the whole from the first.
local function place(whole, part, positions, n)
  if type(part) == "table" then
    whole = whole or {}
    for i = 1, #part do whole[positions[i]] = part[i] end
    return whole
  end
  if not whole then
    local shape = part.shape
    shape[1] = n
    whole = tensor.zeros(shape, part.dtype)
  end
  for i = 1, #positions do
    if part.rank == 1 then
      whole[positions[i]] = part[i]
    else
      whole[positions[i]]:copy_(part[i])
    end
  end
  return whole
end

local PREDICT <const> = {cv = "any", groups = "any", verbose = "boolean", method = "string"}

function selection.cross_val_predict(estimator, x, y, options)
  local name <const> = "cross_val_predict"
  x = as_samples(x, 2, name, OUTER)
  options = check_options(4, name, options, PREDICT, OUTER)
  local method = options.method or "predict"
  if type(estimator[method]) ~= "function" then
    arguments.fail(4, name, ("option 'method': %s has none called '%s'"):format(estimator.kind,
      method), OUTER)
  end
  local splitter = splitter_of(options.cv, estimator, 4, name, OUTER)
  local folds, whole, seen = all_folds(splitter, x, y, options.groups), nil, 0
  for _, fold in ipairs(folds) do seen = seen + #fold[2] end
  if seen ~= #x then
    arguments.fail(4, name, ("option 'cv': the folds test %d of %d samples"):format(seen, #x),
      OUTER)
  end
  for i in steps(#folds, options.verbose) do
    local train, test = folds[i][1], folds[i][2]
    local fitted = fit(ml.clone(estimator), take(x, train), take(y, train))
    whole = place(whole, fitted[method](fitted, take(x, test)), test, #x)
  end
  return whole
end

-- Grid search -----------------------------------------------------------------------------------

-- Adds every combination of a grid's values to `list`: names in order, the last varies fastest.
local function combine(grid, list)
  local names = {}
  for option, values in pairs(grid) do
    if type(option) ~= "string" or type(values) ~= "table" or #values == 0 then
      return ("option '%s': array of values expected, got %s"):format(tostring(option),
        type(values) == "table" and "an empty one" or arguments.given(values))
    end
    names[#names + 1] = option
  end
  table.sort(names)
  local at = {}
  for i = 1, #names do at[i] = 1 end
  while true do
    local combination = {}
    for i, option in ipairs(names) do combination[option] = grid[option][at[i]] end
    list[#list + 1] = combination
    local i = #names
    while i > 0 and at[i] == #grid[names[i]] do
      at[i] = 1
      i = i - 1
    end
    if i == 0 then return nil end
    at[i] = at[i] + 1
  end
end

local function value_text(value)
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, part in ipairs(value) do parts[i] = value_text(part) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function option_names(results)
  local names, seen = {}, {}
  for _, entry in ipairs(results) do
    for option in pairs(entry.options) do
      if not seen[option] then
        seen[option] = true
        names[#names + 1] = option
      end
    end
  end
  table.sort(names)
  return names
end

-- A table: rank, mean and deviation of the scores, and the options.
local Results = {}
function Results.__tostring(results)
  local names, rows, widths = option_names(results), {}, {}
  rows[1] = {"rank", "mean", "std", table.unpack(names)}
  for _, entry in ipairs(results) do
    local row = {tostring(entry.rank), ("%.4f"):format(entry.mean), ("%.4f"):format(entry.std)}
    for i, option in ipairs(names) do
      local value = entry.options[option]
      row[i + 3] = value == nil and "" or value_text(value)
    end
    rows[#rows + 1] = row
  end
  for _, row in ipairs(rows) do
    for i, text in ipairs(row) do widths[i] = math.max(widths[i] or 0, #text) end
  end
  for r, row in ipairs(rows) do
    for i, text in ipairs(row) do row[i] = (" "):rep(widths[i] - #text) .. text end
    rows[r] = table.concat(row, "  ")
  end
  return table.concat(rows, "\n")
end

local Search = {__name = "grid_search"}
Search.__index = Search

function Search:__newindex(name)
  error(("a search has no field '%s' to set"):format(tostring(name)), 2)
end

function Search:__tostring()
  local head = ("grid_search: %d combinations"):format(#self._list)
  if not self.results then return head .. ", not fitted" end
  local parts = {}
  for _, option in ipairs(option_names {{options = self.best_options}}) do
    parts[#parts + 1] = option .. " = " .. value_text(self.best_options[option])
  end
  return ("%s, best %.4f with %s"):format(head, self.best_score, table.concat(parts, ", "))
end

-- Equal means share the better rank.
local function set_ranks(results)
  for _, entry in ipairs(results) do
    entry.rank = 1
    for _, other in ipairs(results) do
      if other.mean > entry.mean then entry.rank = entry.rank + 1 end
    end
  end
end

function Search:fit(x, y)
  x = as_samples(x, 1, "fit", 0)
  local estimator, folds = self._estimator, all_folds(self._splitter, x, y, self._groups)
  local results = setmetatable({}, Results)
  for c, combination in ipairs(self._list) do
    results[c] = {options = combination, scores = tensor.zeros({#folds}, "float64")}
  end
  for job in steps(#folds * #self._list, self._verbose) do
    local f, c = (job - 1) // #self._list + 1, (job - 1) % #self._list + 1
    local train, test = folds[f][1], folds[f][2]
    local fitted = fit(ml.clone(estimator, self._list[c]), take(x, train), take(y, train))
    results[c].scores[f] = self._score(fitted, take(x, test), take(y, test))
  end
  local best = 1
  for c, entry in ipairs(results) do
    entry.mean, entry.std = entry.scores:mean(), entry.scores:std()
    if entry.mean > results[best].mean then best = c end
  end
  set_ranks(results)
  local refitted = self._refit and fit(ml.clone(estimator, self._list[best]), x, y) or nil
  rawset(self, "results", results)
  rawset(self, "best_index", best)
  rawset(self, "best_score", results[best].mean)
  rawset(self, "best_options", results[best].options)
  rawset(self, "best_estimator", refitted)
  return self
end

local function best_of(search, name)
  if not search.best_estimator then
    local why = search.results and "it was searched with refit = false" or "it is not fitted yet"
    error(("%s: %s"):format(name, why), 3)
  end
  return search.best_estimator
end

for _, name in ipairs {"predict", "predict_proba", "decision_function", "transform",
    "score_samples"} do
  Search[name] = function(self, x, out)
    local best = best_of(self, name)
    return best[name](best, x, out)
  end
end

function Search:score(x, y)
  return self._score(best_of(self, "score"), as_samples(x, 1, "score", 0), y)
end

local GRID <const> = {cv = "any", scoring = "any", groups = "any", verbose = "boolean",
  refit = "boolean"}

function selection.grid_search(estimator, grid, options)
  local name <const> = "grid_search"
  arguments.check(2, name, grid, "table", OUTER)
  options = check_options(3, name, options, GRID, OUTER)
  local list = {}
  for _, one in ipairs(#grid > 0 and grid or {grid}) do
    local why = type(one) ~= "table" and "table of arrays expected, got " .. arguments.given(one)
      or combine(one, list)
    if why then arguments.fail(2, name, why, OUTER) end
  end
  for _, combination in ipairs(list) do
    local ok, why = pcall(ml.clone, estimator, combination)
    if not ok then
      local text = tostring(why):match "^bad argument.*%((.*)%)$"
      if not text then error(why, 0) end  -- Ctrl-C, memory
      arguments.fail(2, name, text, OUTER)
    end
  end
  return setmetatable({
    _estimator = ml.clone(estimator), _list = list, _groups = options.groups,
    _score = scorer_of(options.scoring, 3, name, OUTER),
    _splitter = splitter_of(options.cv, estimator, 3, name, OUTER),
    _verbose = options.verbose, _refit = options.refit ~= false,
  }, Search)
end

return selection
