-- What decides by the nearest samples: against scikit-learn's recorded answers, plain definitions,
-- teaching one by one, and bad input.

local ml, signals, tensor, test = require "ml", require "signals", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded, near, copy = goldens.recorded, goldens.near, goldens.copy
local lcg = signals.lcg

-- What a whole run compares.
local LEAST_CASES = 6

local function compare_knn(all, weights, metric)
  local want = all.models["knn_" .. weights .. "_" .. metric]
  local x, y = tensor.new(all.X_train), tensor.new(all.y_train, "int32")
  local rows, options = x:slice{1, 40}, {weights = weights, metric = metric}
  local given = ml.fitted("knn", {features = 8, options = options, classes = {0, 1, 2},
    arrays = {fit_X = x:slice{41, -1}, y = y:slice{41, -1}}})
  local own = ml.knn(options):fit(x:slice{41, -1}, y:slice{41, -1})
  for _, model in ipairs{given, own, copy(own)} do
    expect(model:predict(rows)):equals(want.predict)
    near(model:predict_proba(rows), want.predict_proba, 1e-6)
    local distances, positions = model:kneighbors(x:slice{1, 10})
    near(distances, want.kneighbors10.dist, 1e-6)
    near(positions - 1, want.kneighbors10.idx, 0)
  end
end

local function compare_centroid(all)
  local want = all.models.nearest_centroid
  local x = tensor.new(all.X_train)
  local own = ml.nearest_centroid():fit(x, all.y_train)
  near(own.centroids, want.centroids, 1e-9)
  local given = ml.fitted("nearest_centroid",
    {features = 8, classes = {0, 1, 2}, arrays = {centroids = want.centroids}})
  for _, model in ipairs{given, own} do
    expect(model:predict(x:slice{1, 40})):equals(want.predict)
  end
end

local function compare_regressor(all)
  local x, want = tensor.new(all.X_train), all.models.knn_regressor.predict
  local own = ml.knn_regressor{weights = "distance"}:fit(x, all.y_train)
  local given = ml.fitted("knn_regressor", {features = 5, options = {weights = "distance"},
    arrays = {fit_X = x, y = all.y_train}})
  local largest = tensor.new(want):abs():max()
  for _, model in ipairs{given, own} do
    near(model:predict(x:slice{1, 30} + 0.25), want, 1e-7 * largest)
  end
end

describe("neighbours", function()
  it("give scikit-learn's recorded answers", function()
    local classes, values, compared = recorded "classifiers", recorded "regression", 0
    if not classes or not values then return end
    for _, weights in ipairs{"uniform", "distance"} do
      for _, metric in ipairs{"euclidean", "manhattan"} do
        compare_knn(classes, weights, metric)
        compared = compared + 1
      end
    end
    compare_centroid(classes)
    compare_regressor(values)
    signals.expect_compared(compared + 2, LEAST_CASES, "cases")
  end)
end)

local METRICS <const> = {
  euclidean = function(a, b)
    local sum = 0
    for j = 1, #a do sum = sum + (a[j] - b[j]) ^ 2 end
    return sum ^ 0.5
  end,
  manhattan = function(a, b)
    local sum = 0
    for j = 1, #a do sum = sum + math.abs(a[j] - b[j]) end
    return sum
  end,
  chebyshev = function(a, b)
    local most = 0
    for j = 1, #a do most = math.max(most, math.abs(a[j] - b[j])) end
    return most
  end,
  minkowski = function(a, b)
    local sum = 0
    for j = 1, #a do sum = sum + math.abs(a[j] - b[j]) ^ 3 end
    return sum ^ (1 / 3)
  end,
  cosine = function(a, b)
    local ab, aa, bb = 0, 0, 0
    for j = 1, #a do ab, aa, bb = ab + a[j] * b[j], aa + a[j] ^ 2, bb + b[j] ^ 2 end
    if aa == 0 or bb == 0 then return 1 end
    return 1 - ab / (aa * bb) ^ 0.5
  end,
}

