-- How samples are parted: splitters and train_test_split. Module `ml` has these functions by way of
-- ml/selection.lua, and documents them (bindings/ml_selection.cc).

local tensor, arguments = require "tensor", require "support.arguments"

local splits = {}

-- Functions of `ml` are called through one in C: their caller is one call further out.
local OUTER <const> = 1

local function is_tensor(value) return arguments.given(value) == "tensor" end

local function int32(list) return tensor.new(list, "int32") end

-- Samples, labels or values at these positions.
local function take(values, positions)
  if values == nil then return nil end
  if is_tensor(values) then return values:take(positions) end
  local taken = {}
  for i = 1, #positions do taken[i] = values[positions[i]] end
  return taken
end

-- Labels as a list; `n` is how many there must be.
local function label_list(labels, n)
  if type(labels) ~= "table" and not is_tensor(labels) then
    return nil, "labels expected, got " .. arguments.given(labels)
  end
  local list = labels
  if is_tensor(labels) then
    if labels.rank ~= 1 then return nil, "labels of rank 1 expected, got " .. labels.rank end
    list = labels:totable()
  end
  if #list ~= n then
    return nil, ("labels: %d expected, one for each row, got %d"):format(n, #list)
  end
  return list
end

-- For each label its positions, in the order in which labels come first; `order` is that in which
-- samples are gone through.
local function by_label(list, order)
  local groups, group_of = {}, {}
  for i = 1, #list do
    local at = order and order[i] or i
    local group = group_of[list[at]]
    if not group then
      group = {label = list[at]}
      group_of[list[at]], groups[#groups + 1] = group, group
    end
    group[#group + 1] = at
  end
  return groups
end

-- How many samples, where there are any.
local function count_of(x)
  local fits = type(x) == "table" or is_tensor(x) and x.rank > 0
  if fits and #x > 0 then return #x end
  return nil, "samples expected, got " .. (fits and "none" or arguments.given(x))
end

local function seed_for(seed, part) return seed and seed + part end

-- Splitters -------------------------------------------------------------------------------------

-- plan(splitter, n, y, groups) gives pick(k) -> lists of train and test positions, and the number
-- of folds; or nil and what is wrong with argument `at`.
local Splitter = {__name = "splitter"}
Splitter.__index = Splitter

function Splitter:split(x, y, groups)
  local n, why = count_of(x)
  if not n then arguments.fail(1, "split", why) end
  local pick, folds, at = self.plan(self, n, y, groups)
  if not pick then arguments.fail(at or 1, "split", folds) end
  local k = 0
  return function()
    k = k + 1
    if k > folds then return nil end
    local train, test = pick(k)
    return int32(train), int32(test)
  end
end

function Splitter:count(x)
  if self.splits then return self.splits end
  local n, why = count_of(x)
  return n or arguments.fail(1, "count", why)
end

function Splitter:__tostring()
  return self.splits and ("%s: %d folds"):format(self.kind, self.splits) or self.kind
end

-- Folds by the number of each sample's.
local function pick_by(fold_of)
  return function(k)
    local train, test = {}, {}
    for i = 1, #fold_of do
      local part = fold_of[i] == k and test or train
      part[#part + 1] = i
    end
    return train, test
  end
end

-- Called as a tail call: the caller's level is that of a public function's.
local function new_splitter(kind, name, options, known, plan)
  options = arguments.options(1, name, options, known, OUTER)
  local folds = known.splits and (options.splits or 5)
  if folds and folds < 2 then
    arguments.fail(1, name, ("option 'splits': at least 2 expected, got %d"):format(folds),
      OUTER)
  end
  for _, option in ipairs {"seed", "gap"} do
    if (options[option] or 0) < 0 then
      arguments.fail(1, name, ("option '%s': at least 0 expected, got %d"):format(option,
        options[option]), OUTER)
    end
  end
  return setmetatable({kind = kind, splits = folds, plan = plan,
    shuffle = options.shuffle or false, seed = options.seed, gap = options.gap or 0}, Splitter)
end

local FOLDS <const> = {splits = "integer", shuffle = "boolean", seed = "integer"}

local function too_few(splits, n) return ("%d folds asked of %d samples"):format(splits, n) end

function splits.kfold(options)
  return new_splitter("kfold", "kfold", options, FOLDS, function(self, n)
    if self.splits > n then return nil, too_few(self.splits, n) end
    local order = self.shuffle and tensor.permutation(n, self.seed)
    local fold_of, at = {}, 0
    for k = 1, self.splits do
      for _ = 1, n // self.splits + (k <= n % self.splits and 1 or 0) do
        at = at + 1
        fold_of[order and order[at] or at] = k
      end
    end
    return pick_by(fold_of), self.splits
  end)
end

-- scikit-learn's allocation: labels in the order of their first appearance are laid out one behind
-- the other, and dealt to the folds in turn.
local function allocation(groups, splits)
  local counts, at = {}, 0
  for g, group in ipairs(groups) do
    counts[g] = {}
    for k = 1, splits do counts[g][k] = 0 end
    for _ = 1, #group do
      local k = at % splits + 1
      counts[g][k] = counts[g][k] + 1
      at = at + 1
    end
  end
  return counts
end

function splits.stratified_kfold(options)
  return new_splitter("stratified_kfold", "stratified_kfold", options, FOLDS, function(self, n, y)
    local list, why = label_list(y, n)
    if not list then return nil, why, 2 end
    local groups = by_label(list)
    local most = 0
    for _, group in ipairs(groups) do most = math.max(most, #group) end
    if most < self.splits then
      return nil, ("%d folds asked, but no label has more than %d samples"):format(self.splits,
        most), 2
    end
    local fold_of, counts = {}, allocation(groups, self.splits)
    for g, group in ipairs(groups) do
      local order = self.shuffle and tensor.permutation(#group, seed_for(self.seed, g))
      local at = 0
      for k = 1, self.splits do
        for _ = 1, counts[g][k] do
          at = at + 1
          fold_of[group[order and order[at] or at]] = k
        end
      end
    end
    return pick_by(fold_of), self.splits
  end)
end

-- Whether a label comes behind another in sorted order.
local function behind(a, b)
  if type(a) == "number" and type(b) == "number" then return a > b end
  return tostring(a) > tostring(b)
end

-- The largest group goes to the fold that has least, and so on; the last label of equals first,
-- as with scikit-learn.
function splits.group_kfold(options)
  return new_splitter("group_kfold", "group_kfold", options, {splits = "integer"},
    function(self, n, _, labels)
      local list, why = label_list(labels, n)
      if not list then return nil, why, 3 end
      local groups, loads, fold_of = by_label(list), {}, {}
      if #groups < self.splits then
        return nil, ("%d folds asked of %d groups"):format(self.splits, #groups), 3
      end
      table.sort(groups, function(a, b)
        if #a ~= #b then return #a > #b end
        return behind(a.label, b.label)
      end)
      for k = 1, self.splits do loads[k] = 0 end
      for _, group in ipairs(groups) do
        local lightest = 1
        for k = 2, self.splits do if loads[k] < loads[lightest] then lightest = k end end
        loads[lightest] = loads[lightest] + #group
        for _, i in ipairs(group) do fold_of[i] = lightest end
      end
      return pick_by(fold_of), self.splits
    end)
end

function splits.leave_one_out(...)
  if select("#", ...) > 0 then arguments.fail(1, "leave_one_out", "no argument expected", OUTER) end
  return new_splitter("leave_one_out", "leave_one_out", nil, {}, function(_, n)
    if n < 2 then return nil, too_few(2, n) end
    return function(k)
      local train = {}
      for i = 1, n - 1 do train[i] = i < k and i or i + 1 end
      return train, {k}
    end, n
  end)
end

function splits.time_series_split(options)
  return new_splitter("time_series_split", "time_series_split", options,
    {splits = "integer", gap = "integer"}, function(self, n)
      local size = n // (self.splits + 1)
      if size < 1 or n - self.splits * size - self.gap < 1 then
        return nil, too_few(self.splits, n)
      end
      return function(k)
        local first, train, test = n - (self.splits - k + 1) * size, {}, {}
        for i = 1, first - self.gap do train[i] = i end
        for i = 1, size do test[i] = first + i end
        return train, test
      end, self.splits
    end)
end

-- train_test_split ------------------------------------------------------------------------------

-- `wanted` samples of groups of these sizes, by their shares: whole parts first, then one more
-- each to those with the largest remainders (the first of equals).
local function shares(sizes, wanted)
  local total, counts, rests, given = 0, {}, {}, 0
  for _, size in ipairs(sizes) do total = total + size end
  for g, size in ipairs(sizes) do
    counts[g] = size * wanted // total
    rests[g] = {g, size * wanted % total}
    given = given + counts[g]
  end
  table.sort(rests, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    return a[1] < b[1]
  end)
  for i = 1, wanted - given do counts[rests[i][1]] = counts[rests[i][1]] + 1 end
  return counts
end

-- How many samples are to test with; or nil and why not.
local function test_count(share, n)
  local count = share
  if math.type(share) == "float" then
    if not (share > 0 and share < 1) then
      return nil, ("option 'test': a share between 0 and 1 or a whole number expected, got %s")
        :format(share)
    end
    count = math.ceil(share * n)
  end
  if count < 1 or count >= n then
    return nil, ("option 'test': %d of %d samples leave nothing to fit or to test with")
      :format(count, n)
  end
  return count
end

-- Positions of both parts, shuffled; with lists of a label's positions in each its share.
local function stratified_parts(groups, n, tests)
  local sizes = {}
  for g, group in ipairs(groups) do
    if #group < 2 then return nil, "a label has a single sample" end
    sizes[g] = #group
  end
  if tests < #groups or n - tests < #groups then
    return nil, ("%d samples to test with and %d to fit are fewer than %d labels"):format(tests,
      n - tests, #groups)
  end
  local kept, train, test = shares(sizes, n - tests), {}, {}
  for g, group in ipairs(groups) do
    for i, at in ipairs(group) do
      local part = i <= kept[g] and train or test
      part[#part + 1] = at
    end
  end
  table.sort(train)
  table.sort(test)
  return train, test
end

-- Positions of both parts without regard to labels: the first are tested when `order` shuffles
-- them, else the last.
local function plain_parts(n, tests, order)
  local train, test = {}, {}
  for i = 1, n do
    local tested = order and i <= tests or not order and i > n - tests
    local part = tested and test or train
    part[#part + 1] = order and order[i] or i
  end
  return train, test
end

-- The options of train_test_split, checked, and how many samples are to be tested.
local SPLIT <const> = {test = "number", stratify = "boolean", shuffle = "boolean", seed = "integer"}

local function split_options(name, options, n, has_labels)
  options = arguments.options(3, name, options, SPLIT, OUTER + 1)
  local tests, why = test_count(options.test or 0.25, n)
  if (options.seed or 0) < 0 then
    why = "option 'seed': at least 0 expected, got " .. options.seed
  elseif options.stratify and (options.shuffle == false or not has_labels) then
    why = "option 'stratify': labels and shuffling expected with it"
  end
  if why then arguments.fail(3, name, why, OUTER + 1) end
  return options, tests
end

function splits.train_test_split(x, y, options)
  local name <const> = "train_test_split"
  local n, why = count_of(x)
  if not n then arguments.fail(1, name, why, OUTER) end
  local labels
  if y ~= nil then
    labels, why = label_list(y, n)
    if not labels then arguments.fail(2, name, why, OUTER) end
  end
  local tests
  options, tests = split_options(name, options, n, labels)
  local order = options.shuffle ~= false and tensor.permutation(n, options.seed)
  local train, test
  if options.stratify then
    train, test = stratified_parts(by_label(labels, order), n, tests)
    if not train then arguments.fail(3, name, "option 'stratify': " .. test, OUTER) end
  else
    train, test = plain_parts(n, tests, order)
  end
  train, test = int32(train), int32(test)
  if y == nil then return take(x, train), take(x, test) end
  return take(x, train), take(x, test), take(y, train), take(y, test)
end

return {functions = splits, Splitter = Splitter, take = take, is_tensor = is_tensor}
