-- Multilayer perceptrons: against scikit-learn's recorded answers and steps of Adam, properties,
-- export as `.tflite`, and bad input.

local ml, nn, tensor, test = require "ml", require "nn", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded = goldens.recorded

local LEAST_CASES = 6  -- what a whole run compares: models, from parameters and fitted

local function append(list, value)
  if type(value) == "number" then
    list[#list + 1] = value
  else
    for _, inner in ipairs(value) do append(list, inner) end
  end
  return list
end

describe("recorded networks", function()
  it("are those of scikit-learn, and fits reach their accuracy", function()
    local data, compared = recorded "classifiers", 0
    if not data then return end
    local train = tensor.new(data.X_train)
    local least = {relu = 0.84, tanh = 0.83, logistic = 0.7}
    for activation, accuracy in pairs(least) do
      local model = data.models["mlp_" .. activation]
      local options = {hidden = {10, 6}, activation = activation, iterations = 400, seed = 1}
      local e = ml.fitted("mlp", {features = 8, options = options, classes = {0, 1, 2},
        arrays = {coefs = append({}, model.coefs), intercepts = append({}, model.intercepts)}})
      expect(e:predict_proba(train:slice({1, 40}, {}))):close(tensor.new(model.predict_proba), 1e-6)
      expect(ml.mlp(options):fit(train, data.y_train):score(train, data.y_train) > accuracy):is_true()
      compared = compared + 2
    end
    print(("%d networks compared"):format(compared))
    expect(compared >= LEAST_CASES):is_true()
  end)
end)

-- What three epochs of scikit-learn 1.2.1 make of small networks: batches of 4, no shuffling.
local STEPS_X = {{0.5, -0.375, 2.375}, {-0.25, 0.125, 1.625}, {-0.875, -0.625, 0.25},
  {-0.375, -1.25, -0.25}, {-0.375, 0.625, -1.625}, {-0.75, 1.125, 1.875}, {-1.5, 0.625, -1},
  {-0.875, -0.875, -0.375}, {1, 0.75, 0}, {-0.375, 0, -0.125}}
local STEPS = {
  {kind = "mlp", activation = "tanh", classes = {0, 1}, y = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1},
    coefs = {-0.125, 0.375, 0.125, -0.125, -0.4375, 0.5625, 0.125, 0.8125, 0.9375, -0.0625, 1.3125,
      -0.8125},
    intercepts = {0, 0.875, -0.25, -0.75},
    to = {0.006132823115, 0.120651318389, 0.147427814843, -0.062923677323, -0.920589854937,
      0.751952609434, -0.009465731035, 1.02904971043, 0.896807479961, 0.212657809853,
      1.49123182872, -0.540845957815},
    biases = {-0.15531452532, 1.04889509135, 0.189404659142, -0.675302673029},
    loss = {0.651519720806, 0.572403619356, 0.544317376553}},
  {kind = "mlp", activation = "relu", classes = {0, 1, 2}, y = {0, 1, 2, 0, 1, 2, 0, 1, 2, 0},
    coefs = {-0.0625, 0.25, 0, -0.0625, 0.125, 0.5625, 0.0625, 0.5625, 0.6875, -0.0625, 0.5625,
      -0.5625, -0.625, -0.75, 0.4375, 0.75, 0.9375, 0.75},
    intercepts = {-0.25, 0.375, -0.125, 0.8125, 0.1875, 0.3125},
    to = {0.0278569520627, 0.0891609939715, -0.219988533747, 0.0278569520627, 0.490333043168,
      0.154463517522, -0.0278569520627, 0.322540382916, 0.7039092484, 0.0278569520627,
      -0.168946220795, 0.168946220795, -0.455534566334, -0.642662187183, 0.306133141012,
      0.704028485999, 1.01103810132, 0.720115405384},
    biases = {-0.25, 0.558053887442, -0.239050506423, 0.829590266949, 0.376995093071,
      0.206535388440},
    loss = {1.21764948104, 1.0702039447, 1.04131963762}},
  {kind = "mlp_regressor", activation = "logistic",
    y = {0.75, -0.625, 0, -0.125, 0, 0.25, 0.25, 1.375, -0.125, 1.5},
    coefs = {0, 0, 0.375, -0.25, -0.375, 0.4375, 0.0625, 0.5625, 0.375, 0.375, 0.875, -0.3125},
    intercepts = {0.125, 0.625, -0.25, -0.3125},
    to = {-0.125533500045, -0.215256026571, 0.579514314265, -0.178612701179, -0.357476509357,
      0.399691498458, -0.390806775719, 0.0148377137629, 0.918681332181, 0.455572440823,
      0.938095785066, -0.225233118719},
    biases = {0.167898020517, 0.748839911716, -0.414059153033, -0.200705765389},
    loss = {0.286751581917, 0.188098261875, 0.213781874932}},
}