-- All samples as {distance, position}, nearest first.
local function plain_neighbors(metric, samples, row)
  local list = {}
  for i, sample in ipairs(samples) do list[i] = {METRICS[metric](row, sample), i} end
  table.sort(list, function(a, b)
    if a[1] ~= b[1] then return a[1] < b[1] end
    return a[2] < b[2]
  end)
  return list
end

-- Small whole numbers, so that many samples are equally far.
local function grid(rows, features, seed)
  return (lcg(rows * features, seed) * 2):floor():reshape{rows, features}
end

describe("kneighbors", function()
  it("are what the definition says, the first ones of equally near", function()
    local x, rows = grid(70, 3, 1), grid(11, 3, 2)
    local samples = x:totable()
    for metric in pairs(METRICS) do
      local model = ml.knn{metric = metric, p = 3, neighbors = 9}:fit(x, tensor.arange(70) % 4)
      local distances, positions = model:kneighbors(rows)
      for i, row in ipairs(rows:totable()) do
        local want = plain_neighbors(metric, samples, row)
        for k = 1, 9 do
          expect(distances:at(i, k)):close(want[k][1], 1e-6)
          if metric ~= "minkowski" and metric ~= "cosine" then
            expect(positions:at(i, k)):equals(want[k][2])
          end
        end
        local alone, places = model:kneighbors(rows[i])
        expect(alone):same_bits(distances[i])
        expect(places):equals(positions[i])
      end
    end
  end)

  it("are all samples in order of distance when so many are asked", function()
    local x = lcg(40, 3):reshape{40, 1}
    local model = ml.knn():fit(x, tensor.arange(40) % 2)
    local distances, positions = model:kneighbors({0.25}, 40)
    expect(positions:sort():totable()):equals(tensor.arange(1, 41):totable())
    expect((distances - distances:sort()):abs():max()):equals(0)
    expect(model.kneighbors, model, {0.25}, 41):raises "1 to 40 expected, got 41"
    expect(model.kneighbors, model, {0.25}, 0):raises "1 to 40 expected, got 0"
    local scaler = ml.standard_scaler():fit(x)
    expect(scaler.kneighbors, scaler, x):raises "standard_scaler has no kneighbors"
  end)

  it("stand the largest distances", function()
    local most = 3.4e38
    local x = {{-most, most}, {most, most}, {most, -most}}
    for metric in pairs(METRICS) do
      local model = ml.knn{neighbors = 2, metric = metric, p = 1000}:fit(x, {1, 2, 3})
      local proba = model:predict_proba {{-most, most}, {most, most}, {most, -most}}
      expect(proba:sum(2)):close(tensor.ones{3}, 1e-6)
      expect(proba:at(1, 1) > 0):is_true()
      expect(model:kneighbors({-most, most}, 1)[1]):equals(0)
    end
  end)
end)

