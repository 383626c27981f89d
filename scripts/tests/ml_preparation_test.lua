-- What prepares samples: against scikit-learn's recorded answers, plain definitions, and bad input.

local ml, signals, tensor, test = require "ml", require "signals", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded, copy, noise = goldens.recorded, goldens.copy, goldens.noise

-- What a whole run compares.
local LEAST_CASES = 6

-- Kinds with the name of their case, and how the arrays of ours are called there.
local SCALERS <const> = {
  standard_scaler = {"StandardScaler", {mean = "mean_", var = "var_", scale = "scale_"}},
  minmax_scaler = {"MinMaxScaler",
    {scale = "scale_", min = "min_", data_min = "data_min_", data_max = "data_max_"}},
  robust_scaler = {"RobustScaler", {center = "center_", scale = "scale_"}},
  maxabs_scaler = {"MaxAbsScaler", {scale = "scale_", max_abs = "max_abs_"}},
  normalizer = {"Normalizer", {}},
}

local function compare_scaler(kind, x, case, names)
  local own = ml.estimator(kind):fit(x)
  expect(own:transform(x:slice{1, 10})):close(case.transform, 1e-6)
  local arrays = {n_samples_seen = {150}}
  for name, theirs in pairs(names) do
    arrays[name] = case.params[theirs]
    expect(own[name]):close(case.params[theirs], 1e-10)
  end
  local given = ml.fitted(kind, {features = 4, arrays = arrays})
  expect(given:transform(x:slice{1, 10})):close(case.transform, 1e-6)
end

local function compare_pca(x, case)
  local rows = x:slice{1, 30}
  local own = ml.pca{components = 3}:fit(x)
  for _, name in ipairs{"mean", "components", "explained_variance", "explained_variance_ratio"} do
    expect(own[name]):close(case[name], 1e-9)
  end
  local given = ml.fitted("pca", {features = 4, options = {components = 3}, arrays = {
    mean = case.mean, components = case.components, noise_variance = {1},
    explained_variance = case.explained_variance, singular_values = {1, 1, 1},
    explained_variance_ratio = case.explained_variance_ratio}})
  for _, model in ipairs{own, given} do
    expect(model:transform(rows)):close(case.transform, 1e-6)
    expect(model:inverse_transform(model:transform(x:slice{1, 5}))):close(case.inverse, 2e-6)
  end
end

describe("preparation", function()
  it("is what scikit-learn makes of samples", function()
    local all, compared = recorded "unsupervised", 0
    if not all then return end
    local x = tensor.new(all.X_train)
    for kind, case in pairs(SCALERS) do
      compare_scaler(kind, x, all.models[case[1]], case[2])
      compared = compared + 1
    end
    compare_pca(x, all.models.pca)
    signals.expect_compared(compared + 1, LEAST_CASES, "cases")
  end)

  it("goes back to where it came from, also from a file", function()
    local x = noise(40, 3, 5)
    for _, kind in ipairs{"standard_scaler", "minmax_scaler", "robust_scaler", "maxabs_scaler",
      "pca", "incremental_pca"} do
      local model = ml.estimator(kind):fit(x)
      local y = model:transform(x)
      expect(model:inverse_transform(y)):close(x, 1e-5)
      expect(copy(model):transform(x)):same_bits(y)
      expect(model:transform(x[7])):same_bits(y[7]:clone())
      local out = tensor.zeros(y.shape)
      expect(rawequal(model:transform(x, out), out)):is_true()
      expect(out):same_bits(y)
    end
  end)

  it("learns in parts what it learns at once", function()
    local x = noise(60, 4, 9)
    for _, kind in ipairs{"standard_scaler", "minmax_scaler", "maxabs_scaler"} do
      local whole, parts = ml.estimator(kind):fit(x), ml.estimator(kind)
      for first = 1, 60, 15 do parts:partial_fit(x:slice{first, first + 14}) end
      expect(parts.n_samples_seen[1]):equals(60)
      expect(parts:transform(x)):close(whole:transform(x), 1e-6)
    end
  end)

  it("leaves constant features alone", function()
    local x = tensor.full({5, 2}, 3)
    expect(ml.standard_scaler():fit(x):transform(x)):equals(tensor.zeros{5, 2})
    expect(ml.minmax_scaler():fit(x):transform(x)):equals(tensor.zeros{5, 2})
    expect(ml.robust_scaler():fit(x):transform(x)):equals(tensor.zeros{5, 2})
    expect(ml.maxabs_scaler():fit(x:sub(3)):transform(x)):equals(x)
    expect(ml.normalizer():fit(x):transform(x:sub(3))):equals(tensor.zeros{5, 2})
  end)

  it("keeps to its options", function()
    local x = tensor.new{{0}, {10}, {20}, {30}, {40}}
    local scaler = ml.minmax_scaler{low = -1, high = 1, clip = true}:fit(x)
    expect(scaler:transform(tensor.new{{-5}, {10}, {99}})):equals{{-1}, {-0.5}, {1}}
    expect(ml.standard_scaler{mean = false, std = false}:fit(x):transform(x)):equals(x)
    local wide = ml.robust_scaler{center = false, low = 0, high = 100}:fit(x)
    expect(wide:transform(x)[3][1]):equals(0.5)
    expect(ml.normalizer{norm = "l1"}:fit(tensor.new{{1, 2}}):transform(tensor.new{-1, 3})
      ):equals{-0.25, 0.75}
    expect(ml.variance_threshold{threshold = 1}:fit(tensor.new{{1, 2, 0}, {1, 6, 1}})
      :inverse_transform(tensor.new{4})):equals{0, 4, 0}
  end)
end)