describe("partial_fit", function()
  it("takes the steps that scikit-learn takes", function()
    for _, case in ipairs(STEPS) do
      local e = ml.fitted(case.kind, {features = 3, classes = case.classes,
        options = {hidden = {3}, activation = case.activation, shuffle = false, batch = 4,
          alpha = 0.01, rate = 0.1},
        arrays = {coefs = case.coefs, intercepts = case.intercepts}})
      for _ = 1, 3 do e:partial_fit(STEPS_X, case.y) end
      expect(e.coefs:totable()):close(case.to, 1e-10)
      expect(e.intercepts:totable()):close(case.biases, 1e-10)
      expect(e.loss_curve:totable()):close(case.loss, 1e-10)
    end
  end)

  it("goes on after a file as without one", function()
    local case = STEPS[2]
    local a = ml.mlp{hidden = {4}, seed = 3}:partial_fit(STEPS_X, case.y)
    local b = assert(ml.frombytes(ml.tobytes(a)))
    a:partial_fit(STEPS_X, case.y)
    b:partial_fit(STEPS_X, case.y)
    expect(b.coefs):equals(a.coefs)
    expect(#b.loss_curve):equals(2)
  end)

  it("starts with all labels named, and knows no others later", function()
    local e = ml.mlp{hidden = {4}, seed = 3}
    e:partial_fit({{1}, {2}}, {5, 5}, {classes = {5, 6, 9}})
    expect(e.classes:totable()):equals{5, 6, 9}
    expect(e.partial_fit, e, {{1}}, {7}):raises "label 7 is none of the classes"
    local one = ml.mlp{hidden = {4}}
    expect(one.partial_fit, one, {{1}, {2}}, {5, 5}):raises "2 classes or more expected, got 1"
    expect(one.fitted):is_false()
  end)
end)

-- Three clouds in four features, as irises have: {count, 4} and labels 0, 1, 2.
local function clouds(count, seed)
  local x, y = tensor.randn({count, 4}, seed) * 0.5, {}
  for i = 1, count do
    y[i] = i % 3
    for j = 1, 4 do x:set(x:at(i, j) + y[i] * (j - 1.5) * 1.2, i, j) end
  end
  return x, y
end

describe("mlp", function()
  it("tells apart what no line does", function()
    local x, y = tensor.new{{0, 0}, {0, 1}, {1, 0}, {1, 1}}, {0, 1, 1, 0}
    for _, activation in ipairs{"tanh", "relu"} do
      local options = {hidden = {8, 4}, activation = activation, rate = 0.05, seed = 2}
      expect(ml.mlp(options):fit(x, y):score(x, y)):equals(1)
    end
  end)

  it("is the same for the same seed, and another for another", function()
    local x, y = clouds(60, 1)
    local function coefs(seed)
      return ml.mlp{hidden = {5}, iterations = 3, seed = seed}:fit(x, y).coefs
    end
    expect(coefs(4)):equals(coefs(4))
    expect(coefs(4)):differs(coefs(5))
  end)

  it("ends once the loss no longer improves", function()
    local x, y = clouds(30, 2)
    local e = ml.mlp{hidden = {3}, rate = 1e-9, patience = 4, seed = 1}:fit(x, y)
    expect(#e.loss_curve):equals(6)
    expect(#ml.mlp{hidden = {3}, iterations = 7, tol = 0, seed = 1}:fit(x, y).loss_curve):equals(7)
  end)

  it("keeps the best weights when it holds samples back", function()
    local x, y = clouds(90, 3)
    local options = {hidden = {6}, rate = 0.02, early_stopping = true, patience = 25, seed = 1}
    local e = ml.mlp(options):fit(x, y)
    expect(e:score(x, y) > 0.9):is_true()
    expect(#e.loss_curve < 200):is_true()
    options.validation = 0.99
    local few = ml.mlp(options)
    expect(few.fit, few, x:slice({1, 4}, {}), {0, 1, 0, 1}):raises "holds back all 4 samples"
  end)

  it("has a hidden layer of 100 unless told, and none for an empty list", function()
    expect(ml.mlp().options.hidden):equals{100}
    expect(ml.mlp{hidden = {}}.options.hidden):equals{}
    local x, y = clouds(60, 4)
    local e = ml.mlp{hidden = {}, rate = 0.05, seed = 1}:fit(x, y)
    expect(#e.coefs):equals(12)
    expect(e:score(x, y) > 0.85):is_true()
  end)

  it("gives probabilities of words, of two classes too", function()
    local x = clouds(60, 5)
    local words = {}
    for i = 1, 60 do words[i] = i % 3 == 0 and "zero" or "other" end
    local e = ml.mlp{hidden = {6}, rate = 0.02, seed = 1}:fit(x, words)
    local p = e:predict_proba(x)
    expect(p.shape):equals{60, 2}
    expect(p:sum(2)):close(tensor.ones{60}, 1e-6)
    expect(e:predict(x[3])):equals(p:at(3, 2) > p:at(3, 1) and "zero" or "other")
    expect(e:score(x, words) > 0.9):is_true()
  end)

  it("comes back from bytes with the same answers", function()
    local x, y = clouds(60, 6)
    local e = ml.mlp{hidden = {6, 5, 4}, activation = "logistic", iterations = 5}:fit(x, y)
    local copy = assert(ml.frombytes(ml.tobytes(e)))
    expect(copy:predict_proba(x)):equals(e:predict_proba(x))
    expect(copy.options):equals(e.options)
  end)
end)

describe("mlp_regressor", function()
  it("follows a curve", function()
    local x = tensor.linspace(-1, 1, 60):reshape{60, 1}
    local y = x:abs():reshape{60}
    local e = ml.mlp_regressor{hidden = {16}, rate = 0.02, tol = 1e-6, seed = 1}:fit(x, y)
    expect(e:score(x, y) > 0.98):is_true()
    expect(e:predict(tensor.new{0.5})):close(0.5, 0.1)
    local held = ml.mlp_regressor{hidden = {16}, rate = 0.02, seed = 1, early_stopping = true,
      patience = 25}
    expect(held:fit(x, y):score(x, y) > 0.9):is_true()
  end)
end)

-- How many rows of x the file's network puts into the class that the estimator does.
local function agreement(e, path, x)
  local network = assert(nn.load(path, {float_io = true}))
  local same, p = 0, e:predict_proba(x)
  for i = 1, #x do
    if network:run(x:slice({i, i}, {})):argmax() == p[i]:argmax() then same = same + 1 end
  end
  return same / #x
end

describe("tflite", function()
  it("writes networks that agree with the float ones", function()
    local path = test.scratch ".tflite"
    local x, y = clouds(120, 7)
    for _, activation in ipairs{"relu", "tanh", "logistic", "identity"} do
      for classes = 2, 3 do
        local labels = {}
        for i, label in ipairs(y) do labels[i] = math.min(label, classes - 1) end
        local options = {hidden = {10, 6}, activation = activation, rate = 0.02, iterations = 40,
          seed = 1}
        local e = ml.mlp(options):fit(x, labels)
        expect(e:tflite(path, x)):is_true()
        expect(agreement(e, path, x) >= 0.97):is_true()
      end
    end
    os.remove(path)
  end)

  it("names its tensors, and needs only int8", function()
    local path = test.scratch ".tflite"
    local x, y = clouds(30, 8)
    assert(ml.mlp{hidden = {5}, activation = "tanh", iterations = 2}:fit(x, y):tflite(path, x))
    local network = assert(nn.load(path))
    expect(network.inputs[1].dtype):equals("int8")
    expect(network.inputs[1].shape):equals{1, 4}
    expect(network.outputs[1].shape):equals{1, 3}
    expect(network.outputs[1].dtype):equals("int8")
    os.remove(path)
  end)

  it("writes regressors", function()
    local path = test.scratch ".tflite"
    local x = tensor.linspace(-1, 1, 60):reshape{60, 1}
    local e = ml.mlp_regressor{hidden = {16}, rate = 0.02, seed = 1}:fit(x, x:abs():reshape{60})
    assert(e:tflite(path, x))
    local network = assert(nn.load(path, {float_io = true}))
    for i = 1, 60, 7 do
      expect(network:run(x:slice({i, i}, {})):at(1, 1)):close(e:predict(x[i]), 0.03)
    end
    os.remove(path)
  end)

  it("survives weights of 0 and samples that are all alike", function()
    local path = test.scratch ".tflite"
    local e = ml.fitted("mlp", {features = 2, options = {hidden = {}}, classes = {1, 2},
      arrays = {coefs = {0, 0}, intercepts = {1e9}}})
    assert(e:tflite(path, tensor.zeros{3, 2}))
    expect(nn.load(path, {float_io = true}):run(tensor.zeros{1, 2}):argmax()):equals(2)
    os.remove(path)
  end)

  it("refuses other estimators and samples, and says what files cannot be", function()
    local x, y = clouds(30, 9)
    local nb = ml.gaussian_nb():fit(x, y)
    expect(nb.tflite, nb, "x.tflite", x):raises "gaussian_nb cannot be written as .tflite"
    local e = ml.mlp{hidden = {2}, iterations = 1}
    expect(e.tflite, e, "x.tflite", x):raises "mlp is not fitted yet"
    e:fit(x, y)
    expect(e.tflite, e, "x.tflite", tensor.ones{3, 5}):raises "4 features expected, got 5"
    expect(e.tflite, e):raises "string expected"
    expect(e:tflite("/no such folder/x.tflite", x)):is_nil()
  end)
end)

describe("networks", function()
  it("refuse what they cannot fit, and stay as they were", function()
    local x, y = clouds(30, 10)
    local e = ml.mlp{hidden = {3}, iterations = 2}:fit(x, y)
    local before = ml.tobytes(e)
    expect(e.fit, e, x, tensor.ones{30}):raises "at least 2 classes expected"
    expect(e.fit, e, x * (1 / 0), y):raises "not finite"
    expect(e.fit, e, x, y, {weights = tensor.ones{30}}):raises "mlp takes no weights"
    expect(ml.tobytes(e)):equals(before)
    local regressor = ml.mlp_regressor{hidden = {3}}
    local values = x:slice({}, 1):astype "float64" * 1e200
    expect(regressor.fit, regressor, x, values):raises "the loss is not finite: scale the samples"
  end)

  it("refuse other options", function()
    expect(ml.mlp, {hidden_layer_sizes = {3}}):raises "'hidden_layer_sizes' is 'hidden' here"
    expect(ml.mlp, {learning_rate_init = 1}):raises "'learning_rate_init' is 'rate' here"
    expect(ml.mlp, {hidden = 3}):raises "array of whole numbers expected"
    expect(ml.mlp, {hidden = {0}}):raises "option 'hidden'"
    expect(ml.mlp, {hidden = {1, 2, 3, 4, 5}}):raises "at most 4 numbers"
    expect(ml.mlp, {activation = "gelu"}):raises "relu|tanh|logistic|identity"
    expect(ml.mlp, {batch = 0}):raises "option 'batch'"
    expect(ml.mlp, {class_weight = "balanced"}):raises "no option 'class_weight'"
  end)

  it("refuse arrays that do not belong together", function()
    local function make(coefs, intercepts)
      return ml.fitted("mlp", {features = 2, classes = {0, 1, 2}, options = {hidden = {1}},
        arrays = {coefs = coefs, intercepts = intercepts}})
    end
    expect(make({1, 1, 1, 1, 1}, {0, 0, 0, 0}).fitted):is_true()
    expect(make, {1, 1, 1, 1}, {0, 0, 0, 0}):raises "'coefs' has 4 numbers, the layers 5"
    expect(make, {1, 1, 1, 1, 1}, {0}):raises "'intercepts' has 1 numbers, the layers 4"
  end)
end)