describe("votes", function()
  it("weigh by distance, and only what is there itself where there is such", function()
    local model = ml.knn{neighbors = 3, weights = "distance"}
    model:fit({{0}, {1}, {4}}, {7, 8, 8})
    expect(model:predict {0}):equals(7)
    expect(model:predict_proba {0}):equals(tensor.new {1, 0})
    expect(model:predict {2}):equals(8)
    expect(model:predict_proba {2}):close(tensor.new {0.25, 0.75}, 1e-7)
    local values = ml.knn_regressor{neighbors = 3, weights = "distance"}
    values:fit({{0}, {1}, {4}}, {10, 20, 40})
    expect(values:predict {1}):equals(20)
    expect(values:predict {2}):close((5 + 20 + 20) / 2, 1e-5)
  end)

  it("of equal numbers go to the first label", function()
    local model = ml.knn{neighbors = 2}:fit({{0}, {1}}, {"b", "a"})
    expect(model:predict {0.1}):equals "a"
  end)

  it("are of all samples where there are fewer than asked", function()
    local model = ml.knn{neighbors = 50}:fit({{0}, {1}, {5}}, {1, 2, 2})
    expect(model:predict {0}):equals(2)
  end)

  it("come from within a radius", function()
    local x = {{0}, {1}, {2}, {9}}
    local model = ml.radius_neighbors{radius = 1}:fit(x, {"a", "b", "b", "a"})
    expect(model:predict_proba {{0}, {1.5}, {10}}):close(
      tensor.new {{0.5, 0.5}, {0, 1}, {1, 0}}, 1e-7)
    expect(model:predict {100}):equals "a" -- as many have; the first of them
    local near_one = ml.radius_neighbors{radius = 2, weights = "distance"}
    near_one:fit(x, {"a", "b", "b", "a"})
    expect(near_one:predict_proba {{0}, {0.5}}):close(
      tensor.new {{1, 0}, {2 / (4 + 2 / 3), (2 + 2 / 3) / (4 + 2 / 3)}}, 1e-6)
    local values = ml.radius_regressor{radius = 1}:fit(x, {1, 2, 4, 8})
    expect(values:predict {{1}, {8}}):close(tensor.new {7 / 3, 8}, 1e-6)
    expect(values:predict {100}):equals(0 / 0)
    for count = 1, 20 do
      local rows = lcg(count, count):reshape{count, 1}
      local proba = near_one:predict_proba(rows)
      for i = 1, count do expect(near_one:predict_proba(rows[i])):same_bits(proba[i]) end
    end
  end)
end)

describe("nearest_centroid", function()
  it("takes medians under the Manhattan metric", function()
    local model = ml.nearest_centroid{metric = "manhattan"}
    model:fit({{1}, {2}, {90}, {100}, {110}}, {0, 0, 0, 1, 1})
    expect(model.centroids):equals(tensor.new({{2}, {105}}, "float64"))
    expect(model:predict {{50}, {60}}):equals {0, 1}
  end)

  it("shrinks features that tell nothing", function()
    local x = {{0, 5}, {2, 6}, {10, 5}, {12, 6}}
    local plain = ml.nearest_centroid():fit(x, {0, 0, 1, 1})
    expect(plain.centroids):equals(tensor.new({{1, 5.5}, {11, 5.5}}, "float64"))
    -- Deviations 2^0.5 and 0.5^0.5 and their median: 2^0.5 * 1.75 for the first; m is 0.5.
    local shrunk = ml.nearest_centroid{shrink = 2}:fit(x, {0, 0, 1, 1})
    local by = 1.75 * 2 ^ 0.5
    expect(shrunk.centroids):close(tensor.new({{1 + by, 5.5}, {11 - by, 5.5}}, "float64"), 1e-12)
    local flat = ml.nearest_centroid{shrink = 1}
    expect(flat.fit, flat, {{1}, {1}, {2}, {2}}, {0, 0, 1, 1}):raises "constant within each class"
    expect(ml.nearest_centroid, {shrink_threshold = 1}):raises "'shrink' here"
  end)
end)