describe("principal axes", function()
  it("are orthogonal, of all the variance, and as many as asked", function()
    local x = noise(50, 5, 3)
    local pca = ml.pca():fit(x)
    local c = pca.components
    expect(c:matmul(c:transpose())):close(tensor.eye(5, "float64"), 1e-12)
    expect(pca.explained_variance_ratio:sum()):close(1, 1e-12)
    expect(ml.pca{components = 0.5}:fit(x).components.shape[1] < 5):is_true()
    local white = ml.pca{components = 2, whiten = true}:fit(x)
    expect(white:transform(x):var(1)):close({0.98, 0.98}, 1e-5)
    expect(white:inverse_transform(white:transform(x))):close(
      ml.pca{components = 2}:fit(x):inverse_transform(
        ml.pca{components = 2}:fit(x):transform(x)), 1e-5)
  end)

  it("are found among more features than samples, and in a line of samples", function()
    local wide = noise(4, 9, 8)
    local pca = ml.pca():fit(wide)
    expect(pca.components.shape):equals{4, 9}
    expect(pca:inverse_transform(pca:transform(wide))):close(wide, 1e-5)
    local line = tensor.new{{0, 0}, {1, 1}, {2, 2}}
    expect(ml.pca():fit(line).explained_variance):close({2, 0}, 1e-12)
    expect(ml.pca():fit(tensor.full({3, 2}, 7)):transform(tensor.full({1, 2}, 7))):equals{{0, 0}}
  end)

  it("in parts are those of all samples where none is left out", function()
    local x = noise(60, 4, 2)
    local parts = ml.incremental_pca()
    for first = 1, 60, 20 do parts:partial_fit(x:slice{first, first + 19}) end
    local whole = ml.pca():fit(x)
    expect(parts.singular_values):close(whole.singular_values, 1e-10)
    expect(parts.components:abs()):close(whole.components:abs(), 1e-10)
    expect(parts:score_samples(x)):close(whole:score_samples(x), 1e-5)
  end)

  it("refuse what cannot be", function()
    local x = noise(4, 3, 1)
    expect(ml.pca{components = 4}.fit, ml.pca{components = 4}, x)
      :raises("4 components asked of 4 samples of 3 features")
    expect(ml.pca{components = 1.5}.fit, ml.pca{components = 1.5}, x):raises("a whole number")
    expect(ml.pca().fit, ml.pca(), tensor.new{{1, 2}}):raises("at least 2 samples")
    expect(ml.pca, {n_components = 2}):raises("'n_components' is 'components' here")
    local parts = ml.incremental_pca{components = 3}
    expect(parts.partial_fit, parts, x:slice{1, 2}):raises("3 components asked of a batch of 2")
    expect(parts.fitted):is_false()
  end)
end)

