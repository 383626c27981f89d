-- What tools/sklearn_export.py writes answers as the scikit-learn estimators that it was made
-- from. tools/goldens/ml_exports.py writes the files.
--
-- MOONLET_EXPORTS names their folder; without it there is nothing to compare.

local ml, tensor, test = require "ml", require "tensor", require "test"
local describe, it, expect = test.describe, test.it, test.expect

local TOLERANCE <const> = 1e-5  -- of answers rounded to float32, relative above 1
-- What a whole run compares.
local LEAST_CASES <const> = 67

local folder = test.setting "MOONLET_EXPORTS"

-- Clusters and components count from 1, and 0 is none.
local CLUSTERS <const> = {DBSCAN = true, GaussianMixture = true, KMeans = true,
  MiniBatchKMeans = true}

local function compare(name, answer, expected, got)
  if CLUSTERS[name] and answer == "predict" then got = got - 1 end
  if type(got) == "table" then got = tensor.new(got) end
  expect(got.shape):equals(expected.shape)
  local scale = tensor.where(expected:abs():gt(1), expected:abs(), tensor.ones(expected.shape))
  local worst = ((got:astype "float64" - expected:astype "float64"):abs() / scale):max()
  if worst > TOLERANCE then
    error(("%s differs by up to %g"):format(answer, worst))
  end
end

local function names()
  local list = {}
  for name in io.lines(folder .. "/names.txt") do list[#list + 1] = name end
  return list
end

describe("estimators exported from scikit-learn", function()
  if not folder then
    print "no exports: python3-sklearn is not installed"
    return
  end
  local all = names()
  for _, name in ipairs(all) do
    it(name, function()
      local model = assert(ml.load(("%s/%s.mlt"):format(folder, name)))
      local expected = assert(tensor.load(("%s/%s.npz"):format(folder, name)))
      for answer, values in pairs(expected) do
        if answer ~= "x" then compare(name, answer, values, model[answer](model, expected.x)) end
      end
    end)
  end
  it("compares as many as recorded", function() expect(#all >= LEAST_CASES):equals(true) end)
end)
