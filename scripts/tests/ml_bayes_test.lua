-- Classifiers by probability: naive Bayes and discriminant analysis, against scikit-learn's
-- recorded answers, plain definitions, and bad input.

local ml, signals, tensor, test = require "ml", require "signals", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded, double, near = goldens.recorded, goldens.double, goldens.near
local lcg = signals.lcg

-- What a whole run compares.
local LEAST_CASES = 3

local CLASSES <const> = {0, 1, 2}
local FITTED <const> = {
  gaussian_nb = function(m)
    return {theta = m.theta, var = m.var, class_prior = m.class_prior,
      class_count = {1, 1, 1}, epsilon = {m.epsilon}}
  end,
  lda = function(m) return {coef = m.coef, intercept = m.intercept} end,
  qda = function(m)
    local factors = {}
    for k, covariance in ipairs(m.covariance) do
      factors[k] = double(covariance):cholesky():inv():transpose():totable()
    end
    return {means = m.means, priors = m.priors, precisions_cholesky = factors}
  end,
}

describe("classifiers by probability", function()
  it("give scikit-learn's recorded answers", function()
    local all, compared = recorded "classifiers", 0
    if not all then return end
    local x = tensor.new(all.X_train)
    local rows = x:slice{1, 40}
    for kind, arrays in pairs(FITTED) do
      local want = all.models[kind]
      local given = ml.fitted(kind, {features = 8, arrays = arrays(want), classes = CLASSES})
      local own = ml.estimator(kind):fit(x, all.y_train)
      for _, model in ipairs{given, own} do
        near(model:predict_proba(rows), want.predict_proba, 1e-6)
        if want.predict then expect(model:predict(rows)):equals(want.predict) end
      end
      for _, name in ipairs{"coef", "intercept", "theta", "var", "means", "priors"} do
        if want[name] then near(own[name], want[name], 1e-9) end
      end
      if kind == "qda" then
        local stored = ml.qda{store_covariance = true}:fit(x, all.y_train)
        near(stored.covariance, want.covariance, 1e-9)
      elseif kind == "lda" then  -- up to the sign of a direction
        near(own:transform(rows):abs(), tensor.new(want.transform):abs():totable(), 1e-5)
      end
      compared = compared + 1
    end
    signals.expect_compared(compared, LEAST_CASES, "cases")
  end)
end)

-- Three classes around points of their own, positive as counts are.
local function blobs(rows, features)
  local x, y = lcg(rows * features, 5):reshape{rows, features} + 6, {}
  for i = 1, rows do
    y[i] = i % 3 + 3
    for j = 1, features do
      if (i + j) % 3 == 0 then x[i][j] = x[i][j] + 3 + j / 4 end
    end
  end
  return x:floor(), y
end

local KINDS <const> = {"bernoulli_nb", "gaussian_nb", "lda", "multinomial_nb", "qda"}
local OPTIONS <const> = {bernoulli_nb = {binarize = 7}, qda = {reg = 0.125}}

