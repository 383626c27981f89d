-- How samples are parted and models chosen: against scikit-learn's folds and scores for the same
-- numbers, and bad input.

local ml, tensor, test = require "ml", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

-- Sixty samples of three classes that overlap, made of whole numbers alone.
local function samples()
  local rows, labels = {}, {}
  for i = 1, 60 do
    local a, b = i * 7919 % 101, i * 104729 % 97
    local sum = 2 * a + b + i * 31 % 13 * 7
    rows[i] = {a / 10, b / 10}
    labels[i] = (sum > 160 and 1 or 0) + (sum > 220 and 1 or 0)
  end
  return tensor.new(rows), tensor.new(labels, "int32")
end
local x, y = samples()

-- What scikit-learn 1.2.1 gives for them: GaussianNB, behind StandardScaler where it is scaled.
local FOLDS_STRATIFIED <const> = "111111111111222222222222333333333343344444444444555555555555"
local FOLDS_GROUPED <const> = "321123232112323211232321123232112323211232321123232112323211"
local PREDICTED <const> = "120200201012020120201202012020121201012020120101202012010121"
local SCORES_STRATIFIED <const> = {11 / 12, 8 / 12, 10 / 12, 8 / 12, 9 / 12}
local SCORES_PLAIN <const> = {14 / 15, 11 / 15, 10 / 15, 11 / 15}
local GRID_MEANS <const> = {0.75, 0.75, 44 / 60, 44 / 60, 42 / 60, 43 / 60}
local GRID_RANKS <const> = {1, 1, 3, 3, 6, 5}

