-- Clusters, and outliers by their neighbours: against scikit-learn's recorded answers, plain
-- definitions, and bad input.

local ml, signals, tensor, test = require "ml", require "signals", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded, near, copy = goldens.recorded, goldens.near, goldens.copy
local lcg = signals.lcg

-- What a whole run compares.
local LEAST_CASES = 3

local function compare_kmeans(x, want)
  local own = ml.kmeans{clusters = 4, tol = 0}
  local labels = own:fit_predict(x, {init = x:slice{1, 4}})
  local given = ml.fitted("kmeans", {features = 4, options = {clusters = 4},
    arrays = {cluster_centers = want.centers, inertia = {want.inertia}, n_iter = {want.n_iter}}})
  near(own.cluster_centers, want.centers, 1e-9)
  expect(own.inertia[1]):close(want.inertia, 1e-7)
  expect(own.n_iter[1]):equals(want.n_iter)
  near(labels - 1, want.labels, 0)
  for _, model in ipairs{given, own, copy(own)} do
    near(model:predict(x) - 1, want.labels, 0)
    near(model:transform(x:slice{1, 30}), want.transform, 1e-6)
    expect(model:score(x)):close(-want.inertia, 1e-3)
  end
end

local function compare_dbscan(x, want)
  local model = ml.dbscan{eps = 1.5, min_samples = 5}
  near(model:fit_predict(x) - 1, want.labels, 0)
  near(model.core_sample_indices - 1, want.core_sample_indices, 0)
  expect(copy(model).labels):equals(model.labels)
end

local function compare_lof(x, want)
  local model = ml.lof{neighbors = 10}:fit(x)
  expect(model.offset[1]):equals(want.offset)
  for _, each in ipairs{model, copy(model)} do
    local scores = each:score_samples(want.test)
    near(scores, want.score_samples, 1e-6)
    near(each:decision_function(want.test), scores:astype "float64" + 1.5, 1e-6)
    for i, score in ipairs(want.score_samples) do
      expect(each:predict(want.test[i])):equals(score < -1.5 and -1 or 1)
    end
  end
end

describe("clusters and outliers", function()
  it("are scikit-learn's recorded ones", function()
    local all = recorded "unsupervised"
    if not all then return end
    local x = tensor.new(all.X_train)
    compare_kmeans(x, all.models.kmeans)
    compare_dbscan(x, all.models.dbscan)
    compare_lof(x, all.models.lof)
    signals.expect_compared(3, LEAST_CASES, "cases")
  end)
end)

