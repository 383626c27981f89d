-- Support vector machines: against scikit-learn's recorded answers, properties, and bad input.

local ml, tensor, test = require "ml", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded = goldens.recorded

-- What a whole run compares: models, from parameters and fitted.
local LEAST_CASES = 14

-- Options of the recorded calls.
local CLASSIFIERS = {
  svc_rbf_binary = {C = 1, gamma = 0.25},
  svc_poly_binary = {C = 1, kernel = "poly", degree = 3, gamma = 0.25, coef0 = 1},
  svc_sigmoid_binary = {C = 1, kernel = "sigmoid", gamma = 0.05},
  svc_linear_binary = {C = 1, kernel = "linear"},
  svc_rbf_ovo = {C = 1, gamma = 0.25, shape = "ovo"},
}

local function is_one(labels)
  local list = {}
  for i, label in ipairs(labels) do list[i] = label == 1 and 1 or 0 end
  return list
end

local function fitted(kind, model, options, features, support)
  local classes = kind == "svc" and {0, 1, support[3] and 2} or nil
  return ml.fitted(kind, {features = features, options = options, classes = classes,
    arrays = {support_vectors = model.support_vectors, dual_coef = model.dual_coef,
      intercept = model.intercept, gamma = {options.gamma or 1}, n_support = support}})
end

-- How many of a binary machine's vectors belong to each class: coefficients tell by their sign.
local function support_of(model)
  if model.n_support then return model.n_support end
  local counts = {0, 0}
  for _, c in ipairs(model.dual_coef[1]) do
    local k = c < 0 and 1 or 2
    counts[k] = counts[k] + 1
  end
  return counts
end

local function compare_answers(e, model, x, tolerance)
  expect(e:decision_function(x)):close(tensor.new(model.decision_function), tolerance)
  if model.predict then expect(e:predict(x):totable()):equals(model.predict) end
end

-- The same support vectors, and decisions as alike as the tolerance of fits makes them.
local function compare_fit(e, model, x)
  expect(e.support_vectors):equals(tensor.new(model.support_vectors))
  if model.n_support then expect(e.n_support:totable()):equals(model.n_support) end
  compare_answers(e, model, x, 1e-3)
end

describe("recorded machines", function()
  it("are those of scikit-learn", function()
    local data, compared = recorded "classifiers", 0
    if not data then return end
    local train = tensor.new(data.X_train)
    local x = train:slice({1, 40}, {})
    for name, options in pairs(CLASSIFIERS) do
      local model = data.models[name]
      local y = name:find "binary" and is_one(data.y_train) or data.y_train
      compare_answers(fitted("svc", model, options, 8, support_of(model)), model, x, 2e-6)
      compare_fit(ml.svc(options):fit(train, y), model, x)
      compared = compared + 2
    end
    local options, model = {nu = 0.2, gamma = 0.1}, data.models.one_class_svm
    compare_answers(fitted("one_class_svm", model, options, 8), model, x, 2e-6)
    compare_fit(ml.one_class_svm(options):fit(train), model, x)
    data = recorded "regression"
    train, model, options = tensor.new(data.X_train), data.models.svr_rbf, {C = 10, gamma = 0.1}
    x = train:slice({1, 30}, {})
    local e = fitted("svr", model, options, 5)
    expect(e:predict(x)):close(tensor.new(model.predict), 1e-5)
    e = ml.svr(options):fit(train, data.y_train)
    expect(e.support_vectors):equals(tensor.new(model.support_vectors))
    expect(e:predict(x)):close(tensor.new(model.predict), 1e-3)
    compared = compared + 4
    print(("%d machines compared"):format(compared))
    expect(compared >= LEAST_CASES):is_true()
  end)
end)