describe("naive Bayes", function()
  it("counts as it is defined", function()
    local x, y = {{3, 0, 1}, {1, 2, 0}, {0, 5, 0}}, {"a", "a", "b"}
    local m = ml.multinomial_nb{alpha = 0.5}:fit(x, y)
    -- Class a: 4, 2, 1 of 7, each and all with the pseudo-counts; the priors are 2/3 and 1/3.
    local a = math.log(2 / 3) + 2 * math.log(4.5 / 8.5) + math.log(1.5 / 8.5)
    local b = math.log(1 / 3) + 2 * math.log(0.5 / 6.5) + math.log(0.5 / 6.5)
    expect(m:predict_proba{2, 0, 1}[1]):close(1 / (1 + math.exp(b - a)), 1e-6)
    expect(m.feature_count):equals(double{{4, 2, 1}, {0, 5, 0}})
    local n = ml.bernoulli_nb():fit(x, y)
    a = math.log(2 / 3) + math.log(3 / 4) + math.log(1 - 2 / 4) + math.log(2 / 4)
    b = math.log(1 / 3) + math.log(1 / 3) + math.log(1 - 2 / 3) + math.log(1 / 3)
    expect(n:predict_proba{2, 0, 1}[1]):close(1 / (1 + math.exp(b - a)), 1e-6)
    expect(n.feature_log_prob:exp()):close(double{{3 / 4, 2 / 4, 2 / 4}, {1 / 3, 2 / 3, 1 / 3}},
      1e-12)
  end)

  it("learns in parts what it learns at once", function()
    local x, y = blobs(60, 5)
    for _, kind in ipairs{"bernoulli_nb", "gaussian_nb", "multinomial_nb"} do
      local options = {binarize = OPTIONS[kind] and 7, smoothing = kind == "gaussian_nb" and 0 or nil}
      local whole = ml.estimator(kind, options):fit(x, y)
      local parts = ml.estimator(kind, options)
      for first = 1, 60, 15 do
        parts:partial_fit(x:slice{first, first + 14}, table.move(y, first, first + 14, 1, {}),
          first == 1 and {classes = {3, 4, 5}} or nil)
      end
      expect(parts:predict_proba(x)):close(whole:predict_proba(x), 1e-6)
    end
  end)

  it("takes weights as repetitions", function()
    local x, y = blobs(12, 4)
    local weights, rows, labels = {}, {}, {}
    for i = 1, 12 do
      weights[i] = i % 4
      for _ = 1, i % 4 do
        rows[#rows + 1], labels[#labels + 1] = x[i]:totable(), y[i]
      end
    end
    for _, kind in ipairs{"bernoulli_nb", "gaussian_nb", "multinomial_nb"} do
      local options = {binarize = OPTIONS[kind] and 7, smoothing = kind == "gaussian_nb" and 0.5 or nil}
      local weighted = ml.estimator(kind, options):fit(x, y, {weights = weights})
      local repeated = ml.estimator(kind, options):fit(rows, labels)
      if kind == "gaussian_nb" then
        expect(weighted.theta):close(repeated.theta, 1e-12)
      else
        expect(weighted:predict_proba(x)):close(repeated:predict_proba(x), 1e-6)
      end
    end
  end)

  it("takes classes as equally probable when told so", function()
    local x, y = tensor.new{{1}, {2}, {1}, {2}, {5}, {6}}, {1, 1, 1, 1, 2, 2}
    expect(ml.gaussian_nb():fit(x, y).class_prior:totable()):close({2 / 3, 1 / 3}, 1e-12)
    expect(ml.gaussian_nb{fit_prior = false}:fit(x, y).class_prior):equals(double{0.5, 0.5})
    expect(ml.qda{fit_prior = false}:fit(x, y).priors):equals(double{0.5, 0.5})
    expect(ml.lda{fit_prior = false}:fit(x, y).priors):equals(double{0.5, 0.5})
    expect(ml.multinomial_nb{fit_prior = false}:fit(x, y).class_log_prior:exp():totable())
      :close({0.5, 0.5}, 1e-12)
  end)
end)

describe("discriminant analysis", function()
  it("has two solvers that agree", function()
    local x, y = blobs(90, 6)
    local svd, eigen = ml.lda():fit(x, y), ml.lda{solver = "eigen"}:fit(x, y)
    -- One divides by the samples less the classes, the other by the samples.
    expect(svd:predict_proba(x)):close(eigen:predict_proba(x), 0.01)
    expect(svd.scalings.shape):equals{6, 2}
    expect(ml.lda{components = 1}:fit(x, y).scalings.shape):equals{6, 1}
    -- The directions are the same; eigen's differ in scale and do not centre.
    local a, b = svd:transform(x), eigen:transform(x)
    for c = 1, 2 do
      local ratio = (a:at(2, c) - a:at(1, c)) / (b:at(2, c) - b:at(1, c))
      expect(a:at(9, c) - a:at(7, c)):close(ratio * (b:at(9, c) - b:at(7, c)), 1e-3)
    end
  end)

  it("leaves out directions in which a class does not vary", function()
    local x, y = blobs(60, 4)
    local wide = tensor.concat({x, tensor.full({60, 1}, 5), x:slice({}, {1, 1})}, 2)
    expect(ml.lda():fit(wide, y):predict_proba(wide)):close(ml.lda():fit(x, y):predict_proba(x),
      1e-5)
  end)

  it("has one column of decisions for two classes", function()
    local x, y = blobs(30, 3)
    for i = 1, 30 do y[i] = y[i] == 3 and "yes" or "no" end
    for _, kind in ipairs{"lda", "qda"} do
      local m = ml.estimator(kind):fit(x, y)
      local decision, proba = m:decision_function(x), m:predict_proba(x)
      expect(decision.shape):equals{30}
      for i = 1, 30 do
        expect(proba:at(i, 2)):close(1 / (1 + math.exp(-decision[i])), 1e-5)
        expect(m:predict(x)[i]):equals(decision[i] > 0 and "yes" or "no")
      end
    end
  end)
end)

describe("all of them", function()
  it("are the same after a file, and for rows one by one", function()
    local x, y = blobs(75, 5)
    for _, kind in ipairs(KINDS) do
      local m = ml.estimator(kind, OPTIONS[kind]):fit(x, y)
      local copy = assert(ml.frombytes(ml.tobytes(m)))
      local proba = m:predict_proba(x)
      expect(copy:predict_proba(x)):same_bits(proba)
      expect(copy.options):equals(m.options)
      for _, i in ipairs{1, 64, 65, 75} do
        expect(m:predict_proba(x[i])):same_bits(proba[i])
        expect(m:predict(x[i])):equals(m:predict(x)[i])
      end
      expect(m:score(x, y) > 0.6):is_true()
    end
  end)

  it("refuse what they cannot learn from", function()
    local x, y = blobs(9, 2)
    local function fit(kind, options, x, y) return ml.estimator(kind, options):fit(x, y) end
    for _, kind in ipairs(KINDS) do
      expect(fit, kind, nil, x, {1, 1, 1, 1, 1, 1, 1, 1, 1}):raises("at least 2 classes")
      expect(fit, kind, nil, {{0 / 0}, {1}}, {1, 2}):raises("row 1 has a number that is not finite")
      expect(fit, kind, nil, tensor.zeros{0, 2}, {}):raises("at least one row")
      local m = fit(kind, OPTIONS[kind], x, y)
      expect(function() m:predict(tensor.zeros{2, 3}) end):raises("2 features expected, got 3")
      expect(function() m:score(x, {3, 4, 5, 3, 4, 5, 3, 4, 8}) end):raises("label 8")
    end
    expect(fit, "multinomial_nb", nil, {{1}, {-1}}, {1, 2}):raises("row 2 has a number below 0")
    expect(fit, "gaussian_nb", nil, {{1}, {1}}, {1, 2}):raises("feature 1 does not vary")
    expect(fit, "qda", nil, {{1}, {2}, {3}}, {1, 1, 2}):raises("class 2 has a single sample")
    expect(fit, "qda", nil, {{1, 2}, {2, 4}, {3, 6}, {1, 3}, {4, 1}, {9, 1}}, {1, 1, 1, 2, 2, 2})
      :raises("class 1: its covariance is singular")
    expect(fit, "lda", nil, {{1}, {2}}, {1, 2}):raises("more samples than classes")
    expect(fit, "lda", nil, {{1}, {1}, {2}}, {1, 1, 2}):raises("are all the same")
    expect(fit, "lda", {solver = "eigen"}, {{1, 1}, {2, 2}, {3, 3}, {5, 5}}, {1, 1, 2, 2})
      :raises("within classes is singular")
    expect(fit, "lda", {shrinkage = 0.5}, x, y):raises("needs solver")
    expect(fit, "lda", {components = 3}, x, y):raises("at most 2")
    expect(ml.lda, {n_components = 2}):raises("is 'components' here")
    expect(ml.qda, {reg_param = 2}):raises("is 'reg' here")
    expect(ml.multinomial_nb, {alpha = -1}):raises("option 'alpha'")
    expect(ml.gaussian_nb, {priors = {1}}):raises("is 'fit_prior' here")
  end)

  it("stay as they were when a fit fails", function()
    local x, y = blobs(30, 3)
    local m = ml.qda():fit(x, y)
    local before = m:predict_proba(x)
    expect(function() m:fit({{1, 1, 1}, {1, 1, 1}, {2, 2, 2}, {2, 2, 2}}, {1, 1, 2, 2}) end)
      :raises("singular")
    expect(m:predict_proba(x)):same_bits(before)
  end)
end)