-- `rows` samples around each center, within 2 of it.
local function blobs(centers, rows, seed)
  local parts = {}
  for i, center in ipairs(centers) do
    parts[i] = lcg(rows * #center, seed + i):reshape{rows, #center} + tensor.new(center)
  end
  return tensor.concat(parts, 1)
end

local APART <const> = {{0, 0}, {20, 0}, {0, 20}}

-- Whether each blob of `rows` samples is one cluster, another one each.
local function expect_blobs(labels, rows, blobs_count)
  local seen = {}
  for b = 1, blobs_count do
    local first = labels[(b - 1) * rows + 1]
    expect(seen[first]):is_nil()
    seen[first] = true
    for i = 2, rows do expect(labels[(b - 1) * rows + i]):equals(first) end
  end
end

describe("kmeans", function()
  it("finds what lies apart, from any seed", function()
    local x = blobs(APART, 20, 1)
    for seed = 1, 5 do
      local model = ml.kmeans{clusters = 3, seed = seed}:fit(x)
      expect_blobs(model.labels, 20, 3)
      expect(model:predict(x)):equals(model.labels)
      expect(model:predict(x[1])):equals(model.labels[1])
      expect(model:transform(x):min(2):pow(2):sum()):close(model.inertia[1], 1e-3)
      expect(model:score(x)):close(-model.inertia[1], 1e-3)
      expect(ml.tobytes(ml.kmeans{clusters = 3, seed = seed}:fit(x))):equals(ml.tobytes(model))
      expect_blobs(ml.kmeans{clusters = 3, seed = seed, init = "random", runs = 20}:fit(x).labels,
        20, 3)
    end
  end)

  it("takes weights as repetition", function()
    local x, weights = blobs(APART, 6, 3), tensor.arange(18) % 3
    local repeated = {}
    for i = 1, 18 do
      for _ = 1, weights[i] do repeated[#repeated + 1] = x[i]:totable() end
    end
    local init = x:slice{1, 4}
    local weighted = ml.kmeans{clusters = 4, tol = 0}:fit(x, {init = init, weights = weights})
    local plain = ml.kmeans{clusters = 4, tol = 0}:fit(repeated, {init = init})
    expect(weighted.cluster_centers):close(plain.cluster_centers, 1e-12)
    expect(weighted.inertia[1]):close(plain.inertia[1], 1e-10)
  end)

  it("gives a cluster without samples the one farthest off", function()
    local model = ml.kmeans{clusters = 3}
    model:fit({{0}, {1}, {10}, {11}}, {init = {{0}, {10}, {1000}}})
    expect(model.inertia[1]):equals(0.5)
    expect(#model.labels:unique()):equals(3)
  end)

  it("stands samples that are all the same", function()
    for _, init in ipairs{"k-means++", "random"} do
      local model = ml.kmeans{clusters = 3, init = init}:fit(tensor.ones{5, 2})
      expect(model.inertia[1]):equals(0)
      expect(model:predict {1, 1}):equals(1)
      local mini = ml.minibatch_kmeans{clusters = 3, init = init}:fit(tensor.ones{5, 2})
      expect(mini.inertia[1]):equals(0)
    end
  end)

  it("is exact for one cluster and for as many as samples", function()
    local x = lcg(24, 7):reshape{12, 2}
    expect(ml.kmeans{clusters = 1}:fit(x).cluster_centers:reshape{2}):close(
      x:astype "float64":mean(1), 1e-12)
    expect(ml.kmeans{clusters = 12}:fit(x).inertia[1]):equals(0)
  end)

  it("refuses what it cannot do and stays as it was", function()
    local model = ml.kmeans{clusters = 3, seed = 1}:fit(blobs(APART, 2, 1))
    local before = ml.tobytes(model)
    expect(model.fit, model, {{1}, {2}}):raises "3 clusters asked of 2 samples"
    expect(model.fit, model, {{1}, {2}, {0 / 0}}):raises "not finite"
    expect(model.fit, model, {{1}, {2}, {3}}, {init = {{1}, {2}}}):raises "{3, 1} expected"
    expect(model.fit, model, {{1}, {2}, {3}}, {init = {{1}, {2}, {1 / 0}}}):raises "finite"
    expect(model.predict, model, {1, 2, 3}):raises "2 features expected, got 3"
    expect(ml.tobytes(model)):equals(before)
    expect(ml.kmeans, {n_clusters = 3}):raises "'clusters' here"
    expect(ml.kmeans, {clusters = 0}):raises "option 'clusters'"
    expect(ml.kmeans, {init = "k-means"}):raises "one of k-means++|random"
    local nb = ml.gaussian_nb()
    expect(nb.fit_predict, nb, {{1}}):raises "gaussian_nb has no fit_predict"
    expect(nb.fit, nb, {{1}, {2}}, {1, 2}, {init = {{1}}}):raises "no option 'init'"
  end)
end)

describe("minibatch_kmeans", function()
  it("comes near k-means", function()
    local x = blobs(APART, 30, 5)
    local least = ml.kmeans{clusters = 3, seed = 1}:fit(x).inertia[1]
    for seed = 1, 5 do
      local model = ml.minibatch_kmeans{clusters = 3, batch = 20, seed = seed}:fit(x)
      expect_blobs(model.labels, 30, 3)
      expect(model.inertia[1] <= 1.2 * least):is_true()
      expect(ml.tobytes(
        ml.minibatch_kmeans{clusters = 3, batch = 20, seed = seed}:fit(x))):equals(ml.tobytes(model))
    end
  end)

  it("keeps each center the mean of all that fell to it", function()
    local model = ml.minibatch_kmeans{clusters = 2, reassign = 0}
    model:partial_fit({{0}, {2}, {10}}, {init = {{0}, {10}}})
    expect(model.cluster_centers):equals(tensor.new({{1}, {10}}, "float64"))
    model = copy(model)
    model:partial_fit({{4}, {12}}, {weights = {2, 1}})
    expect(model.cluster_centers):equals(tensor.new({{2.5}, {11}}, "float64"))
    expect(model.counts):equals(tensor.new({4, 2}, "float64"))
    expect(model.partial_fit, model, {{4, 2}}):raises "1 features expected"
    local fresh = ml.minibatch_kmeans{clusters = 4}
    expect(fresh.partial_fit, fresh, {{4}}):raises "4 clusters asked of 1 samples"
  end)
end)

-- The labels by the definition, over all pairs.
local function plain_dbscan(x, eps, least)
  local n, near, labels = #x, {}, {}
  for i = 1, n do
    near[i] = {}
    for j = 1, n do
      local sum = 0
      for k = 1, #x[i] do sum = sum + (x[i][k] - x[j][k]) ^ 2 end
      if sum <= eps * eps then near[i][#near[i] + 1] = j end
    end
  end
  local clusters = 0
  local function grow(i)
    for _, j in ipairs(near[i]) do
      if labels[j] == nil then
        labels[j] = clusters
        if #near[j] >= least then grow(j) end
      end
    end
  end
  for i = 1, n do
    if labels[i] == nil and #near[i] >= least then
      clusters = clusters + 1
      labels[i] = clusters
      grow(i)
    end
  end
  for i = 1, n do labels[i] = labels[i] or 0 end
  return labels
end

describe("dbscan", function()
  it("labels what the definition says", function()
    for seed = 1, 6 do
      local x = lcg(100, seed):reshape{50, 2}
      for _, eps in ipairs{0, 0.3, 0.6, 5} do
        expect(ml.dbscan{eps = eps, min_samples = 4}:fit_predict(x)):equals(
          plain_dbscan(x:totable(), eps, 4))
      end
    end
  end)

  it("takes weights as repetition", function()
    local x = {{0}, {1}, {5}, {9}}
    local model = ml.dbscan{eps = 1, min_samples = 3}
    expect(model:fit_predict(x)):equals {0, 0, 0, 0}
    expect(model:fit_predict(x, {weights = {2, 1, 3, 2}})):equals {1, 1, 2, 0}
    expect(model.core_sample_indices):equals {1, 2, 3}
  end)

  it("finds noise only, and predicts nothing", function()
    local model = ml.dbscan():fit {{0}, {10}}
    expect(model.labels):equals {0, 0}
    expect(model.core_sample_indices.shape):equals {0}
    expect(#copy(model).core_sample_indices):equals(0)
    expect(model.predict, model, {{1}}):raises "dbscan has no predict"
    expect(ml.dbscan, {eps = -1}):raises "option 'eps'"
    expect(ml.dbscan, {min_samples = 0}):raises "option 'min_samples'"
  end)
end)

describe("lof", function()
  it("tells what lies apart from the others", function()
    local x = tensor.concat({blobs({{0, 0}, {30, 0}}, 20, 9), tensor.new {{15, 15}}}, 1)
    local model = ml.lof{neighbors = 8}
    local labels = model:fit_predict(x)
    expect(labels[41]):equals(-1)
    expect(labels):equals(model.labels)
    expect(model.negative_outlier_factor:argmin()):equals(41)
    expect(model:predict {{0, 0}, {30, 0}, {15, 0}}):equals {1, 1, -1}
    expect(model:kneighbors({30, 0}, 3)[1] < 2):is_true()
  end)

  it("calls the share that was asked outliers", function()
    local x = lcg(200, 4):reshape{100, 2}
    for _, share in ipairs{0.05, 0.25, 0.5} do
      local labels = ml.lof{neighbors = 10, contamination = share}:fit_predict(x)
      expect(labels:sum()):equals(100 - 2 * math.floor(100 * share + 0.5))
    end
  end)

  it("stands few samples and equal ones", function()
    expect(ml.lof():fit_predict {{1}, {2}}):equals {1, 1}
    expect(ml.lof():fit_predict(tensor.ones{30, 2})):equals(tensor.ones({30}, "int32"))
    local model = ml.lof()
    expect(model.fit, model, {{1}}):raises "at least 2 samples expected, got 1"
    expect(ml.lof, {contamination = 0.6}):raises "option 'contamination'"
    expect(ml.lof{contamination = "auto"}.options.contamination):equals "auto"
  end)

  it("is the same for one row and for many", function()
    local x = lcg(120, 6):reshape{40, 3}
    local model = ml.lof{neighbors = 5, metric = "manhattan"}:fit(x)
    local scores = model:score_samples(x)
    for i = 1, 40 do expect(model:score_samples(x[i])):equals(scores[i]) end
  end)
end)

describe("damaged files", function()
  it("end in an error or an answer", function()
    local x = lcg(24, 2):reshape{12, 2}
    for _, kind in ipairs{"kmeans", "minibatch_kmeans", "dbscan", "lof"} do
      local options = kind:find "kmeans" and {clusters = 3, seed = 1} or nil
      local bytes, state, tried = ml.tobytes(ml.estimator(kind, options):fit(x)), 1, 0
      for _ = 1, 60 do
        state = signals.next_state(state)
        local at, flip = (state >> 8) % #bytes + 1, 1 << (state >> 29)
        local damaged = ml.frombytes(bytes:sub(1, at - 1)
          .. string.char(bytes:byte(at) ~ flip) .. bytes:sub(at + 1))
        if damaged then
          tried = tried + 1
          pcall(damaged.predict, damaged, x)
          pcall(damaged.transform, damaged, x)
          pcall(damaged.score_samples, damaged, x)
          pcall(damaged.partial_fit, damaged, x)
        end
      end
      expect(tried > 10):is_true()
    end
  end)
end)