-- Two rings around each other, or as many as asked for: {n, 2} and their numbers.
local function rings(count, kinds, seed)
  local noise = tensor.rand({count, 2}, seed)
  local x, y = tensor.zeros{count, 2}, {}
  for i = 1, count do
    local ring = i % kinds
    local radius, angle = 1 + 2 * ring + 0.5 * noise:at(i, 1), 6.2831853 * noise:at(i, 2)
    x:set(radius * math.cos(angle), i, 1)
    x:set(radius * math.sin(angle), i, 2)
    y[i] = ring * 10
  end
  return x, y
end

describe("svc", function()
  it("tells rings apart that no line does", function()
    local x, y = rings(120, 3, 1)
    expect(ml.svc():fit(x, y):score(x, y)):equals(1)
    expect(ml.svc{kernel = "linear"}:fit(x, y):score(x, y) < 0.8):is_true()
    expect(ml.svc{kernel = "poly", degree = 2, coef0 = 1}:fit(x, y):score(x, y) > 0.95):is_true()
  end)

  it("gives a decision per class or per pair", function()
    local x, y = rings(60, 3, 2)
    local rest = ml.svc():fit(x, y)
    local pairs_of = ml.svc{shape = "ovo"}:fit(x, y)
    expect(rest:decision_function(x).shape):equals{60, 3}
    expect(rest:decision_function(x[1]).shape):equals{3}
    expect(pairs_of:decision_function(x).shape):equals{60, 3}
    expect(rest:predict(x)):equals(pairs_of:predict(x))
    expect(rest.classes[rest:decision_function(x[1]):argmax()]):equals(rest:predict(x[1]))
    local two = ml.svc():fit(rings(60, 2, 2))
    expect(two:decision_function(x).shape):equals{60}
    expect(two:decision_function(x[1]) > 0):equals(two:predict(x[1]) == 10)
  end)

  it("gives probabilities where it is told to", function()
    for kinds = 2, 3 do
      local x, y = rings(90, kinds, 12)
      local options = {probability = true, seed = 3}
      local e = ml.svc(options):fit(x, y)
      local p, hits = e:predict_proba(x), 0
      expect(p.shape):equals{90, kinds}
      expect(p:sum(2)):close(tensor.ones{90}, 1e-6)
      for i = 1, 90 do hits = hits + (e.classes[p[i]:argmax()] == y[i] and 1 or 0) end
      expect(hits >= 86):is_true()
      expect(ml.svc(options):fit(x, y):predict_proba(x)):equals(p)
      expect(assert(ml.frombytes(ml.tobytes(e))):predict_proba(x)):equals(p)
    end
  end)

  it("couples pairs as scikit-learn does", function()
    local arrays = {support_vectors = {{1}, {2}, {3}}, dual_coef = {{1, -1, -0.5}, {0.25, 1, -1}},
      intercept = {0.5, -0.25, 0.125}, gamma = {1}, n_support = {1, 1, 1},
      probA = {-1, -2, -3}, probB = {0.5, 0, -0.5}}
    local e = ml.fitted("svc", {features = 1, classes = {0, 1, 2}, arrays = arrays,
      options = {kernel = "linear", probability = true}})
    expect(e:predict_proba{{1}, {-2}}):close({{0.04117795, 0.10282994, 0.85599211},
      {0.87641917, 0.11867634, 0.00490449}}, 1e-6)
  end)

  it("fits the same whatever the cache holds", function()
    local x, y = rings(150, 2, 3)
    local whole, rows = ml.svc{C = 10}:fit(x, y), ml.svc{C = 10, cache = 0}:fit(x, y)
    expect(whole.dual_coef):equals(rows.dual_coef)
    expect(whole.n_iter):equals(rows.n_iter)
  end)

  it("takes a weight as repetition", function()
    local x, y = rings(40, 2, 4)
    local twice, labels = tensor.concat({x, x:slice({1, 20}, {})}, 1), {}
    for i = 1, 60 do labels[i] = y[(i - 1) % 40 + 1] end
    local weights = tensor.ones{40}
    for i = 1, 20 do weights[i] = 2 end
    local a = ml.svc{tol = 1e-8, C = 0.7}:fit(x, y, {weights = weights})
    local b = ml.svc{tol = 1e-8, C = 0.7, gamma = a.gamma[1]}:fit(twice, labels)
    expect(a:decision_function(x)):close(b:decision_function(x), 1e-5)
    local heavy = ml.svc{class_weight = {[10] = 5}, C = 0.05}:fit(x, y)
    local light = ml.svc{C = 0.05}:fit(x, y)
    expect(heavy:decision_function(x):mean() > light:decision_function(x):mean()):is_true()
  end)

  it("leaves out samples of weight 0", function()
    local x, y = rings(40, 2, 5)
    local weights = tensor.ones{40}
    weights[7] = 0
    local e = ml.svc{C = 1e-3}:fit(x, y, {weights = weights})
    expect(e.n_support:totable()[1] + e.n_support:totable()[2] <= 39):is_true()
  end)

  it("stops after the iterations asked for", function()
    local x, y = rings(100, 2, 6)
    expect(ml.svc{iterations = 5}:fit(x, y).n_iter[1]):equals(5)
  end)

  it("knows gamma by name", function()
    local x, y = rings(40, 2, 7)
    expect(ml.svc{gamma = "auto"}:fit(x, y).gamma[1]):equals(0.5)
    local deviation = x:std()
    expect(ml.svc():fit(x, y).gamma[1]):close(1 / (2 * deviation * deviation), 1e-5)
    expect(ml.svc{gamma = 0.125}:fit(x, y).gamma[1]):equals(0.125)
    expect(ml.svc():fit(tensor.ones{4, 2}, {1, 1, 2, 2}).gamma[1]):equals(1)
  end)

  it("takes labels that are words", function()
    local x = tensor.new{{0, 0}, {0, 1}, {4, 4}, {5, 4}}
    local e = ml.svc{kernel = "linear"}:fit(x, {"near", "near", "far", "far"})
    expect(e:predict(x)):equals{"near", "near", "far", "far"}
  end)
end)