-- The number of the fold that tests each sample, as digits; every sample is in one part.
local function folds_text(splitter, n, ...)
  local fold_of, k = {}, 0
  for train, tested in splitter:split(...) do
    k = k + 1
    local seen = {}
    for i = 1, #train do seen[train[i]] = true end
    for i = 1, #tested do
      assert(not seen[tested[i]])
      assert(not fold_of[tested[i]])
      fold_of[tested[i]] = k
    end
    expect(#train + #tested):equals(n)
    expect(train.dtype):equals "int32"
  end
  return table.concat(fold_of)
end

local function as_strings(labels)
  local names = {}
  for i = 1, #labels do names[i] = "class " .. labels[i] end
  return names
end

describe("folds", function()
  it("are scikit-learn's, of tensors and of strings", function()
    local splitter = ml.stratified_kfold()
    expect(folds_text(splitter, 60, x, y)):equals(FOLDS_STRATIFIED)
    expect(folds_text(splitter, 60, x, as_strings(y))):equals(FOLDS_STRATIFIED)
    expect(folds_text(splitter, 60, x, y:totable())):equals(FOLDS_STRATIFIED)
    expect(folds_text(ml.kfold {splits = 7}, 10, tensor.zeros {10, 1})):equals "1122334567"
    local groups = {}
    for i = 1, 60 do groups[i] = i * i % 7 end
    expect(folds_text(ml.group_kfold {splits = 3}, 60, x, nil, groups)):equals(FOLDS_GROUPED)
    expect(folds_text(ml.leave_one_out(), 3, tensor.zeros {3, 1})):equals "123"
    expect(tostring(splitter)):equals "stratified_kfold: 5 folds"
  end)
  it("of time never look ahead", function()
    local parts = {}
    for train, tested in ml.time_series_split({splits = 4, gap = 1}):split(tensor.zeros {14, 1}) do
      expect(train):equals(tensor.arange(1, #train + 1, "int32"))
      parts[#parts + 1] = {#train, tested[1], tested[#tested]}
    end
    expect(parts):equals {{5, 7, 8}, {7, 9, 10}, {9, 11, 12}, {11, 13, 14}}
  end)
  it("are shuffled by their seed", function()
    for _, make in ipairs {ml.kfold, ml.stratified_kfold} do
      local first = folds_text(make {shuffle = true, seed = 3}, 60, x, y)
      expect(folds_text(make {shuffle = true, seed = 3}, 60, x, y)):equals(first)
      expect(folds_text(make {shuffle = true, seed = 4}, 60, x, y)):differs(first)
      expect(folds_text(make {}, 60, x, y)):differs(first)
    end
    local count = {0, 0, 0}
    for _, tested in ml.stratified_kfold({shuffle = true, seed = 5}):split(x, y) do
      for i = 1, #tested do count[y[tested[i]] + 1] = count[y[tested[i]] + 1] + 1 end
    end
    expect(count):equals {21, 19, 20}
  end)
  it("that cannot be are refused", function()
    expect(function() ml.kfold {splits = 1} end):raises("ml_selection_test.lua:%d+: "
      .. "bad argument #1 to 'kfold' %(option 'splits': at least 2 expected, got 1%)")
    expect(function() ml.kfold {n_splits = 3} end):raises "no option 'n_splits'; did you mean 'spl"
    expect(function() ml.kfold {seed = -1} end):raises "option 'seed': at least 0 expected"
    expect(function() ml.kfold():split(tensor.zeros {4, 1}) end):raises
      "bad argument #1 to 'split' %(5 folds asked of 4 samples%)"
    expect(function() ml.kfold():split(7) end):raises "samples expected, got 7"
    expect(function() ml.stratified_kfold():split(x) end):raises "labels expected, got nil"
    expect(function() ml.stratified_kfold():split(x, {1, 2}) end):raises "60 expected"
    expect(function() ml.stratified_kfold({splits = 22}):split(x, y) end):raises
      "22 folds asked, but no label has more than 21 samples"
    expect(function() ml.group_kfold({splits = 4}):split(x, nil, y) end):raises
      "4 folds asked of 3 groups"
    expect(function() ml.time_series_split({splits = 9}):split(tensor.zeros {9, 1}) end):raises
      "9 folds asked of 9 samples"
    expect(function() ml.leave_one_out {} end):raises "no argument expected"
  end)
end)

describe("train_test_split", function()
  local function count(labels)
    local counts = {0, 0, 0}
    for i = 1, #labels do counts[labels[i] + 1] = counts[labels[i] + 1] + 1 end
    return counts
  end
  it("parts samples and labels alike", function()
    local names = as_strings(y)
    local a, b, c, d = ml.train_test_split(x, names, {seed = 1})
    expect({#a, #b, #c, #d}):equals {45, 15, 45, 15}
    local name_of = {}
    for i = 1, 60 do name_of[("%.1f %.1f"):format(x:at(i, 1), x:at(i, 2))] = names[i] end
    for i = 1, 15 do expect(name_of[("%.1f %.1f"):format(b:at(i, 1), b:at(i, 2))]):equals(d[i]) end
    expect(select("#", ml.train_test_split(x))):equals(2)
    local first, last = ml.train_test_split(x, nil, {shuffle = false, test = 0.1})
    expect(first):equals(x:slice {1, 54})
    expect(last):equals(x:slice {55, 60})
  end)
  it("keeps the shares of labels as scikit-learn does", function()
    local labels, rows = {}, tensor.zeros {18, 1}
    for i = 1, 18 do labels[i] = i <= 10 and 0 or i <= 15 and 1 or 2 end
    for share, expected in pairs {[0.25] = {3, 1, 1}, [0.3] = {3, 2, 1}, [7] = {4, 2, 1}} do
      local _, _, rest, part = ml.train_test_split(rows, labels, {test = share, stratify = true})
      expect(count(part)):equals(expected)
      expect(#rest + #part):equals(18)
    end
  end)
  it("repeats with its seed", function()
    local _, a = ml.train_test_split(x, y, {seed = 9, stratify = true})
    local _, b = ml.train_test_split(x, y, {seed = 9, stratify = true})
    local _, c = ml.train_test_split(x, y, {seed = 8, stratify = true})
    expect(a):equals(b)
    expect(a):differs(c)
  end)
  it("refuses what leaves a part empty", function()
    expect(function() ml.train_test_split(x, y, {test = 60}) end):raises
      "60 of 60 samples leave nothing"
    expect(function() ml.train_test_split(x, y, {test = 1.5}) end):raises "a share between 0 and 1"
    expect(function() ml.train_test_split(x, {1}) end):raises
      "bad argument #2 to 'train_test_split' %(labels: 60 expected"
    expect(function() ml.train_test_split(x, nil, {stratify = true}) end):raises "labels and shuf"
    expect(function() ml.train_test_split(x, y, {test = 2, stratify = true}) end):raises
      "fewer than 3 labels"
    expect(function() ml.train_test_split(tensor.zeros {3, 1}, {1, 1, 2}, {stratify = true}) end)
      :raises "a label has a single sample"
    expect(function() ml.train_test_split({}) end):raises "samples expected, got none"
  end)
end)

local function scaled() return ml.pipeline(ml.standard_scaler(), ml.gaussian_nb()) end

describe("cross-validation", function()
  it("has scikit-learn's scores", function()
    expect(ml.cross_val_score(ml.gaussian_nb(), x, y):totable()):close(SCORES_STRATIFIED, 1e-12)
    expect(ml.cross_val_score(ml.gaussian_nb(), x, as_strings(y)):totable()):close(
      SCORES_STRATIFIED, 1e-12)
    expect(ml.cross_val_score(scaled(), x, y, {cv = ml.kfold {splits = 4}}):totable()):close(
      SCORES_PLAIN, 1e-12)
  end)
  it("predicts each sample by those of other folds", function()
    local predicted = ml.cross_val_predict(ml.gaussian_nb(), x, y)
    expect(table.concat(predicted:totable())):equals(PREDICTED)
    local names = ml.cross_val_predict(ml.gaussian_nb(), x, as_strings(y), {verbose = true})
    expect(names):equals(as_strings(predicted))
    local proba = ml.cross_val_predict(ml.gaussian_nb(), x, y, {method = "predict_proba"})
    expect(proba.shape):equals {60, 3}
    expect(proba:argmax(2)):equals(predicted + 1)
  end)
  it("scores as it is told", function()
    local function misses(estimator, rows, labels) return estimator:score(rows, labels) - 1 end
    local scores = ml.cross_val_score(ml.gaussian_nb(), x, y, {scoring = misses})
    expect((scores + 1):totable()):close(SCORES_STRATIFIED, 1e-12)
  end)
  it("scores by scikit-learn's names", function()
    local function expect_means(model, labels, means)
      for name, mean in pairs(means) do
        expect(ml.cross_val_score(model, x:slice({}, {1, model.kind == "linear" and 1 or 2}), labels,
          {cv = 4, scoring = name}):mean()):close(mean, 1e-5)
      end
    end
    expect_means(ml.gaussian_nb(), y, {accuracy = 0.7666666666666666,
      balanced_accuracy = 0.7680555555555555, f1_macro = 0.7586700336700336,
      precision_weighted = 0.7744444444444444, recall_micro = 0.7666666666666666,
      neg_log_loss = -0.6667572692342648, matthews_corrcoef = 0.6591662541275276})
    expect_means(ml.gaussian_nb(), y:gt(0):astype "int32", {f1 = 0.8986842105263158,
      roc_auc = 0.9464814814814816, average_precision = 0.9767443667443667,
      neg_log_loss = -0.3056941148571773})
    expect_means(ml.linear(), x:slice({}, 1) * 2 + x:slice({}, 2), {r2 = 0.7942126514990151,
      neg_mean_squared_error = -8.274883515933789,
      neg_root_mean_squared_error = -2.8711847167725804,
      neg_mean_absolute_error = -2.4579796441396082})
  end)
  it("leaves what it was given unfitted", function()
    local model = scaled()
    ml.cross_val_score(model, x, y)
    expect(model.fitted):is_false()
  end)
  it("refuses what makes no sense", function()
    local model = ml.gaussian_nb()
    expect(function() ml.cross_val_score(x, x, y) end):raises
      "_test.lua:%d+: bad argument #1 to 'cross_val_score' %(estimator expected, got tensor%)"
    expect(function() ml.cross_val_score(model, 5, y) end):raises "samples {n, features} expected"
    expect(function() ml.cross_val_score(model, x, y, {cv = 1}) end):raises
      "option 'cv': splitter or whole number of at least 2 expected, got 1"
    expect(function() ml.cross_val_score(model, x, y, {scoring = "luck"}) end):raises
      "option 'scoring': name of a metric or function expected, got \"luck\""
    expect(function() ml.cross_val_score(model, x, y, {folds = 3}) end):raises "no option 'folds'"
    expect(function() ml.cross_val_predict(model, x, y, {method = "guess"}) end):raises
      "gaussian_nb has none called 'guess'"
    expect(function()
      ml.cross_val_predict(model, x, y, {cv = ml.time_series_split()})
    end):raises "the folds test 50 of 60 samples"
    expect(function() ml.cross_val_score(model, x, {1}) end):raises "labels: 60 expected"
  end)
end)

describe("grid_search", function()
  local grid <const> = {gaussian_nb__smoothing = {1e-9, 0.3, 3},
    standard_scaler__std = {true, false}}
  it("finds scikit-learn's best", function()
    local search = ml.grid_search(scaled(), grid, {cv = 3})
    expect(tostring(search)):equals "grid_search: 6 combinations, not fitted"
    expect(search:fit(x, y)):equals(search)
    expect(search.best_options):equals {gaussian_nb__smoothing = 1e-9, standard_scaler__std = true}
    expect(search.best_score):close(0.75, 1e-12)
    for i, entry in ipairs(search.results) do
      expect(entry.mean):close(GRID_MEANS[i], 1e-12)
      expect(entry.rank):equals(GRID_RANKS[i])
    end
    expect(search.results[1].std):close(0.07071067811865477, 1e-12)
    expect(search.best_estimator.fitted):is_true()
    expect(search:predict(x)):equals(search.best_estimator:predict(x))
    expect(search:score(x, y)):equals(search.best_estimator:score(x, y))
    expect(tostring(search)):equals("grid_search: 6 combinations, best 0.7500 with "
      .. "gaussian_nb__smoothing = 1e-09, standard_scaler__std = true")
  end)
  it("shows a table", function()
    local search = ml.grid_search(ml.gaussian_nb(), {smoothing = {1e-9, 3}}, {refit = false})
    local lines = {}
    for line in tostring(search:fit(x, y).results):gmatch "[^\n]+" do lines[#lines + 1] = line end
    expect(lines[1]):equals "rank    mean     std  smoothing"
    expect(lines[2]):equals "   1  0.7667  0.0972      1e-09"
    expect(#lines):equals(3)
    expect(search.best_estimator):is_nil()
    expect(function() search:predict(x) end):raises "searched with refit = false"
  end)
  it("tries several grids", function()
    local search = ml.grid_search(ml.gaussian_nb(), {{smoothing = {1}}, {smoothing = {2, 3}}})
    expect(#search:fit(x, y).results):equals(3)
  end)
  it("refuses options before it begins, and stays as it was", function()
    expect(function() ml.grid_search(ml.gaussian_nb(), {smothing = {1}}) end):raises
      "ml_selection_test.lua:%d+: bad argument #2 to 'grid_search' %(.*did you mean 'smoothing'"
    expect(function() ml.grid_search(ml.gaussian_nb(), {smoothing = 1}) end):raises
      "option 'smoothing': array of values expected, got 1"
    expect(function() ml.grid_search(ml.gaussian_nb(), {smoothing = {}}) end):raises "an empty one"
    expect(function() ml.grid_search(scaled(), {depth__x = {1}}) end):raises "no option 'depth__x'"
    local search = ml.grid_search(ml.gaussian_nb(), {smoothing = {1}})
    expect(function() search:predict(x) end):raises "predict: it is not fitted yet"
    search:fit(x, y)
    local before = search.results
    expect(function() search:fit(x * (0 / 0), y) end):raises "finite"
    expect(rawequal(search.results, before)):is_true()
    expect(function() search.best = 1 end):raises "no field 'best'"
  end)
end)
