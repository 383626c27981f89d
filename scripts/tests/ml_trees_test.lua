-- Trees and what is made of them: against scikit-learn's recorded answers, plain definitions, and
-- bad input.

local ml, tensor, test = require "ml", require "tensor", require "test"
local signals = require "signals"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded, noise = goldens.recorded, goldens.noise

-- What a whole run compares.
local LEAST_CASES = 7

-- 0, 1 or 2: classes in two features of x, one label in ten at random.
local function labels_of(x, seed)
  local y, random = {}, signals.lcg(#x, seed)
  for i = 1, #x do
    local a, b = x:at(i, 1), x:at(i, 2)
    y[i] = a > 0.5 and 2 or b > 0 and 1 or 0
    if random[i] > 1.6 then y[i] = i % 3 end
  end
  return y
end

local function values_of(x)
  local y = {}
  for i = 1, #x do
    y[i] = x:at(i, 1) * 3 + (x:at(i, 2) > 0 and 4 or 0) + x:at(i, 3) * x:at(i, 1)
  end
  return y
end

local X, OTHERS = noise(120, 4, 5), noise(40, 4, 50)
local Y, VALUES = labels_of(X, 6), values_of(X)

-- Every kind with what it is fitted to here, and options that leave chance in it.
local KINDS = {
  {"tree", {max_features = 2}, Y},
  {"tree_regressor", {max_features = 2}, VALUES},
  {"forest", {trees = 8, depth = 5}, Y},
  {"forest_regressor", {trees = 8, max_features = 2}, VALUES},
  {"extra_trees", {trees = 8, depth = 5}, Y},
  {"extra_trees_regressor", {trees = 8}, VALUES},
  {"adaboost", {trees = 8, depth = 2, max_features = 2}, Y},
  {"gradient_boosting", {trees = 6, subsample = 0.5}, Y},
  {"gradient_boosting_regressor", {trees = 6, subsample = 0.5}, VALUES},
  {"isolation_forest", {trees = 8, max_samples = 32}},
}

local function fitted(case, seed, options)
  local given = {seed = seed or 1}
  for name, value in pairs(case[2]) do given[name] = value end
  for name, value in pairs(options or {}) do given[name] = value end
  return ml.estimator(case[1], given):fit(X, case[3])
end

-- scikit-learn's trees as arrays --------------------------------------------------------------

-- The largest float32 of at most t, as two int16.
local function threshold_of(t)
  local bits = string.unpack("<i4", string.pack("<f", t))
  if string.unpack("<f", string.pack("<i4", bits)) > t then bits = bits + (t < 0 and 1 or -1) end
  return string.unpack("<i2i2", string.pack("<i4", bits))
end

-- Nodes that split, parents first, and where each node went: its position from 0, or -1 - leaf.
local function place(tree, start, first_leaf)
  local order, where, leaves = {}, {}, first_leaf
  for id = 1, #tree.left do
    if tree.left[id] < 0 then
      where[id] = -1 - leaves
      leaves = leaves + 1
    else
      where[id] = start + #order
      order[#order + 1] = id
    end
  end
  return order, where, leaves
end

-- `value(row, tree, node)` makes the values of a leaf.
local function pack(trees, value)
  local nodes, roots, leaves, leaf_count = {}, {}, {}, 0
  for t, tree in ipairs(trees) do
    local order, where, count = place(tree, #nodes, leaf_count)
    leaf_count = count
    roots[t] = where[1]
    for id = 1, #tree.left do
      if tree.left[id] < 0 then leaves[#leaves + 1] = value(tree.value[id], t, id) end
    end
    for _, id in ipairs(order) do
      local low, high = threshold_of(tree.threshold[id])
      local function step(child)
        local to = where[child + 1]
        return to >= 0 and to - where[id] or to + 1
      end
      nodes[#nodes + 1] = {tree.feature[id], low, high, step(tree.left[id]), step(tree.right[id])}
    end
  end
  return {nodes = nodes, roots = roots, leaves = leaves}
end

local function shares(row)
  local sum, result = 0, {}
  for i = 1, #row do sum = sum + row[i] end
  for i = 1, #row do result[i] = row[i] / sum end
  return result
end

local function first_rows(rows, count) return table.move(rows, 1, count, 1, {}) end

local function near(got, want, tolerance)
  expect(got):close(tensor.new(want, got.dtype), tolerance or 1e-6)
end

local function codes(y) return tensor.new(y, "int32") end

local function compare_proba(model, case, x)
  near(model:predict_proba(x), case.predict_proba)
  if case.predict then expect(model:predict(x)):equals(codes(case.predict)) end
end

local function classifier(kind, arrays)
  return ml.fitted(kind, {features = 8, classes = {0, 1, 2}, arrays = arrays})
end

local COMPARE = {}

function COMPARE.decision_tree(case, data, x)
  local given = classifier("tree", pack({case.tree}, shares))
  compare_proba(given, case, x)
  -- Splits of equal gain may be other ones.
  local own = ml.tree {depth = 4}:fit(data.X_train, data.y_train)
  compare_proba(own, case, x)
  expect(own:score(data.X_train, data.y_train)):equals(given:score(data.X_train, data.y_train))
end

function COMPARE.random_forest(case, _, x)
  compare_proba(classifier("forest", pack(case.trees, shares)), case, x)
end

function COMPARE.extra_trees(case, _, x)
  compare_proba(classifier("extra_trees", pack(case.trees, shares)), case, x)
end

function COMPARE.gradient_boosting_multi(case, data, x)
  local trees = {}
  for _, stage in ipairs(case.trees_stage_class) do
    for _, tree in ipairs(stage) do trees[#trees + 1] = tree end
  end
  local arrays = pack(trees, function(row) return {case.learning_rate * row[1]} end)
  arrays.init = case.init_log_prior
  local own = ml.gradient_boosting {trees = 8, depth = 2, rate = 0.3}
  for _, model in ipairs {classifier("gradient_boosting", arrays),
    own:fit(data.X_train, data.y_train)} do
    compare_proba(model, case, x)
    near(model:decision_function(x), case.decision_function)
  end
  near(own.init, case.init_log_prior)
end

function COMPARE.adaboost_samme_stumps(case, data, x)
  local arrays = pack(case.trees, function(row, t)
    local chosen = 1
    for k = 2, #row do chosen = row[k] > row[chosen] and k or chosen end
    local votes = {0, 0, 0}
    votes[chosen] = case.weights[t]
    return votes
  end)
  arrays.estimator_weights = case.weights
  local own = ml.adaboost {trees = 5}:fit(data.X_train, data.y_train)
  expect(classifier("adaboost", arrays):predict(x)):equals(codes(case.predict))
  expect(own:predict(x)):equals(codes(case.predict))
  near(own.estimator_weights, case.weights, 1e-9)
end

local function mean_path(n)
  if n <= 2 then return n - 1 end
  return 2 * (math.log(n - 1) + 0.5772156649015329) - 2 * (n - 1) / n
end

local function depths_of(tree)
  local depths = {0}
  for id = 1, #tree.left do
    if tree.left[id] >= 0 then
      depths[tree.left[id] + 1] = depths[id] + 1
      depths[tree.right[id] + 1] = depths[id] + 1
    end
  end
  return depths
end

function COMPARE.isolation_forest(case)
  local arrays = pack(case.trees, function(_, t, id)
    local tree = case.trees[t]
    tree.depths = tree.depths or depths_of(tree)
    return {tree.depths[id] + mean_path(tree.n_node_samples[id])}
  end)
  arrays.offset, arrays.max_samples = {case.offset}, {case.max_samples}
  local model = ml.fitted("isolation_forest", {features = 8, arrays = arrays})
  local x = tensor.new(case.test)
  near(model:score_samples(x), case.score_samples)
  near(model:decision_function(x), case.decision_function)
  expect(model:predict(x)):equals(codes(case.predict))
end

describe("trees", function()
  it("are what scikit-learn makes of them", function()
    local data, regression = recorded "trees", recorded "regression"
    if not data then return end
    local compared, x = 0, tensor.new(first_rows(data.X_train, 40))
    data.X_train, data.y_train = tensor.new(data.X_train), codes(data.y_train)
    for name, case in pairs(data.models) do
      COMPARE[name](case, data, x)
      compared = compared + 1
    end
    local case = regression.models.random_forest_regressor
    local arrays = pack(case.trees, function(row) return {row[1]} end)
    local model = ml.fitted("forest_regressor", {features = 5, arrays = arrays})
    near(model:predict(tensor.new(first_rows(regression.X_train, 30))), case.predict, 1e-4)
    signals.expect_compared(compared + 1, LEAST_CASES, "cases")
  end)
end)

-- Against plain definitions ---------------------------------------------------------------------

-- The least sum over both sides of weight times impurity, of all thresholds of all features.
local function best_cost(x, cost)
  local best = math.huge
  for j = 1, x:dim(2) do
    for i = 1, #x do
      local threshold, left, right = x:at(i, j), {}, {}
      for s = 1, #x do
        local side = x:at(s, j) <= threshold and left or right
        side[#side + 1] = s
      end
      if #right > 0 then best = math.min(best, cost(left) + cost(right)) end
    end
  end
  return best
end

local function class_counts(rows, y)
  local counts = {0, 0, 0}
  for _, s in ipairs(rows) do counts[y[s] + 1] = counts[y[s] + 1] + 1 end
  return counts
end

local function squares_cost(rows, y)
  local sum, squares = 0, 0
  for _, s in ipairs(rows) do sum, squares = sum + y[s], squares + y[s] ^ 2 end
  return squares - sum ^ 2 / #rows
end

local function gini_cost(rows, y)
  local cost = #rows
  for _, n in ipairs(class_counts(rows, y)) do cost = cost - n * n / #rows end
  return cost
end

local function entropy_cost(rows, y)
  local cost = 0
  for _, n in ipairs(class_counts(rows, y)) do
    if n > 0 then cost = cost - n * math.log(n / #rows, 2) end
  end
  return cost
end

-- The same of a stump's two leaves.
local function stump_cost(model, x, cost)
  local sides, leaves = {{}, {}}, model:apply(x)
  for i = 1, #x do
    local side = sides[leaves:at(i, 1)]
    side[#side + 1] = i
  end
  return cost(sides[1]) + cost(sides[2])
end

describe("a split", function()
  local x = noise(40, 3, 9)
  local y, values = labels_of(x, 10), values_of(x)

  for _, case in ipairs {{"gini", gini_cost}, {"entropy", entropy_cost}} do
    it("is the best there is by " .. case[1], function()
      local function cost(rows) return case[2](rows, y) end
      local model = ml.tree {depth = 1, criterion = case[1]}:fit(x, y)
      expect(stump_cost(model, x, cost)):close(best_cost(x, cost), 1e-9)
    end)
  end

  it("is the best there is by squared error", function()
    local function cost(rows) return squares_cost(rows, values) end
    local model = ml.tree_regressor {depth = 1}:fit(x, values)
    expect(stump_cost(model, x, cost)):close(best_cost(x, cost), 1e-9)
  end)

  it("lies in the middle between two samples", function()
    local model = ml.tree():fit(tensor.new {{1}, {4}, {2}, {8}}, {0, 1, 0, 1})
    expect(model:predict(tensor.new {{3}, {3.0625}}):totable()):equals {0, 1}
  end)

  it("parts neighbours of float32 but no closer than 1e-7", function()
    local up = tensor.new {{1}, {1 + 2 ^ -22}}
    expect(ml.tree():fit(up, {0, 1}):score(up, {0, 1})):equals(1.0)
    local close = tensor.new {{0}, {2 ^ -24}}
    expect(ml.tree():fit(close, {0, 1}):score(close, {0, 1})):equals(0.5)
  end)

  it("takes -0 for 0", function()
    local model = ml.tree():fit(tensor.new {{-0.0}, {0.0}, {1}}, {0, 1, 1})
    expect(model:predict_proba(tensor.new {-0.0}):totable()):equals {0.5, 0.5}
  end)
end)

-- How many samples each leaf of a single tree has.
local function leaf_sizes(model, x)
  local sizes = {}
  for _, leaf in ipairs(model:apply(x):reshape {#x}:totable()) do
    sizes[leaf] = (sizes[leaf] or 0) + 1
  end
  return sizes
end

describe("options", function()
  local distinct = tensor.arange(1, 65):reshape {64, 1}
  local squares = distinct:mul(distinct):reshape {64}

  local function leaves(options)
    local model, count, least = ml.tree_regressor(options):fit(distinct, squares), 0, 64
    for _, size in pairs(leaf_sizes(model, distinct)) do
      count, least = count + 1, math.min(least, size)
    end
    return count, least
  end

  it("bound a tree", function()
    expect(leaves {}):equals(64)
    expect(leaves {depth = 3}):equals(8)
    expect(leaves {depth = "none"}):equals(64)
    expect(leaves {max_leaves = 5}):equals(5)
    expect(select(2, leaves {min_leaf = 7}) >= 7):is_true()
    expect(leaves {min_split = 65}):equals(1)
    expect(leaves {min_decrease = 1e9}):equals(1)
  end)

  it("prune a tree by cost and complexity, ever more of it", function()
    local before = 64
    for alpha = 0, 19 do
      local count = leaves {ccp_alpha = 4.0 ^ alpha / 4096}
      expect(count <= before):is_true()
      before = count
    end
    expect(before):equals(1)
  end)

  it("make the best splits first where leaves are counted", function()
    local y = tensor.new {0, 0, 1, 1, 100, 100, 200, 200}
    local x = tensor.arange(1, 9):reshape {8, 1}
    local model = ml.tree_regressor {max_leaves = 3}:fit(x, y)
    expect(model:predict(x):totable()):equals {0.5, 0.5, 0.5, 0.5, 100, 100, 200, 200}
  end)

  it("keep leaves in a quarter of the bytes", function()
    local model = fitted({"forest", {trees = 8}, Y}, 1, {leaves = "uint8"})
    local exact = fitted({"forest", {trees = 8}, Y})
    expect(model.leaves):is_nil()
    expect(model.leaf_codes.dtype):equals("uint8")
    expect(model:predict_proba(X)):close(exact:predict_proba(X), 1 / 255)
  end)

  it("score samples out of the bag", function()
    local model = ml.forest {trees = 40, oob_score = true, seed = 3}:fit(X, Y)
    expect(model.oob_score[1] > 0.7 and model.oob_score[1] < model:score(X, Y)):is_true()
    local regressor = ml.forest_regressor {trees = 40, oob_score = true, seed = 3}:fit(X, VALUES)
    expect(regressor.oob_score[1] > 0.8 and regressor.oob_score[1] < 1):is_true()
  end)

  it("draw fewer samples for each tree", function()
    for _, samples in ipairs {0.125, 15} do
      local model = ml.forest_regressor {max_samples = samples, seed = 3}:fit(X, VALUES)
      expect(#model.leaves <= 120):is_true()
      expect(model.nodes:dim(1) <= 100 * 14):is_true()
    end
  end)
end)

-- Every kind ------------------------------------------------------------------------------------

local function answers(model, x)
  if model.kind == "isolation_forest" then return model:score_samples(x) end
  return model.classes and model:predict_proba(x) or model:predict(x)
end

for _, case in ipairs(KINDS) do
  local kind = case[1]
  describe(kind, function()
    if case[3] then
      it("learns", function() expect(fitted(case):score(X, case[3]) > 0.6):is_true() end)
    end

    it("is the same for the same seed, another for another", function()
      local a, b, c = fitted(case, 7), fitted(case, 7), fitted(case, 8)
      expect(ml.tobytes(a)):equals(ml.tobytes(b))
      expect(answers(a, OTHERS) == answers(c, OTHERS)):is_false()
    end)

    it("comes back from bytes", function()
      local model = fitted(case)
      local back = assert(ml.frombytes(ml.tobytes(model)))
      expect(answers(back, X)):equals(answers(model, X))
      expect(back:apply(X)):equals(model:apply(X))
    end)

    it("takes int16 samples as they are", function()
      local integers = (X * 1024):astype "int16"
      local options = {seed = 1}
      for name, value in pairs(case[2]) do options[name] = value end
      local model = ml.estimator(kind, options):fit(integers, case[3])
      local floats = ml.estimator(kind, options):fit(integers:astype "float32", case[3])
      expect(answers(model, integers)):equals(answers(floats, integers:astype "float32"))
      expect(function() model:predict(X) end):raises("expected such, got float32")
    end)

    it("answers for one sample as for many", function()
      local model = fitted(case)
      local all = model:predict(X)
      for i = 1, 5 do expect(model:predict(X[i])):equals(all[i]) end
      expect(model:apply(X[1])):equals(model:apply(X)[1])
    end)

    it("is left as it was by a fit that fails", function()
      local model = fitted(case)
      local before = ml.tobytes(model)
      local bad = X:clone()
      bad:set(0 / 0, 7, 2)
      expect(function() model:fit(bad, case[3]) end):raises("row 7 has a number that is not finite")
      expect(function() model:predict(tensor.zeros {3, 5}) end):raises("4 features expected, got 5")
      if case[3] == Y then
        local one = tensor.full({#X}, 1, "int32")
        expect(function() model:fit(X, one) end):raises("at least 2 classes expected, got 1")
        expect(function() model:score(X, tensor.full({#X}, 9, "int32")) end)
          :raises("label 9 is none of the classes")
      end
      expect(ml.tobytes(model)):equals(before)
    end)

    it("makes do with constant features", function()
      local flat = tensor.full({#X, 4}, 3)
      local model = fitted(case)
      local constant = ml.estimator(kind, {seed = 1}):fit(flat, case[3])
      local predicted = constant:predict(flat)
      for i = 2, #flat do expect(predicted[i]):equals(predicted[1]) end
      expect(#model:predict(flat)):equals(#flat)
    end)
  end)
end

describe("weights", function()
  -- Each sample once with a weight, and as often as the weight says.
  local x, weights, rows = noise(30, 3, 20), {}, {}
  for i = 1, 30 do
    weights[i] = i % 4
    for _ = 1, i % 4 do rows[#rows + 1] = i end
  end
  local function repeated(list)
    local result = {}
    for i, row in ipairs(rows) do result[i] = list[row] end
    return result
  end
  local y, values = labels_of(x, 21), values_of(x)
  local many = repeated(x:totable())

  for _, kind in ipairs {"tree", "adaboost", "gradient_boosting", "tree_regressor",
    "gradient_boosting_regressor"} do
    it("count like repetition: " .. kind, function()
      local target = kind:find "regressor" and values or y
      local options = {seed = 1, depth = 2, trees = kind:find "tree" == nil and 5 or nil}
      local weighed = ml.estimator(kind, options):fit(x, target, {weights = weights})
      local longer = ml.estimator(kind, options):fit(tensor.new(many), repeated(target))
      expect(answers(weighed, x)):close(answers(longer, x), 1e-5)
    end)
  end

  it("of classes draw a tree to the rare one", function()
    local few = tensor.new {{1}, {1}, {1}, {1}, {2}}
    local balanced = ml.tree {class_weight = "balanced"}:fit(few, {0, 0, 0, 1, 1})
    local plain = ml.tree():fit(few, {0, 0, 0, 1, 1})
    expect(plain:predict(tensor.new {1})):equals(0)
    expect(plain:predict_proba(tensor.new {1}):totable()):equals {0.75, 0.25}
    expect(balanced:predict_proba(tensor.new {1})[2]):close(1.25 / (2.5 + 1.25), 1e-6)
  end)
end)

describe("a forest", function()
  it("has importances that sum to 1 and favour what matters", function()
    for _, kind in ipairs {"forest", "extra_trees", "adaboost", "gradient_boosting"} do
      local found = ml.estimator(kind, {seed = 2}):fit(X, Y).feature_importances
      expect(found:sum()):close(1, 1e-9)
      expect(found[1] + found[2] > found[3] + found[4]):is_true()
    end
  end)

  it("votes by the mean of its trees", function()
    local model = ml.forest {trees = 5, seed = 4, depth = 3}:fit(X, Y)
    local leaves, sums = model:apply(X), tensor.zeros {#X, 3}
    for i = 1, #X do
      for t = 1, 5 do sums[i]:add_(model.leaves[leaves:at(i, t)]) end
    end
    expect(model:predict_proba(X)):close(sums / 5, 1e-6)
  end)
end)

describe("adaboost", function()
  it("stops once a tree is right everywhere", function()
    local x = tensor.new {{1}, {2}, {8}, {9}}
    local model = ml.adaboost():fit(x, {0, 0, 1, 1})
    expect(#model.estimator_weights):equals(1)
    expect(model:decision_function(x):totable()):equals {-1, -1, 1, 1}
  end)
end)

describe("an isolation forest", function()
  local x = tensor.concat({noise(100, 3, 30), noise(4, 3, 31) * 20}, 1)

  it("leaves out the share that is asked", function()
    local model = ml.isolation_forest {contamination = 0.0625, seed = 1}:fit(x)
    local outliers = 0
    for _, side in ipairs(model:predict(x):totable()) do outliers = outliers + (side < 0 and 1 or 0) end
    expect(outliers):equals(7)
  end)

  it("scores what lies apart lowest", function()
    local scores = ml.isolation_forest {seed = 1}:fit(x):score_samples(x)
    local ordinary, strange = scores:slice({1, 100}), scores:slice({101, 104})
    expect(strange:max() < ordinary:mean()):is_true()
    expect(scores:min() >= -1 and scores:max() < 0):is_true()
  end)
end)

describe("misuse", function()
  it("of options names them", function()
    expect(function() ml.forest {n_estimators = 3} end)
      :raises("scikit%-learn's option 'n_estimators' is 'trees' here")
    expect(function() ml.tree {max_depth = 3} end):raises("'max_depth' is 'depth' here")
    expect(function() ml.tree {depth = 0} end):raises("option 'depth'")
    expect(function() ml.tree {criterion = "mse"} end):raises("gini|entropy expected")
    expect(function() ml.forest {max_features = "some"} end):raises("option 'max_features'")
    expect(function() ml.forest {trees = 0} end):raises("option 'trees'")
    expect(function() ml.forest {bootstrap = false, oob_score = true}:fit(X, Y) end)
      :raises("'oob_score' needs bootstrap")
    expect(function() ml.extra_trees {max_samples = 9}:fit(X, Y) end)
      :raises("'max_samples' needs bootstrap")
    expect(function() ml.isolation_forest():fit(X, {weights = {}}) end)
      :raises("isolation_forest takes no weights")
  end)

  it("of adaboost where nothing can be learnt", function()
    local x = tensor.full({4, 1}, 1)
    expect(function() ml.adaboost():fit(x, {0, 1, 0, 1}) end):raises("no better than guessing")
  end)

  it("of nodes is refused", function()
    local function with(nodes, roots)
      return ml.fitted("tree", {features = 2, classes = {0, 1},
        arrays = {nodes = nodes, roots = roots or {0}, leaves = {{1, 0}, {0, 1}}}})
    end
    expect(with({{0, 0, 0, 0, -1}}):predict(tensor.new {-1, 5})):equals(0)
    expect(function() with {{0, 0, 0, 1, -1}} end):raises("leads out of its tree")
    expect(function() with {{0, 0, 0, -1, -2}} end):raises("leads to no leaf")
    expect(function() with {{2, 0, 0, 0, -1}} end):raises("feature 3 of 2")
    expect(function() with({{0, 0, 0, 0, -1}}, {1}) end):raises("does not start")
    expect(function() ml.fitted("adaboost", {features = 1, classes = {4},
      arrays = {nodes = {{0, 0, 0, 0, 0}}, roots = {0}, leaves = {{1}}, estimator_weights = {1}}})
    end):raises("at least 2 classes expected")
  end)

  it("of apply where there are no trees", function()
    local scaler = ml.standard_scaler():fit(X)
    expect(function() scaler:apply(X) end):raises("standard_scaler has no apply")
  end)
end)
