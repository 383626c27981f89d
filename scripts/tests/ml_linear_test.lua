-- Linear models: against scikit-learn's recorded answers, properties, and bad input.

local ml, tensor, test = require "ml", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded, double = goldens.recorded, goldens.double

-- What a whole run compares: models, from parameters and fitted.
local LEAST_CASES = 17

-- Options of the recorded fits, and how near fits come.
local REGRESSORS = {
  linear = {{}, 1e-9},
  ridge = {{alpha = 1}, 1e-9},
  lasso = {{alpha = 1, tol = 1e-10, iterations = 100000}, 1e-9},
  elastic_net = {{alpha = 0.5, l1_ratio = 0.5, tol = 1e-10, iterations = 100000}, 1e-9},
  huber = {{epsilon = 1.35, iterations = 1000, tol = 1e-8}, 5e-6},
  bayesian_ridge = {{}, 1e-9},
}

-- What is not recorded takes some value: predictions do not need it.
local function fitted_regressor(kind, model, features)
  local sigma = tensor.zeros({features, features}, "float64")
  return ml.fitted(kind, {features = features, arrays = {coef = double(model.coef),
    intercept = {model.intercept}, scale = {1}, alpha = {1}, lambda = {1}, sigma = sigma}})
end

local function fitted_classifier(kind, model, features, labels)
  return ml.fitted(kind, {features = features, classes = labels, arrays = {
    coef = double(model.coef), intercept = double(model.intercept), t = {1}}})
end

local function is_one(labels)
  local list = {}
  for i, label in ipairs(labels) do list[i] = label == 1 and 1 or 0 end
  return list
end

describe("linear regressors", function()
  it("are what scikit-learn makes of them", function()
    local all = recorded "regression"
    if not all then return end
    local x, y = tensor.new(all.X_train), double(all.y_train)
    local rows, compared = x:slice {1, 30}, 0
    for kind, case in pairs(REGRESSORS) do
      local model, expected = all.models[kind], tensor.new(all.models[kind].predict)
      expect(fitted_regressor(kind, model, 5):predict(rows)):close(expected, 1e-6, 1e-6)
      local e = ml[kind](case[1]):fit(x, y)
      expect(e.coef):close(double(model.coef), case[2], case[2])
      expect(e.intercept[1]):close(model.intercept, case[2])
      expect(e:predict(rows)):close(expected, 2e-5)
      compared = compared + 2
    end
    expect(compared):equals(12)
  end)
end)

describe("linear classifiers", function()
  it("are what scikit-learn makes of them", function()
    local all = recorded "classifiers"
    if not all then return end
    local x, compared = tensor.new(all.X_train), 12
    local rows = x:slice {1, 40}
    -- scikit-learn's fits end before the minimum; with newton-cg they come to ours.
    for name, near in pairs {logistic_multinomial = 3e-4, logistic_binary = 1e-5} do
      local model, binary = all.models[name], name == "logistic_binary"
      local e = fitted_classifier("logistic", model, 8, binary and {0, 1} or {0, 1, 2})
      expect(e:predict_proba(rows)):close(tensor.new(model.predict_proba), 1e-6)
      local own = ml.logistic {iterations = 5000, tol = 1e-10}
      own:fit(x, binary and is_one(all.y_train) or all.y_train)
      expect(own.coef):close(double(model.coef), near)
      expect(own.intercept):close(double(model.intercept), near)
      expect(own:predict(rows)):equals(e:predict(rows))
      if model.predict then expect(e:predict(rows):totable()):equals(model.predict) end
      if model.decision_function then
        expect(e:decision_function(rows)):close(tensor.new(model.decision_function), 1e-5)
      end
      compared = compared + 2
    end
    local model = all.models.perceptron
    local e = fitted_classifier("perceptron", model, 8, {0, 1, 2})
    expect(e:predict(rows):totable()):equals(model.predict)
    compared = compared + 1
    print(("%d models compared"):format(compared))
    expect(compared >= LEAST_CASES):is_true()
  end)
end)

