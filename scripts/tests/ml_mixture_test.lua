-- Mixtures, hidden Markov models and covariances: against scikit-learn's recorded answers, plain
-- definitions, and bad input.

local ml, signals, tensor, test = require "ml", require "signals", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded, double, near = goldens.recorded, goldens.double, goldens.near

-- What a whole run compares.
local LEAST_CASES = 5

local SPREADS <const> = {"full", "tied", "diag", "spherical"}

-- Covariances as ours have them, {matrices, rows, columns}, of scikit-learn's shapes.
local function cubed(values, spread, features)
  local t = double(values)
  if spread == "full" then return t end
  if spread == "tied" then return t:reshape{1, features, features} end
  return t:reshape{t:dim(1), 1, spread == "diag" and features or 1}
end

-- Rows around `centers`, one after the other, with deviations of 1.
local function around(centers, rows, seed)
  local x = tensor.randn({rows, #centers[1]}, seed)
  for i = 1, rows do
    local center = centers[i % #centers + 1]
    for j = 1, #center do x[i][j] = x[i][j] + center[j] end
  end
  return x
end

describe("mixtures and covariances", function()
  it("give scikit-learn's recorded answers", function()
    local all, compared = recorded "unsupervised", 0
    if not all then return end
    local x = tensor.new(all.X_train)
    local rows = x:slice{1, 30}
    for _, spread in ipairs(SPREADS) do
      local want = all.models["gmm_" .. spread]
      local given = ml.fitted("gmm", {features = 4, options = {covariance = spread}, arrays = {
        weights = want.weights, means = want.means,
        precisions_cholesky = cubed(want.precisions_cholesky, spread, 4)}})
      near(given:score_samples(rows), want.score_samples, 2e-6)
      near(given:predict_proba(rows), want.predict_proba, 1e-6)
      expect(given:predict(rows)):equals(tensor.new(want.predict, "int32") + 1)
      -- A fit of our own comes to no less likely a mixture.
      local own = ml.gmm{components = 3, covariance = spread, runs = 5, seed = 1}:fit(x)
      expect(own:score(x) > given:score(x) - 0.01):is_true()
      if spread == "full" then
        local other = ml.fitted("gmm", {features = 4, options = {covariance = spread}, arrays = {
          weights = own.weights, means = own.means,
          precisions_cholesky = own.precisions_cholesky}})
        expect(other:score_samples(rows)):same_bits(own:score_samples(rows))
      end
      compared = compared + 1
    end
    local want = all.models.mahalanobis
    local given = ml.fitted("covariance", {features = 4, arrays = {location = want.location,
      covariance = want.covariance, precision = want.precision}})
    local own = ml.covariance():fit(x)
    for _, model in ipairs{given, own} do
      near(model:mahalanobis(rows), want.mahalanobis_sq, 1e-6)
    end
    for _, name in ipairs{"location", "covariance", "precision"} do
      near(own[name], want[name], 1e-9)
    end
    signals.expect_compared(compared + 1, LEAST_CASES, "cases")
  end)
end)

describe("a mixture", function()
  local centers = {{0, 0}, {8, 0}, {0, 9}}

  it("finds what its samples were made of", function()
    local x = around(centers, 600, 4)
    for _, spread in ipairs(SPREADS) do
      local m = ml.gmm{components = 3, covariance = spread, seed = 2}:fit(x)
      local labels = m:predict(x)
      for k = 1, 3 do
        local component = labels[k]
        local c = centers[k % 3 + 1]
        expect(m.means[component]):close(double(c), 0.3)
        expect(m.weights[component]):close(1 / 3, 0.02)
      end
      expect(m.covariances:max()):close(1, 0.3)
      expect(m.n_iter[1] < 100):is_true()
      expect(m:predict_proba(x):sum(2)):close(tensor.ones{600}, 1e-6)
      expect(m:score(x)):close(m.lower_bound[1], 0.01)
    end
  end)

  it("has densities as they are defined", function()
    local m = ml.fitted("gmm", {features = 2, arrays = {weights = {0.25, 0.75},
      means = {{0, 0}, {1, 2}}, precisions_cholesky = {{{1, 0.5}, {0, 2}}, {{2, 0}, {0, 1}}}}})
    local function normal(det, d) return det / (2 * math.pi) * math.exp(-0.5 * d) end
    -- At (1, 1): U^T (x - mean) is (1, 2.5) and (0, -1).
    local a, b = 0.25 * normal(2, 1 + 2.5 ^ 2), 0.75 * normal(2, 1)
    expect(m:score_samples{1, 1}):close(math.log(a + b), 1e-6)
    expect(m:predict_proba{1, 1}:totable()):close({a / (a + b), b / (a + b)}, 1e-6)
    expect(m:predict{1, 1}):equals(2)
  end)

  it("draws samples that follow it", function()
    for _, spread in ipairs(SPREADS) do
      local x = around({{0, 0}, {30, 40}}, 200, 9)
      local stretched = tensor.stack({x:slice({}, 1), x:slice({}, 1) * 0.5 + x:slice({}, 2)}, 2)
      local m = ml.gmm{components = 2, covariance = spread, seed = 1}:fit(stretched)
      local drawn, components = m:sample(2000, 7)
      expect(drawn.shape):equals{2000, 2}
      expect(m:predict(drawn)):equals(components)
      local again = ml.gmm{components = 2, covariance = spread, seed = 1}:fit(drawn)
      local near_to = again:predict(tensor.new(m.means:totable()))
      for k = 1, 2 do
        expect(again.means[near_to[k]]):close(m.means[k], 0.2)
        expect(again.weights[near_to[k]]):close(m.weights[k], 0.05)
      end
      expect(again.covariances[1]):close(m.covariances[1], 0.4)
      expect(select(1, m:sample(20, 3))):same_bits((m:sample(20, 3)))
    end
  end)

  it("counts parameters for its criteria", function()
    local x = around(centers, 100, 3)
    local parameters = {full = 3 * 3 + 6 + 2, tied = 3 + 6 + 2, diag = 6 + 6 + 2,
      spherical = 3 + 6 + 2}
    for _, spread in ipairs(SPREADS) do
      local m = ml.gmm{components = 3, covariance = spread, seed = 2}:fit(x)
      local deviance = -2 * m:score(x) * 100
      expect(m:aic(x)):close(deviance + 2 * parameters[spread], 1e-3)
      expect(m:bic(x)):close(deviance + math.log(100) * parameters[spread], 1e-3)
    end
  end)

  it("is the same for a seed, after a file, and row by row", function()
    local x = around(centers, 130, 5)
    for _, spread in ipairs(SPREADS) do
      for _, init in ipairs{"kmeans", "k-means++"} do
        local options = {components = 4, covariance = spread, init = init, seed = 6, runs = 2}
        local m, same = ml.gmm(options):fit(x), ml.gmm(options):fit(x)
        local copy = assert(ml.frombytes(ml.tobytes(m)))
        local scores = m:score_samples(x)
        expect(same:score_samples(x)):same_bits(scores)
        expect(copy:score_samples(x)):same_bits(scores)
        for _, i in ipairs{1, 64, 65, 130} do
          expect(m:score_samples(x[i])):equals(scores[i])
        end
      end
    end
  end)

  it("bears samples that are all the same", function()
    local m = ml.gmm{components = 3, seed = 1}:fit(tensor.ones{9, 2})
    expect(m:score_samples{1, 1} > m:score_samples{2, 1}):is_true()
  end)

  it("refuses what it cannot fit", function()
    local function fit(options, x) return ml.gmm(options):fit(x) end
    local flat = tensor.new{{1, 2}, {2, 4}, {3, 6}, {5, 10}}
    expect(fit, {components = 3}, {{1}, {2}}):raises("3 components asked of 2 samples")
    for _, spread in ipairs{"full", "tied"} do
      expect(fit, {covariance = spread, reg_covar = 0}, flat)
        :raises("component 1: its covariance is singular")
    end
    expect(fit, {covariance = "diag", reg_covar = 0}, {{1, 1}, {2, 1}}):raises("is singular")
    expect(fit, {}, {{1}, {1 / 0}}):raises("row 2 has a number that is not finite")
    expect(ml.gmm, {n_components = 2}):raises("is 'components' here")
    expect(ml.gmm, {covariance = "round"}):raises("one of full|tied|diag|spherical")
    expect(ml.gmm, {components = 0}):raises("option 'components'")
    local m = ml.gmm():fit(flat)
    expect(function() m:predict(tensor.zeros{1, 3}) end):raises("2 features expected, got 3")
    expect(function() m:sample(0) end):raises("a number of samples")
    expect(function() m:mahalanobis(flat) end):raises("gmm has no mahalanobis")
    expect(function() m:viterbi(flat) end):raises("gmm has no viterbi")
    expect(function() ml.gmm():bic(flat) end):raises("not fitted")
    expect(ml.fitted, "gmm", {features = 2, arrays = {weights = {1}, means = {{0, 0}},
      precisions_cholesky = {{{1, 1}}}}}):raises("'precisions_cholesky' is {1, 1, 2}")
  end)
end)

-- The likelihood of every path of states, as (path, likelihood).
local function each_path(m, x, visit)
  local states, rows = #m.startprob, x:dim(1)
  local density = {}
  for t = 1, rows do
    density[t] = {}
    for s = 1, states do
      local p = 1
      for j = 1, x:dim(2) do
        local u = m.precisions_cholesky:at(s, 1, j)
        p = p * u / math.sqrt(2 * math.pi)
          * math.exp(-0.5 * ((x:at(t, j) - m.means:at(s, j)) * u) ^ 2)
      end
      density[t][s] = p
    end
  end
  local path = {}
  local function go(t, p)
    if t > rows then return visit(path, p) end
    for s = 1, states do
      path[t] = s
      local step = t == 1 and m.startprob[s] or m.transmat:at(path[t - 1], s)
      go(t + 1, p * step * density[t][s])
    end
  end
  go(1, 1)
end

describe("a hidden Markov model", function()
  local model = ml.fitted("hmm", {features = 2, arrays = {
    startprob = {0.5, 0.3, 0.2}, transmat = {{0.7, 0.2, 0.1}, {0.1, 0.6, 0.3}, {0.4, 0, 0.6}},
    means = {{0, 0}, {1, 1}, {2, -1}},
    precisions_cholesky = {{{1, 0.5}}, {{0.8, 1}}, {{0.5, 1.5}}}}})

  -- Steps through three states, and what they give.
  local function walk(rows, seed)
    local draws, x, states = tensor.rand({rows}, seed), tensor.randn({rows, 2}, seed + 1), {}
    local state = 1
    for i = 1, rows do
      if draws[i] > 0.9 then state = state % 3 + 1 end
      states[i] = state
      x[i][1] = x[i][1] + 6 * state
      x[i][2] = x[i][2] - 4 * (state % 2)
    end
    return x, states
  end

  it("gives what all paths together give", function()
    local x = tensor.new{{0.5, 0}, {1, 1.5}, {2, -1}, {2.5, 0}, {0, 0.25}, {1, 1}}
    local total, most, best, shares = 0, 0, nil, {}
    for t = 1, 6 do shares[t] = {0, 0, 0} end
    each_path(model, x, function(path, p)
      total = total + p
      for t, s in ipairs(path) do shares[t][s] = shares[t][s] + p end
      if p > most then most, best = p, {table.unpack(path)} end
    end)
    expect(model:score(x)):close(math.log(total), 1e-10)
    local states, log_likelihood = model:viterbi(x)
    expect(states):equals(best)
    expect(log_likelihood):close(math.log(most), 1e-10)
    expect(model:predict(x)):equals(states)
    near(model:predict_proba(x), (double(shares) / total):totable(), 1e-6)
  end)

  it("learns what gave a sequence", function()
    local x, states = walk(600, 3)
    for _, spread in ipairs(SPREADS) do
      local m = ml.hmm{states = 3, covariance = spread, seed = 1}:fit(x)
      local found = m:predict(x)
      local name = {}  -- of each state as found
      for i = 1, 600 do name[states[i]] = name[states[i]] or found[i] end
      local hits = 0
      for i = 1, 600 do if found[i] == name[states[i]] then hits = hits + 1 end end
      expect(hits > 590):is_true()
      for s = 1, 3 do
        expect(m.means:at(name[s], 1)):close(6 * s, 0.3)
        expect(m.transmat:at(name[s], name[s])):close(0.9, 0.04)
        expect(m.transmat:at(name[s], name[s % 3 + 1])):close(0.1, 0.04)
      end
      expect(m.transmat:sum(2)):close(tensor.ones({3}, "float64"), 1e-12)
    end
  end)

  it("grows likelier with every iteration", function()
    local x = walk(150, 8)
    local before = -math.huge
    for iterations = 1, 6 do
      local m = ml.hmm{states = 3, iterations = iterations, tol = 0, seed = 5, reg_covar = 0}:fit(x)
      expect(m.log_likelihood[1] >= before - 1e-9):is_true()
      before = m.log_likelihood[1]
    end
  end)

  it("learns from several sequences", function()
    local x = walk(100, 6)
    local whole = ml.hmm{states = 3, seed = 2}:fit(x)
    local one = ml.hmm{states = 3, seed = 2}:fit(x, {lengths = {100}})
    expect(one.transmat):same_bits(whole.transmat)
    local twice = ml.hmm{states = 3, seed = 2}:fit(tensor.concat({x, x}, 1), {lengths = {100, 100}})
    local same = twice:predict(x)
    for i = 2, 100 do  -- but for the names of states
      expect(same[i] == same[i - 1]):equals(whole:predict(x)[i] == whole:predict(x)[i - 1])
    end
    expect(twice:score(x)):close(whole:score(x), 0.05)
  end)

  it("bears sequences of any length and likelihood", function()
    local x = walk(5000, 4)
    local m = ml.hmm{states = 3, iterations = 2, seed = 1}:fit(x)
    expect(m:score(x) < -10000):is_true()
    expect(#m:viterbi(x)):equals(5000)
    local far = model:predict_proba(tensor.full({3, 2}, 1e6))
    expect(far:sum(2)):close(tensor.ones{3}, 1e-6)
    expect(#model:viterbi(tensor.zeros{1, 2})):equals(1)
  end)

  it("is the same for a seed and after a file", function()
    local x = walk(80, 2)
    local m = ml.hmm{states = 3, covariance = "full", seed = 4}:fit(x)
    local copy = assert(ml.frombytes(ml.tobytes(m)))
    expect(copy:predict_proba(x)):same_bits(m:predict_proba(x))
    expect(ml.hmm{states = 3, covariance = "full", seed = 4}:fit(x).means):same_bits(m.means)
    local out = tensor.zeros({80}, "int32")
    assert(rawequal(m:predict(x, out), out))
    expect(out):equals((m:viterbi(x)))
  end)

  it("refuses what it cannot fit", function()
    local x = walk(10, 1)
    local function fit(options, x, more) return ml.hmm(options):fit(x, more) end
    expect(fit, {states = 11}, x):raises("11 states asked of 10 samples")
    expect(fit, {}, x, {lengths = {5, 4}}):raises("add up to 10")
    expect(fit, {}, x, {lengths = {-5, 15}}):raises("add up to 10")
    expect(fit, {covariance = "full", reg_covar = 0}, tensor.ones{9, 2}):raises("is singular")
    expect(ml.hmm, {n_components = 2}):raises("is 'states' here")
    expect(function() ml.gmm():fit(x, {lengths = {10}}) end):raises("no option 'lengths'")
    expect(function() model:predict(tensor.zeros{2, 3}) end):raises("2 features expected, got 3")
    expect(function() model:score_samples(x) end):raises("hmm has no score_samples")
    expect(function() ml.hmm():predict(x) end):raises("not fitted")
  end)
end)

describe("a covariance", function()
  it("is what its definition says", function()
    local m = ml.covariance():fit{{0, 0}, {2, 0}, {0, 4}, {2, 4}, {1, 2}, {1, 2}}
    near(m.covariance, {{4 / 6, 0}, {0, 16 / 6}}, 1e-12)
    near(m.precision, {{6 / 4, 0}, {0, 6 / 16}}, 1e-12)
    expect(m:mahalanobis{3, 2}):equals(6)
    expect(m:score_samples{1, 2}):close(-math.log(2 * math.pi) - 0.5 * math.log(64 / 36), 1e-6)
    near(ml.covariance{shrinkage = 0.5}:fit{{0, 0}, {2, 0}, {0, 4}, {2, 4}}.covariance,
      {{0.5 + 0.5 * 2.5, 0}, {0, 2 + 0.5 * 2.5}}, 1e-12)
  end)

  it("is refused when it is singular", function()
    local flat = tensor.new{{1, 2}, {2, 4}, {3, 6}, {5, 10}}
    expect(function() ml.covariance():fit(flat) end):raises("of 4 samples of 2 features is singular")
    expect(function() ml.covariance():fit{{1, 2}} end):raises("singular")
    expect(#ml.covariance{shrinkage = 0.1}:fit(flat):mahalanobis(flat)):equals(4)
  end)
end)

describe("an elliptic envelope", function()
  local x = around({{0, 0, 0}}, 400, 5)
  for i = 1, 400, 5 do x[i] = x[i] * 0.25 + 12 end

  it("finds outliers that draw a plain mean to them", function()
    local m = ml.elliptic_envelope{contamination = 0.2, seed = 1}:fit(x)
    expect(ml.covariance():fit(x).location:min() > 2):is_true()
    expect(m.location):close(double{0, 0, 0}, 0.2)
    local predicted = m:predict(x)
    for i = 1, 400 do expect(predicted[i]):equals(i % 5 == 1 and -1 or 1) end
    expect(m:decision_function(x)):close(-m:mahalanobis(x) - m.offset[1], 1e-3)
    expect(m:score_samples(x)):equals(-m:mahalanobis(x))
    expect(m:predict{0, 0, 0}):equals(1)
  end)

  it("takes many samples in parts, and one feature", function()
    local many = tensor.concat({x, x, x, x}, 1)
    local m = ml.elliptic_envelope{contamination = 0.2, seed = 1}:fit(many)
    expect(m.location):close(double{0, 0, 0}, 0.2)
    expect(m:predict(many):eq(-1):sum()):equals(320)
    local narrow = ml.elliptic_envelope{contamination = 0.2, seed = 1}:fit(x:slice({}, {1, 1}))
    expect(narrow.location[1]):close(0, 0.2)
  end)

  it("is the same for a seed and after a file", function()
    local m = ml.elliptic_envelope{seed = 3}:fit(x)
    local copy = assert(ml.frombytes(ml.tobytes(m)))
    expect(copy:decision_function(x)):same_bits(m:decision_function(x))
    expect(ml.elliptic_envelope{seed = 3}:fit(x).covariance):same_bits(m.covariance)
  end)

  it("refuses what it cannot fit", function()
    local function fit(x) return ml.elliptic_envelope{seed = 1}:fit(x) end
    expect(fit, {{1, 2}}):raises("at least 2 samples")
    expect(fit, {{1, 2}, {2, 3}, {3, 4}, {1, 2}}):raises("half of 4 samples of 2 features is singular")
    expect(fit, tensor.ones{50, 2}):raises("singular")
    expect(ml.elliptic_envelope, {contamination = 0.9}):raises("option 'contamination'")
    expect(ml.elliptic_envelope, {support_fraction = 0.9}):raises("is 'support' here")
  end)
end)