describe("teaching", function()
  it("one by one is fitting at once", function()
    local x, y = grid(60, 4, 5), tensor.arange(60) % 3
    local whole = ml.knn():fit(x, y)
    local one, parts = ml.knn(), ml.knn{capacity = 60}
    for i = 1, 60 do one:add(x[i], y[i]) end
    for i = 1, 60, 15 do parts:partial_fit(x:slice{i, i + 14}, y:slice{i, i + 14}) end
    for _, model in ipairs{one, parts, copy(parts)} do
      expect(#model):equals(60)
      expect(model.fit_X):equals(whole.fit_X)
      expect(model.y):equals(whole.y)
      expect(model:predict_proba(x)):same_bits(whole:predict_proba(x))
    end
    local value = ml.knn_regressor{neighbors = 2}
    for i = 1, 60 do value:add(x[i], i) end
    expect(value:predict(x)):same_bits(
      ml.knn_regressor{neighbors = 2}:fit(x, tensor.arange(1, 61)):predict(x))
  end)

  it("takes labels never seen, in any order", function()
    local model = ml.knn{neighbors = 1}
    expect(#model):equals(0)
    for i, label in ipairs{"m", "z", "a", "q", "b"} do
      expect(rawequal(model:add({i}, label), model)):is_true()
      expect(model:predict {i}):equals(label)
    end
    expect(model.classes):equals {"a", "b", "m", "q", "z"}
    expect(model:predict {{1}, {2}, {3}, {4}, {5}}):equals {"m", "z", "a", "q", "b"}
    model:add({{6}, {7}}, {"c", "a"}):add({{8}, {9}}, "a")
    expect(model:predict {{6}, {7}, {8}, {9}}):equals {"c", "a", "a", "a"}
    local numbers = ml.knn{neighbors = 1}:partial_fit({{1}, {2}}, {5, 5}, {classes = {3, 9}})
    expect(numbers.classes):equals {3, 5, 9}
    numbers:add({3}, -4)
    expect(numbers:predict {{1}, {3}}):equals {5, -4}
    expect(numbers.add, numbers, {4}, "x"):raises "numbers expected"
    expect(model.add, model, {4}, 1):raises "strings expected"
  end)

  it("is refused by a full store, or replaces the oldest", function()
    local full = ml.knn{neighbors = 1, capacity = 2}:fit({{1}, {2}}, {"a", "b"})
    local before = ml.tobytes(full)
    expect(full.add, full, {3}, "c"):raises "2 of 2 samples are there"
    expect(full.partial_fit, full, {{3}}, {"a"}):raises "2 of 2 samples are there"
    expect(full.fit, full, {{1}, {2}, {3}}, {"a", "b", "a"}):raises "no room for 3 more"
    expect(ml.tobytes(full)):equals(before)
    local ring = ml.knn{neighbors = 1, capacity = 3, replace = "oldest"}
    for i = 1, 8 do
      ring:add({i}, i)
      expect(#ring):equals(math.min(i, 3))
      expect(ring:predict {0}):equals(math.max(1, i - 2))
      expect(ring:predict {9}):equals(i)
    end
    expect(ring.fit_X):equals(tensor.new {{7}, {8}, {6}})
    expect(ring:remove(1)):equals(1)
    expect(ring.fit_X):equals(tensor.new {{6}, {8}})
    ring:add({7}, 7):remove(1)
    expect(ring.fit_X):equals(tensor.new {{8}, {7}})
    ring:add({{9}, {10}, {11}}, {9, 10, 11})
    expect(ring.fit_X):equals(tensor.new {{10}, {11}, {9}})
    ring:fit({{1}, {2}, {3}, {4}}, {0, 1, 0, 1})
    expect(ring.fit_X):equals(tensor.new {{4}, {2}, {3}})
  end)

  it("forgets samples, and labels that have none left", function()
    local model = ml.knn{neighbors = 1}:fit({{1}, {2}, {3}, {4}, {5}}, {"a", "b", "a", "b", "c"})
    expect(model:remove(2)):equals(1)
    expect(model.fit_X):equals(tensor.new {{1}, {3}, {4}, {5}})
    expect(model:remove "a"):equals(2)
    expect(model.classes):equals {"b", "c"}
    expect(model:predict {{1}, {5}}):equals {"b", "c"}
    expect(model:remove(1)):equals(1)
    expect(model.classes):equals {"c"}
    expect(model.remove, model, "c"):raises "no sample would be left"
    expect(model.remove, model, 1):raises "no sample would be left"
    expect(model.remove, model, "a"):raises 'label "a" is none of the classes'
    expect(model.remove, model, 2):raises "position 2 out of range"
    expect(model.remove, model):raises "position, string or {label = ...} expected"
    local numbers = ml.knn{neighbors = 1}:fit({{1}, {2}, {3}}, {10, 20, 10})
    expect(numbers:remove{label = 10}):equals(2)
    expect(numbers.classes):equals {20}
    expect(numbers.remove, numbers, {label = 5}):raises "label 5 is none of the classes"
    local values = ml.knn_regressor{neighbors = 1}:fit({{1}, {2}, {3}}, {1, 2, 3})
    expect(values:remove(-3)):equals(1)
    expect(values.y:totable()):equals {2, 3}
    expect(values.remove, values, "a"):raises "position expected"
  end)

  it("goes on from a file, which stays as it was", function()
    local bytes = ml.tobytes(ml.knn{neighbors = 1}:fit({{1}, {2}}, {"a", "b"}))
    local first, second = assert(ml.frombytes(bytes)), assert(ml.frombytes(bytes))
    first:add({3}, "c")
    collectgarbage()
    second:remove(1)
    collectgarbage()
    expect(first:predict {{1}, {3}}):equals {"a", "c"}
    expect(second:predict {{1}, {3}}):equals {"b", "b"}
    expect(ml.tobytes(copy(first))):equals(ml.tobytes(first))
  end)

  it("takes memory now and then, not for each sample", function()
    local model, row = ml.knn{capacity = 500}:fit(grid(2, 4, 1), {0, 1}), grid(1, 4, 2)
    local bytes = model.bytes
    for i = 1, 100 do model:add(row, 1) end
    expect(model.bytes - bytes):equals(100 * (4 * 4 + 4))
  end)

  it("refuses what is no sample or label and changes nothing", function()
    local model = ml.knn():fit({{1, 2}, {3, 4}}, {0, 1})
    local before = ml.tobytes(model)
    expect(model.add, model, {1}, 0):raises "2 features expected, got 1"
    expect(model.add, model, {1, 0 / 0}, 0):raises "not finite"
    expect(model.add, model, {{1, 2}, {3, 4}}, {0}):raises "labels: 2 expected"
    expect(model.add, model, {1, 2}):raises "labels expected, got nil"
    expect(model.add, model, {1, 2}, 0.5):raises "whole numbers or strings expected"
    expect(model.add, model, {1, 2}, print):raises "labels expected, got function"
    expect(model.add, model, {1, 2}, 0, {clases = {}}):raises "did you mean 'classes'"
    expect(ml.tobytes(model)):equals(before)
    local values = ml.knn_regressor():fit({{1}, {2}}, {1, 2})
    expect(values.add, values, {1}, 1 / 0):raises "finite"
    expect(values.add, values, {1}, {1, 2}):raises "{1} expected"
    local other = ml.nearest_centroid()
    expect(other.add, other, {1}, 1):raises "nearest_centroid is not taught by add"
    expect(function() return #other end):raises "nearest_centroid keeps no samples"
    expect(ml.knn, {n_neighbors = 3}):raises "'neighbors' here"
    expect(ml.knn, {neighbors = 0}):raises "option 'neighbors'"
    expect(ml.knn, {metric = "hamming"}):raises "one of euclidean|"
    expect(ml.knn, {metric = "minkowski", p = 0.5}):raises "option 'p'"
    expect(ml.knn, {capacity = -1}):raises "option 'capacity'"
  end)

  it("from a damaged file ends in an error or an answer", function()
    for _, kind in ipairs{"knn", "knn_regressor", "radius_neighbors", "radius_regressor",
      "nearest_centroid"} do
      local model = ml.estimator(kind):fit(grid(9, 2, 4), {0, 1, 2, 0, 1, 2, 0, 1, 2})
      local bytes, state, tried = ml.tobytes(model), 1, 0
      for _ = 1, 60 do
        state = signals.next_state(state)
        local at, flip = (state >> 8) % #bytes + 1, 1 << (state >> 29)
        local damaged = ml.frombytes(bytes:sub(1, at - 1)
          .. string.char(bytes:byte(at) ~ flip) .. bytes:sub(at + 1))
        if damaged then
          tried = tried + 1
          pcall(damaged.predict, damaged, grid(10, 2, 6))
          pcall(damaged.add, damaged, {1, 2}, 1)
          pcall(damaged.remove, damaged, 1)
        end
      end
      expect(tried > 10):is_true()
    end
  end)
end)