-- Data of our own: three clouds, and values along a plane, with noise that is the same every time.

local CENTERS = {{-2, 0, 1}, {2, -2, 0}, {0, 3, -1}}

local function noise(shape, seed) return tensor.randn(shape, seed) end

-- n samples in turn from each of the first `classes` clouds, and their labels.
local function clouds(n, classes, seed)
  local x, y = noise({n, 3}, seed), {}
  for i = 1, n do
    local k = (i - 1) % classes + 1
    y[i] = 10 * k
    for j = 1, 3 do x:set(x:at(i, j) + CENTERS[k][j], i, j) end
  end
  return x, y
end

local function plane(n, seed)
  local x, y, e = noise({n, 3}, seed), tensor.zeros({n}, "float64"), noise({n}, seed + 1)
  for i = 1, n do y[i] = 3 * x:at(i, 1) - 2 * x:at(i, 2) + 5 + 0.1 * e[i] end
  return x, y
end

local CLASSIFIERS = {
  logistic = {}, ridge_classifier = {}, linear_svm = {seed = 3}, sgd = {seed = 3},
  perceptron = {seed = 3}, passive_aggressive = {seed = 3, C = 0.1},
}
local ALL_REGRESSORS = {
  linear = {}, ridge = {}, lasso = {alpha = 0.01}, elastic_net = {alpha = 0.01}, huber = {},
  bayesian_ridge = {}, sgd_regressor = {seed = 3}, linear_svr = {seed = 3},
  passive_aggressive_regressor = {seed = 3},
}
local IN_PARTS = {"sgd", "perceptron", "passive_aggressive"}
local VALUES_IN_PARTS = {"sgd_regressor", "passive_aggressive_regressor"}

describe("every linear classifier", function()
  it("tells clouds apart, two and three", function()
    for kind, options in pairs(CLASSIFIERS) do
      for classes = 2, 3 do
        local x, y = clouds(120, classes, 7)
        local e = ml[kind](options):fit(x, y)
        expect(e:score(clouds(90, classes, 8)) > 0.85):is_true()
        expect(e.coef.shape):equals {classes == 2 and 1 or 3, 3}
        expect(e:decision_function(x).shape):equals(classes == 2 and {120} or {120, 3})
      end
    end
  end)

  it("is the same from its file, and with the same seed", function()
    local x, y = clouds(60, 3, 5)
    for kind, options in pairs(CLASSIFIERS) do
      local e = ml[kind](options):fit(x, y)
      local copy = assert(ml.frombytes(ml.tobytes(e)))
      expect(copy:decision_function(x)):equals(e:decision_function(x))
      expect(ml[kind](options):fit(x, y).coef):equals(e.coef)
    end
  end)

  it("names its labels", function()
    local x = clouds(60, 2, 5)
    local names = {}
    for i = 1, 60 do names[i] = i % 2 == 1 and "left" or "right" end
    for kind, options in pairs(CLASSIFIERS) do
      local e = ml[kind](options):fit(x, names)
      expect(e.classes):equals {"left", "right"}
      expect(e:predict(tensor.new {-3, 1, 1})):equals "left"
    end
  end)
end)

describe("every linear regressor", function()
  it("finds a plane", function()
    local x, y = plane(150, 11)
    local fresh, values = plane(50, 21)
    for kind, options in pairs(ALL_REGRESSORS) do
      local e = ml[kind](options):fit(x, y)
      expect(e:score(fresh, values) > 0.98):is_true()
      expect(e.coef:astype "float32"):close(tensor.new {3, -2, 0}, 0.2)
      expect(ml.frombytes(ml.tobytes(e)):predict(x)):equals(e:predict(x))
      expect(ml[kind](options):fit(x, y).coef):equals(e.coef)
    end
  end)

  it("goes through 0 without an intercept", function()
    local x, y = plane(150, 11)
    for kind, options in pairs(ALL_REGRESSORS) do
      local o = {intercept = false}
      for name, value in pairs(options) do o[name] = value end
      expect(ml[kind](o):fit(x, y):predict(tensor.zeros {3})):equals(0)
    end
  end)
end)