describe("svr", function()
  it("follows a curve within epsilon", function()
    local x = tensor.linspace(-3, 3, 60):reshape{60, 1}
    local y = x:sin():reshape{60}
    local e = ml.svr{C = 100, epsilon = 0.01, gamma = 1}:fit(x, y)
    expect(e:predict(x)):close(y, 0.0111)
    expect(#e.support_vectors < 40):is_true()
    expect(e:score(x, y) > 0.999):is_true()
  end)

  it("needs no vectors where epsilon covers all", function()
    local e = ml.svr{epsilon = 10}:fit(tensor.new{{1}, {2}, {3}}, {1, 2, 3})
    expect(e.support_vectors.shape):equals{0, 1}
    expect(e:predict(tensor.new{7})):equals(2)
    expect(assert(ml.frombytes(ml.tobytes(e))):predict(tensor.new{7})):equals(2)
  end)
end)

describe("one_class_svm", function()
  it("leaves about the share nu outside", function()
    local x = tensor.randn({200, 3}, 8)
    for _, nu in ipairs{0.05, 0.2, 0.5} do
      local e = ml.one_class_svm{nu = nu}:fit(x)
      local outside = (e:predict(x):sum() - 200) / -400
      expect(outside):close(nu, 0.03)
      expect(e:predict(tensor.new{50, 50, 50})):equals(-1)
    end
  end)

  it("scores by the decision without its offset", function()
    local x = tensor.randn({50, 2}, 9)
    local e = ml.one_class_svm{nu = 0.3}:fit(x)
    expect(e:score_samples(x) + e.intercept[1]):close(e:decision_function(x), 1e-5)
    assert(e:score_samples(x):min() >= 0)
  end)

  it("fits samples that are all alike, and nu of 1", function()
    expect(ml.one_class_svm():fit(tensor.ones{6, 2}).fitted):is_true()
    expect(ml.one_class_svm{nu = 1}:fit(tensor.randn({6, 2}, 1)).fitted):is_true()
  end)
end)

describe("machines", function()
  it("come back from bytes with the same answers", function()
    local x, y = rings(60, 3, 10)
    for _, e in ipairs{ml.svc():fit(x, y), ml.svc{kernel = "sigmoid"}:fit(x, y),
      ml.svr():fit(x, y), ml.one_class_svm():fit(x)} do
      local copy = assert(ml.frombytes(ml.tobytes(e)))
      expect(copy:predict(x)):equals(e:predict(x))
      expect(copy.dual_coef):equals(e.dual_coef)
      expect(copy.options):equals(e.options)
    end
  end)

  it("answer a row alone as among others", function()
    local x, y = rings(30, 3, 11)
    local e = ml.svc():fit(x, y)
    local all = e:decision_function(x)
    for i = 1, 30 do expect(e:decision_function(x[i])):equals(all[i]) end
  end)

  it("refuse what they cannot fit, and stay as they were", function()
    local x, y = rings(20, 2, 12)
    local e = ml.svc():fit(x, y)
    local before = ml.tobytes(e)
    expect(e.fit, e, x, tensor.ones{20}):raises "at least 2 classes expected"
    expect(e.fit, e, x:slice({1, 5}, {}), y):raises "labels"
    expect(e.fit, e, x * (0 / 0), y):raises "row 1 has a number that is not finite"
    local weights = tensor.ones{20}
    for i = 1, 20, 2 do weights[i] = 0 end
    expect(e.fit, e, x, y, {weights = weights}):raises "the weights of all samples are 0"
    local huge = ml.svc{kernel = "poly", degree = 9, gamma = 1e20}
    expect(huge.fit, huge, x, y):raises "scale the features"
    expect(ml.tobytes(e)):equals(before)
    expect(e.predict, e, tensor.ones{4, 3}):raises "2 features expected, got 3"
    expect(e.predict_proba, e, x):raises "svc with these options has no predict_proba"
    expect(e.partial_fit, e, x, y):raises "svc has no partial_fit"
  end)

  it("refuse other options", function()
    expect(ml.svc, {kernel = "cubic"}):raises "rbf|linear|poly|sigmoid"
    expect(ml.svc, {max_iter = 5}):raises "'max_iter' is 'iterations' here"
    expect(ml.svc, {cache_size = 5}):raises "'cache_size' is 'cache' here"
    expect(ml.svc, {decision_function_shape = "ovo"}):raises "'decision_function_shape' is 'shape'"
    expect(ml.svc, {gamma = -1}):raises "option 'gamma'"
    expect(ml.svc, {C = 0}):raises "option 'C'"
    expect(ml.svr, {epsilon = -1}):raises "option 'epsilon'"
    expect(ml.one_class_svm, {nu = 1.5}):raises "option 'nu'"
    expect(ml.one_class_svm, {C = 1}):raises "no option 'C'"
  end)

  it("refuse arrays that do not belong together", function()
    local function make(change)
      local arrays = {support_vectors = {{1, 2}, {3, 4}}, dual_coef = {{-1, 1}}, intercept = {0},
        gamma = {1}, n_support = {1, 1}}
      for name, value in pairs(change) do arrays[name] = value end
      return ml.fitted("svc", {features = 2, classes = {3, 7}, arrays = arrays})
    end
    expect(make{}:predict(tensor.new{3, 4})):equals(7)
    expect(make, {n_support = {1, 2}}):raises "'n_support' adds up to 3"
    expect(make, {n_support = {-1, 3}}):raises "below 0"
    expect(make, {intercept = {0, 1}}):raises "'intercept' has 2 numbers"
    expect(make, {dual_coef = {{1, 1}, {1, 1}}}):raises "'dual_coef' has 2 rows"
    expect(make, {gamma = {1, 2}}):raises "'gamma'"
    expect(make, {dual_coef = {{1}}}):raises "'dual_coef': axis 2"
  end)
end)