describe("categories", function()
  local x = tensor.new{{5, -1}, {7, 1}, {9, 1}}

  it("become columns, and columns categories", function()
    local encoder = ml.one_hot():fit(x)
    local y = encoder:transform(x)
    expect(y):equals{{1, 0, 0, 1, 0}, {0, 1, 0, 0, 1}, {0, 0, 1, 0, 1}}
    expect(encoder:inverse_transform(y)):equals(x)
    expect(copy(encoder):transform(x)):equals(y)
    local dropping = ml.one_hot{drop = "first"}:fit(x)
    expect(dropping:transform(x)):equals{{0, 0, 0}, {1, 0, 1}, {0, 1, 1}}
    expect(dropping:inverse_transform(dropping:transform(x))):equals(x)
    expect(ml.one_hot{drop = "if_binary"}:fit(x):transform(x[2])):equals{0, 1, 0, 1}
    expect(ml.ordinal():fit(x):transform(x)):equals{{0, 0}, {1, 1}, {2, 1}}
  end)

  it("that the fit did not see raise, or are left out", function()
    local strict, kind = ml.one_hot():fit(x), ml.one_hot{unknown = "ignore"}:fit(x)
    expect(strict.transform, strict, tensor.new{5, 4}):raises("feature 2 never was 4")
    expect(kind:transform(tensor.new{5, 4})):equals{1, 0, 0, 0, 0}
    expect(kind:inverse_transform(tensor.new{1, 0, 0, 0, 0})):equals{5, 0 / 0}
    expect(ml.ordinal{unknown = "value"}:fit(x):transform(tensor.new{4, 1})):equals{-1, 1}
    local constant = ml.one_hot{drop = "first"}
    expect(constant.fit, constant, tensor.new{{1}, {1}}):raises("every feature is constant")
  end)

  it("are made of numbers by bins", function()
    local bins = ml.kbins{bins = 4, encode = "ordinal", strategy = "uniform"}
      :fit(tensor.new{{0, 3}, {8, 3}})
    expect(bins:transform(tensor.new{{-9, 1}, {2, 2}, {3.9, 3}, {99, 4}}))
      :equals{{0, 0}, {1, 0}, {1, 0}, {3, 0}}
    expect(bins:inverse_transform(tensor.new{2, 0})[1]):equals(5)
    local columns = ml.kbins{bins = 2}:fit(tensor.new{{1}, {2}, {3}, {40}})
    expect(columns:transform(tensor.new{{2}, {3}})):equals{{1, 0}, {0, 1}}
    expect(copy(columns):transform(tensor.new{2})):equals{1, 0}
  end)
end)

describe("polynomial features", function()
  it("come by degree, then as combinations are counted", function()
    local x = tensor.new{{2, 3, 5}}
    expect(ml.polynomial_features{bias = false}:fit(x):transform(x))
      :equals{{2, 3, 5, 4, 6, 10, 9, 15, 25}}
    expect(ml.polynomial_features{degree = 3, interaction_only = true}:fit(x):transform(x))
      :equals{{1, 2, 3, 5, 6, 10, 15, 30}}
    local cubes = ml.polynomial_features{degree = 3}:fit(x)
    expect(cubes:transform(x).shape[2]):equals(20)
    expect(copy(cubes):transform(x)):same_bits(cubes:transform(x))
  end)

  it("refuse more columns than anyone can use", function()
    local many = ml.polynomial_features{degree = 20}
    expect(many.fit, many, noise(2, 40, 1)):raises("give more than 1000000 columns")
  end)
end)

describe("an imputer", function()
  local nan <const> = 0 / 0
  local x = tensor.new{{1, nan}, {1, 4}, {nan, 8}, {4, 6}}

  it("fills gaps as it is told", function()
    expect(ml.imputer():fit(x):transform(x)):equals{{1, 6}, {1, 4}, {2, 8}, {4, 6}}
    for strategy, values in pairs{median = {1, 6}, most_frequent = {1, 4}, constant = {9, 9}} do
      local imputer = ml.imputer{strategy = strategy, fill = 9}:fit(x)
      expect(imputer.statistics):equals(values)
      expect(copy(imputer):transform(tensor.new{nan, nan})):equals(values)
    end
  end)

  it("raises for what it cannot fill, and other kinds for NaN", function()
    local imputer, empty = ml.imputer(), tensor.new{{1, nan}, {2, nan}}
    expect(imputer.fit, imputer, empty):raises("feature 2 has nothing but NaN")
    expect(imputer.fit, imputer, tensor.new{{1 / 0}}):raises("row 1 has a number that is not")
    for _, kind in ipairs{"pca", "standard_scaler", "one_hot", "kbins", "normalizer"} do
      local model = ml.estimator(kind)
      expect(model.fit, model, x):raises("row 1 has a number that is not finite")
    end
  end)
end)

describe("misuse", function()
  it("names what is wrong and changes nothing", function()
    local scaler = ml.minmax_scaler{low = 2, high = 1}
    expect(scaler.fit, scaler, tensor.new{{1}}):raises("low is 2, expected less than high, 1")
    scaler = ml.maxabs_scaler():fit(tensor.new{{4, 2}})
    expect(scaler.transform, scaler, tensor.new{{1, 2, 3}}):raises("2 features expected, got 3")
    expect(scaler.partial_fit, scaler, tensor.new{{1, 2, 3}}):raises("2 features expected, got 3")
    expect(scaler.max_abs):equals{4, 2}
    local flat = ml.variance_threshold()
    expect(flat.fit, flat, tensor.new{{1}, {1}}):raises("no feature has a variance above 0")
    expect(ml.minmax_scaler, {feature_range = 1}):raises("'feature_range' is 'low' here")
    expect(ml.fitted, "one_hot", {features = 1, arrays = {categories = {1, 2}, n_categories = {7}}})
      :raises("feature 1 has 7 of 2 categories")
    local loop = {features = 1, arrays = {parents = {0}, factors = {0}}}
    expect(ml.fitted, "polynomial_features", loop):raises("column 1 is column 1 times feature 1")
  end)
end)