-- Each row as often as its weight says.
local function repeated(x, y, weights)
  local rows, values = {}, {}
  for i, w in ipairs(weights) do
    for _ = 1, w do
      rows[#rows + 1], values[#values + 1] = x[i]:totable(), y[i]
    end
  end
  return tensor.new(rows), values
end

describe("a weight", function()
  it("counts as repetition", function()
    local weights = {}
    for i = 1, 40 do weights[i] = i % 4 end
    local function compare(kind, options, x, y)
      local weighted = ml[kind](options):fit(x, y, {weights = weights})
      local e = ml[kind](options):fit(repeated(x, y, weights))
      expect(weighted.coef):close(e.coef, 1e-6)
      expect(weighted.intercept):close(e.intercept, 1e-6)
    end
    local x, y = plane(40, 31)
    compare("linear", {}, x, y)
    compare("ridge", {alpha = 3}, x, y)
    compare("huber", {tol = 1e-9}, x, y)
    compare("lasso", {alpha = 0.1, tol = 1e-12}, x, y)
    compare("elastic_net", {alpha = 0.1, tol = 1e-12}, x, y)
    compare("linear_svr", {tol = 1e-10, loss = "squared_epsilon_insensitive", iterations = 10000,
      seed = 1}, x, y)
    local classes, labels = clouds(40, 3, 33)
    compare("logistic", {tol = 1e-9}, classes, labels)
    compare("ridge_classifier", {}, classes, labels)
    compare("linear_svm", {tol = 1e-10, iterations = 10000, seed = 1}, classes, labels)
  end)
end)

describe("partial_fit", function()
  it("in pieces is one round of fit", function()
    local x, y = clouds(60, 3, 41)
    local numbers, values = plane(60, 43)
    for _, average in ipairs {0, 1, 50} do
      local options = {seed = 1, shuffle = false, iterations = 1, average = average}
      local function compare(kind, samples, targets, more)
        local whole = ml[kind](options):fit(samples, targets)
        local parts = ml[kind](options)
        for first = 1, 60, 20 do
          local some = {}
          for i = 1, 20 do some[i] = targets[first + i - 1] end
          parts:partial_fit(samples:slice {first, first + 19}, some, more)
        end
        expect(parts.coef):equals(whole.coef)
        expect(parts.intercept):equals(whole.intercept)
        expect(parts.t[1]):equals(61)
      end
      for _, kind in ipairs(IN_PARTS) do compare(kind, x, y, {classes = {10, 20, 30}}) end
      for _, kind in ipairs(VALUES_IN_PARTS) do compare(kind, numbers, values) end
    end
  end)

  it("goes on after a file", function()
    local x, y = clouds(60, 3, 41)
    local e = ml.sgd {seed = 1, average = 5}:fit(x, y)
    local copy = ml.frombytes(ml.tobytes(e))
    expect(copy:partial_fit(x, y).coef):equals(e:partial_fit(x, y).coef)
  end)
end)

describe("stochastic gradient descent", function()
  it("does with every loss, penalty and schedule", function()
    local x, y = clouds(120, 3, 51)
    for _, loss in ipairs {"hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron"} do
      expect(ml.sgd {loss = loss, seed = 2}:fit(x, y):score(x, y) > 0.85):is_true()
    end
    for _, penalty in ipairs {"l2", "l1", "elasticnet", "none"} do
      expect(ml.sgd {penalty = penalty, seed = 2, alpha = 1e-3}:fit(x, y):score(x, y) > 0.85)
        :is_true()
    end
    for _, schedule in ipairs {"constant", "invscaling", "adaptive"} do
      expect(ml.sgd {schedule = schedule, eta0 = 0.05, seed = 2}:fit(x, y):score(x, y) > 0.85)
        :is_true()
    end
  end)

  it("sets coefficients that matter little to 0 with penalty l1", function()
    local x, y = plane(200, 53)
    local e = ml.sgd_regressor {penalty = "l1", alpha = 0.1, seed = 2}:fit(x, y)
    expect(e.coef[3]):equals(0)
    expect(math.abs(e.coef[1]) > 2):is_true()
  end)

  it("gives probabilities with the losses that have them", function()
    for classes = 2, 3 do
      local x, y = clouds(120, classes, 55)
      for _, loss in ipairs {"log_loss", "modified_huber"} do
        local p = ml.sgd {loss = loss, seed = 2}:fit(x, y):predict_proba(x)
        expect(p.shape):equals {120, classes}
        expect(p:sum(2)):close(tensor.ones {120}, 1e-6)
        expect(p:min() >= 0):is_true()
      end
      local e = ml.sgd {seed = 2}:fit(x, y)
      expect(function() e:predict_proba(x) end)
        :raises "sgd with these options has no predict_proba"
    end
  end)

  it("is a probability of its own decisions", function()
    local x, y = clouds(60, 2, 55)
    local e = ml.sgd {loss = "log_loss", seed = 2}:fit(x, y)
    local d, p = e:decision_function(x), e:predict_proba(x)
    for i = 1, 60 do expect(p:at(i, 2)):close(1 / (1 + math.exp(-d[i])), 1e-6) end
  end)
end)

describe("logistic regression", function()
  it("is at its minimum: the gradient is 0", function()
    local x, y = clouds(60, 2, 61)
    local e = ml.logistic {C = 0.5, tol = 1e-10}:fit(x, y)
    local p, sums = e:predict_proba(x), {0, 0, 0, 0}
    for i = 1, 60 do
      local slope = p:at(i, 2) - (y[i] == 20 and 1 or 0)
      for j = 1, 3 do sums[j] = sums[j] + slope * x:at(i, j) end
      sums[4] = sums[4] + slope
    end
    for j = 1, 3 do expect(sums[j] + e.coef[1][j] / 0.5):close(0, 1e-5) end
    expect(sums[4]):close(0, 1e-5)
  end)

  it("needs few rounds whatever the units", function()
    local x, y = clouds(60, 3, 61)
    local e = ml.logistic {penalty = "none", tol = 1e-6}:fit(x * 2 ^ -10, y)
    local far = ml.logistic {penalty = "none", tol = 1e-6}:fit(x * 2 ^ 10, y)
    expect(far.n_iter[1]):equals(e.n_iter[1])
    expect(far:predict_proba(x * 2 ^ 10)):close(e:predict_proba(x * 2 ^ -10), 1e-6)
  end)

  it("sets each class against the rest when asked", function()
    local x, y = clouds(90, 3, 63)
    local e = ml.logistic {multi_class = "ovr"}:fit(x, y)
    expect(e:score(x, y) > 0.85):is_true()
    expect(e:predict_proba(x):sum(2)):close(tensor.ones {90}, 1e-6)
    local one = {}
    for i, label in ipairs(y) do one[i] = label == 20 and 1 or 0 end
    expect(ml.logistic():fit(x, one).coef[1]):equals(e.coef[2])
  end)

  it("weighs classes", function()
    local x, y = clouds(90, 2, 65)
    local plain = ml.logistic():fit(x, y)
    local heavy = ml.logistic {class_weight = {[20] = 10}}:fit(x, y)
    expect(heavy:predict_proba(tensor.zeros {3})[2] > plain:predict_proba(tensor.zeros {3})[2])
      :is_true()
  end)
end)

describe("least squares", function()
  it("gives the shortest answer of dependent features", function()
    local x = tensor.new {{1, 1, 0}, {2, 2, 0}, {3, 3, 0}, {5, 5, 0}}
    local e = ml.linear():fit(x, {2, 4, 6, 10})
    expect(e.coef):close(double {1, 1, 0}, 1e-12)
    expect(e.intercept[1]):close(0, 1e-12)
  end)

  it("does with fewer samples than features", function()
    local x = noise({5, 20}, 71)
    local y = {1, -2, 3, 0, 5}
    for _, kind in ipairs {"linear", "bayesian_ridge"} do
      expect(ml[kind]():fit(x, y):score(x, y) > 0.99):is_true()
    end
    local e, a = ml.ridge {alpha = 0.5, intercept = false}:fit(x, y), 0.5
    -- X^T (y - X w) = alpha w
    local rest = tensor.new(y) - e:predict(x)
    local pull = x:transpose():matmul(rest:reshape {5, 1}):reshape {20}
    expect(pull):close((e.coef * a):astype "float32", 1e-5)
  end)

  it("leaves constant features at 0", function()
    local x = tensor.full({6, 2}, 0.1)
    for i = 1, 6 do x:set(i, i, 1) end
    for kind, options in pairs(ALL_REGRESSORS) do
      if not kind:find "sgd" and not kind:find "aggressive" and not kind:find "svr" then
        local e = ml[kind](options):fit(x, {1, 2, 3, 4, 5, 6})
        expect(e.coef[2]):close(0, 1e-12)
      end
    end
  end)
end)

describe("Bayesian ridge regression", function()
  it("knows how unsure it is", function()
    local x, y = plane(100, 81)
    local e = ml.bayesian_ridge():fit(x, y)
    expect(e.alpha[1] > 50 and e.alpha[1] < 200):is_true()  -- noise of 0.1
    local near, far = e:predict_std(tensor.zeros {3}), e:predict_std(tensor.full({3}, 50))
    expect(near):close(0.1, 0.03)
    expect(far > 2 * near):is_true()
    expect(e:predict_std(x).shape):equals {100}
    local other = ml.ridge():fit(x, y)
    expect(function() other:predict_std(x) end):raises "ridge has no predict_std"
  end)
end)

describe("Huber's regression", function()
  it("is not bent by outliers", function()
    local x, y = plane(100, 91)
    for i = 1, 100, 10 do y[i] = 1000 end
    expect(ml.huber():fit(x, y).coef:astype "float32"):close(tensor.new {3, -2, 0}, 0.1)
  end)

  it("ends at a perfect fit", function()
    local x = noise({30, 3}, 93)
    local y = {}
    for i = 1, 30 do y[i] = 2 * x:at(i, 1) + 1 end
    local e = ml.huber {alpha = 0}:fit(x, y)
    expect(e.coef[1]):close(2, 1e-3)
    expect(e.scale[1] < 1e-2):is_true()
  end)
end)

describe("lasso", function()
  it("keeps coefficients from below 0 when asked", function()
    local x, y = plane(100, 95)
    local e = ml.lasso {alpha = 0.01, positive = true}:fit(x, y)
    expect(e.coef:min() >= 0):is_true()
    expect(e.coef[2]):equals(0)
  end)

  it("is 0 under a large penalty", function()
    local x, y = plane(100, 95)
    local e = ml.lasso {alpha = 100}:fit(x, y)
    expect(e.coef):equals(tensor.zeros({3}, "float64"))
    expect(e:predict(x[1])):close(y:mean(), 1e-6)
  end)
end)

describe("misuse of linear models", function()
  local x, y = clouds(30, 3, 99)

  it("names what is wrong", function()
    expect(function() ml.logistic():fit(x, tensor.ones({30}, "int32")) end)
      :raises "at least 2 classes expected, got 1"
    expect(function() ml.sgd():partial_fit(x, tensor.ones({30}, "int32")) end)
      :raises "at least 2 classes expected, got 1"
    expect(function() ml.linear():fit(x, {1, 2}) end):raises "{30} expected, one for each row"
    expect(function() ml.ridge():fit(tensor.new {{0 / 0}}, {1}) end):raises "not finite"
    expect(function() ml.ridge():fit(tensor.new {{1}}, {1 / 0}) end):raises "not finite"
    expect(function() ml.logistic():fit(x, y):predict(tensor.zeros {4}) end)
      :raises "3 features expected, got 4"
    expect(function() ml.sgd():partial_fit(x, y):partial_fit(x, tensor.full({30}, 7)) end)
      :raises "label"
    expect(function() ml.logistic():predict(x) end):raises "logistic is not fitted yet"
  end)

  it("names our option for scikit-learn's", function()
    expect(function() ml.logistic {max_iter = 10} end):raises "'max_iter' is 'iterations' here"
    expect(function() ml.ridge {fit_intercept = false} end):raises "is 'intercept' here"
    expect(function() ml.sgd {learning_rate = "optimal"} end):raises "is 'schedule' here"
    expect(function() ml.sgd {n_iter_no_change = 3} end):raises "is 'patience' here"
    expect(function() ml.ridge {alpha = -1} end):raises "option 'alpha'"
    expect(function() ml.logistic {penalty = "l1"} end):raises "l2|none"
  end)

  it("asks for a first step where the schedule needs one", function()
    expect(function() ml.sgd {schedule = "constant"}:fit(x, y) end):raises "needs eta0 above 0"
    expect(function() ml.sgd {alpha = 0}:fit(x, y) end):raises "needs alpha above 0"
  end)

  it("leaves the estimator as it was", function()
    local numbers, values = plane(30, 97)
    local e = ml.sgd_regressor {seed = 1}:fit(numbers, values)
    local before = e.coef
    expect(function() e:partial_fit(numbers * (1 / 0), values) end):raises "not finite"
    expect(function() e:fit(tensor.zeros {30, 2}, {1}) end):raises "one for each row"
    expect(e.coef):equals(before)
  end)

  it("refuses parts that do not fit", function()
    local function parts(rows)
      return {features = 2, classes = {1, 2, 3}, arrays = {
        coef = tensor.zeros {rows, 2}, intercept = tensor.zeros {rows}, t = {1}}}
    end
    for kind in pairs(CLASSIFIERS) do
      expect(function() ml.fitted(kind, parts(2)) end):raises "2 rows of coefficients for 3 classes"
      expect(ml.fitted(kind, parts(3)):predict(tensor.new {1, 2})):equals(1)
    end
  end)

  it("refuses a regressor of several intercepts, or none", function()
    for kind in pairs(ALL_REGRESSORS) do
      for count = 0, 2, 2 do
        local arrays = {coef = tensor.zeros {2}, intercept = tensor.zeros {count}, t = {1},
          scale = {1}, alpha = {1}, lambda = {1}, sigma = tensor.zeros {2, 2}}
        expect(function() ml.fitted(kind, {features = 2, arrays = arrays}) end)
          :raises "array 'intercept' is"
      end
    end
  end)

  it("does not hang on samples at the end of float32", function()
    local huge = tensor.new {{3e38, -3e38}, {-3e38, 1}, {3e38, 2}, {1e-38, -3e38}}
    local function try(kind, options, y)
      local ok, e = pcall(function() return ml[kind](options):fit(huge, y) end)
      expect(ok and #e:predict(huge) == 4 or type(e) == "string"):is_true()
    end
    for kind, options in pairs(CLASSIFIERS) do try(kind, options, {1, 2, 1, 2}) end
    for kind, options in pairs(ALL_REGRESSORS) do try(kind, options, {1e300, 2, 1, -1e300}) end
  end)

  it("takes a single sample of values", function()
    for kind, options in pairs(ALL_REGRESSORS) do
      local e = ml[kind](options):fit(tensor.new {{1, 2}}, {3})
      expect(e:predict(tensor.new {1, 2})):close(3, 3.01)
    end
  end)
end)
