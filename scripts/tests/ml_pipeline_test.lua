-- Pipelines: several estimators used, saved and fitted as one; and what all estimators share that
-- is made of two steps.

local ml, tensor, test = require "ml", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local x = tensor.new {{1, 200}, {2, 100}, {1.5, 150}, {8, 900}, {9, 800}, {8.5, 850}}
local y = {"low", "low", "low", "high", "high", "high"}

local function pair() return ml.pipeline(ml.standard_scaler(), ml.gaussian_nb()) end
local function named()
  return ml.pipeline {{"scale", ml.standard_scaler()}, {"model", ml.gaussian_nb()}}
end

describe("a pipeline", function()
  it("does what its steps do one after the other", function()
    local scaler, model = ml.standard_scaler():fit(x), ml.gaussian_nb()
    local scaled = scaler:transform(x)
    model:fit(scaled, y)
    local p = pair():fit(x, y)
    expect(p:predict(x)):equals(model:predict(scaled))
    expect(p:predict_proba(x)):equals(model:predict_proba(scaled))
    expect(p:score(x, y)):equals(1.0)
    expect(p:predict(x[4])):equals "high"
    expect(p:predict_proba(x[1])):equals(model:predict_proba(scaled[1]))
    expect(p[1]:transform(x)):equals(scaled)
    expect(p.classes):equals {"high", "low"}
    expect(p.features):equals(2)
    expect(p.bytes):equals(p[1].bytes + p[2].bytes)
  end)
  it("transforms there and back when every step does", function()
    local p = ml.pipeline(ml.standard_scaler(), ml.standard_scaler {mean = false})
    local made = p:fit_transform(x)
    expect(p:transform(x)):equals(made)
    expect(p:inverse_transform(made):allclose(x, 1e-5)):is_true()
    local out = tensor.zeros {6, 2}
    expect(rawequal(p:transform(x, out), out)):is_true()
    expect(out):equals(made)
    expect(p:inverse_transform(made[1]):allclose(x[1], 1e-5)):is_true()
  end)
  it("names its steps, by their kind unless told", function()
    local p = named()
    expect(p.model):equals(p[2])
    expect(#p):equals(2)
    expect(p[3]):is_nil()
    expect(p.steps[1][1]):equals "scale"
    expect(p.steps[1][2]):equals(p.scale)
    expect(ml.pipeline(p.steps).model):equals(p.model)
    expect(tostring(p)):equals(
      "pipeline: scale (standard_scaler) -> model (gaussian_nb), not fitted")
    local twice = ml.pipeline(ml.standard_scaler(), ml.standard_scaler(), ml.gaussian_nb())
    expect(twice.standard_scaler_2):equals(twice[2])
    expect({p.kind, p.task, p.fitted}):equals {"pipeline", "classify", false}
  end)
  it("uses the estimators it was given", function()
    local model = ml.gaussian_nb()
    ml.pipeline(ml.standard_scaler(), model):fit(x, y)
    expect(model.fitted):is_true()
  end)
  it("gives the weights of samples to its last step", function()
    local scaler = ml.standard_scaler():fit(x)
    local model = ml.gaussian_nb():fit(scaler:transform(x), y, {weights = {1, 2, 3, 1, 1, 1}})
    local p = pair():fit(x, y, {weights = {1, 2, 3, 1, 1, 1}, verbose = true})
    expect(p[2].theta):equals(model.theta)
  end)
  it("takes nested tables, and a single row", function()
    local p = pair():fit({{1, 2}, {2, 1}, {8, 9}, {9, 8}}, {0, 0, 1, 1})
    expect(p:predict({{1, 1}, {9, 9}}):totable()):equals {0, 1}
    expect(p:predict {1, 1}):equals(0)
  end)
  it("allocates nothing between its steps", function()
    local p = ml.pipeline(ml.standard_scaler(), ml.standard_scaler()):fit(x)
    local row, out = x[1]:clone(), tensor.zeros {2}
    p:transform(row, out)
    expect(test.garbage(100, function() p:transform(row, out) end)):equals(0)
  end)
end)

describe("a pipeline of other kinds", function()
  it("joins transformers, supervised ones, clusters and anomalies", function()
    local rows = tensor.new {{1, 2}, {2, 1.5}, {1.5, 1}, {8, 9}, {9, 7.5}, {8.5, 8}}
    expect(ml.pipeline(ml.pca {components = 1}, ml.lda()):fit(rows, y):predict(rows)):equals(y)
    expect(ml.pipeline(ml.lda(), ml.gaussian_nb()):fit(rows, y):score(rows, y)):equals(1.0)
    local clusters = ml.pipeline(ml.standard_scaler(), ml.kmeans {clusters = 2, seed = 1}):fit(x)
    expect(clusters:predict(x)[1] ~= clusters:predict(x)[4]):is_true()
    local strange = ml.pipeline(ml.standard_scaler(), ml.isolation_forest {seed = 1})
    expect(strange:fit(x, {verbose = true}):score_samples(x).shape):equals {6}
    local values = ml.pipeline(ml.standard_scaler(), ml.ridge {alpha = 0.1})
    expect(values:fit(x, {1, 2, 1.5, 8, 9, 8.5}):score(x, {1, 2, 1.5, 8, 9, 8.5}) > 0.99):is_true()
  end)
end)

describe("a fit that fails", function()
  it("leaves every step as it was", function()
    local p = pair():fit(x, y)
    local before = ml.tobytes(p)
    expect(function() p:fit(x * 2, {1, 2}) end):raises "labels: 6 expected"
    expect(function() p:fit(x * 2, {1, 1, 1, 1, 1, 1}) end):raises "at least 2 classes"
    expect(function() p:fit(x * (0 / 0), y) end):raises
      "bad argument #1 to 'fit' %(samples: row 1 has"
    expect(function() p:fit(x * 2, y, {weigths = {}}) end):raises "did you mean 'weights'"
    expect(ml.tobytes(p)):equals(before)
    local fresh = pair()
    expect(function() fresh:fit(x, {1, 1, 1, 1, 1, 1}) end):raises "at least 2 classes"
    expect(fresh[1].fitted):is_false()
  end)
end)

describe("a saved pipeline", function()
  it("comes back with names, options and bits", function()
    local p = named():fit(x, y)
    local path = test.scratch ".mlt"
    expect(ml.save(path, p)):is_true()
    local copy = assert(ml.load(path))
    os.remove(path)
    expect(tostring(copy)):equals(tostring(p))
    expect(copy:predict_proba(x)):same_bits(p:predict_proba(x))
    expect(copy.model.options):equals(p.model.options)
    expect(ml.tobytes(copy)):equals(ml.tobytes(p))
    expect(copy:fit(x * 3, y):predict(x * 3)):equals(y)
  end)
  it("is refused when it is damaged", function()
    local bytes = ml.tobytes(named():fit(x, y))
    local at = assert(bytes:find("gaussian_nb", 1, true))
    local other = bytes:sub(1, at - 1) .. "gaussian_mb" .. bytes:sub(at + 11)
    expect(ml.frombytes(other)):fails "no kind 'gaussian_mb'"
    local name_at = assert(bytes:find("model", 1, true))
    local same = bytes:sub(1, name_at - 1) .. "scale" .. bytes:sub(name_at + 5)
    expect(ml.frombytes(same)):fails "steps 1 and 2 are both called 'scale'"
  end)
  it("lives through any changed byte", function()
    local bytes = ml.tobytes(named():fit(x, y))
    local random, opened = tensor.randint(1, #bytes + 1, {200}, 1), 0
    for i = 1, 200 do
      local at = random[i]
      local damaged = bytes:sub(1, at - 1) .. string.char(bytes:byte(at) ~ (1 << i % 8))
        .. bytes:sub(at + 1)
      local p = ml.frombytes(damaged)
      if p then pcall(p.predict, p, x) end
      opened = opened + (p and 1 or 0)
    end
    expect(opened < 200):is_true()
  end)
  it("must be fitted", function()
    expect(function() ml.tobytes(pair()) end):raises
      "bad argument #1 to 'tobytes' %(standard_scaler is not fitted yet%)"
  end)
end)

describe("misuse", function()
  it("is told", function()
    local scaler, model = ml.standard_scaler(), ml.gaussian_nb()
    expect(function() ml.pipeline(model, scaler) end):raises
      "step 1: gaussian_nb has no transform, so it must come last"
    expect(function() ml.pipeline() end):raises "1 to 32 steps expected, got 0"
    expect(function() ml.pipeline(scaler, scaler) end):raises "steps 1 and 2 are the same estimator"
    expect(function() ml.pipeline(scaler, 5) end):raises "step 2: estimator expected, got 5"
    expect(function() ml.pipeline {{1, scaler}} end):raises "its name is a number"
    expect(function() ml.pipeline {{"fit", scaler}} end):raises "step 1: it cannot be called 'fit'"
    expect(function() ml.pipeline {{"a__b", scaler}} end):raises "cannot be called 'a__b'"
    expect(function() ml.pipeline {{"a", scaler}, {"a", model}} end):raises "both called 'a'"
    expect(function() ml.pipeline(pair()) end):raises "estimator expected, got pipeline"
    local p = pair()
    expect(function() p:predict(x) end):raises "standard_scaler is not fitted yet"
    expect(function() p:transform(x) end):raises "not fitted"
    p:fit(x, y)
    expect(function() p:transform(x) end):raises "gaussian_nb has no transform"
    expect(function() p:predict(tensor.zeros {2, 3}) end):raises "2 features expected"
    expect(function() p:predict() end):raises "expected, got nil"
    expect(function() p.model = 1 end):raises "no field 'model' to set"
  end)
end)

describe("a clone", function()
  it("has the same options and is not fitted", function()
    local model = ml.gaussian_nb({smoothing = 0.25, class_weight = {low = 3}}):fit(x, y)
    local copy = ml.clone(model)
    expect(copy.fitted):is_false()
    expect(copy.options):equals(model.options)
    expect(ml.clone(model, {smoothing = 0.5}).options.smoothing):equals(0.5)
    expect(model.options.smoothing):equals(0.25)
    expect(copy:fit(x, y).class_count):equals(model.class_count)
  end)
  it("of a pipeline has all steps", function()
    local p = named():fit(x, y)
    local copy = ml.clone(p, {model__smoothing = 0.5, scale__mean = false})
    expect(copy.fitted):is_false()
    expect(copy.model.options.smoothing):equals(0.5)
    expect(copy.scale.options.mean):is_false()
    expect(p.fitted):is_true()
  end)
  it("takes no option it has not", function()
    expect(function() ml.clone(ml.gaussian_nb(), {smothing = 1}) end):raises
      "bad argument #2 to 'clone' %(no option 'smothing'; did you mean 'smoothing'%?%)"
    expect(function() ml.clone(pair(), {smoothing = 1}) end):raises
      "no option 'smoothing': STEP__OPTION expected, such as 'standard_scaler__seed'"
    expect(function() ml.clone(pair(), {gaussian_nb__smothing = 1}) end):raises
      "bad argument #2 to 'clone' %(no option 'smothing'; did you mean"
    expect(function() ml.clone(5) end):raises "estimator expected, got number"
  end)
end)

describe("fit_transform", function()
  it("is both", function()
    local a, b = ml.standard_scaler(), ml.standard_scaler()
    expect(a:fit_transform(x)):equals(b:fit(x):transform(x))
    expect(function() ml.gaussian_nb():fit_transform(x, y) end):raises "has no transform"
  end)
end)
