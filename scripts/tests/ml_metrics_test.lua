-- How good predictions are: against scikit-learn's recorded answers, plain definitions, and bad
-- input; and labels and names as numbers.

local ml, signals, tensor, test = require "ml", require "signals", require "tensor", require "test"
local goldens = require "ml_goldens"
local describe, it, expect = test.describe, test.it, test.expect
local recorded = goldens.recorded

-- What a whole run compares.
local LEAST_CASES = 16

local MACRO <const> = {average = "macro"}
local compared = 0

local function compare(got, want, tolerance)
  expect(got):close(want, tolerance or 1e-10)
  compared = compared + 1
end

local function compare_classes(all)
  local want, x, y = all.metrics, tensor.new(all.X_train), tensor.new(all.y_train, "int32")
  local p = ml.gaussian_nb():fit(x, y):predict(x)
  local counts = ml.confusion_matrix(y, p)
  expect(counts.dtype):equals("int32")
  compare(counts, want.confusion_matrix)
  compare(ml.accuracy_score(y, p), want.accuracy)
  compare(ml.precision_score(y, p, MACRO), want.precision_macro)
  compare(ml.recall_score(y, p, MACRO), want.recall_macro)
  compare(ml.f1_score(y, p, MACRO), want.f1_macro)
  compare(ml.balanced_accuracy_score(y, p), want.balanced_accuracy)
  compare(ml.matthews_corrcoef(y, p), want.mcc)
  compare(ml.cohen_kappa_score(y, p), want.kappa)
  local is_1 = y:eq(1):astype "int32"
  local proba = ml.gaussian_nb():fit(x, is_1):predict_proba(x)
  compare(ml.roc_auc_score(is_1, proba), want["roc_auc_binary_GaussianNB_y==1"])
  compare(ml.log_loss(is_1, proba), want.log_loss_binary, 1e-6)
end

local function compare_values(all)
  local y, p = {table.unpack(all.y_train, 1, 30)}, all.models.svr_rbf.predict
  compare(ml.mean_squared_error(y, p), all.metrics.mse, 1e-7)
  compare(ml.mean_absolute_error(y, p), all.metrics.mae, 1e-9)
  compare(ml.r2_score(y, p), all.metrics.r2)
end

local function compare_clusters(all)
  local x, kmeans = tensor.new(all.X_train), all.models.kmeans
  compare(ml.silhouette_score(x, kmeans.labels), kmeans.silhouette)
  compare(ml.silhouette_samples(x, kmeans.labels):mean(), kmeans.silhouette)
  compare(ml.davies_bouldin_score(x, kmeans.labels), kmeans.davies_bouldin)
end

describe("metrics", function()
  it("are what scikit-learn recorded", function()
    local classifiers = recorded "classifiers"
    if not classifiers then return end
    compare_classes(classifiers)
    compare_values(recorded "regression")
    compare_clusters(recorded "unsupervised")
    signals.expect_compared(compared, LEAST_CASES, "figures")
  end)
end)

describe("classes", function()
  local y = {0, 0, 1, 1, 1, 2}
  local p = {0, 1, 1, 1, 2, 2}

  it("are scored one by one, or on average", function()
    expect(ml.precision_score(y, p, {average = "none"})):close({1, 2 / 3, 1 / 2}, 1e-15)
    expect(ml.recall_score(y, p, {average = "none"})):close({1 / 2, 2 / 3, 1}, 1e-15)
    expect(ml.recall_score(y, p, MACRO)):close((1 / 2 + 2 / 3 + 1) / 3, 1e-15)
    expect(ml.recall_score(y, p, {average = "weighted"})):close(4 / 6, 1e-15)
    expect(ml.f1_score(y, p, {average = "micro"})):close(4 / 6, 1e-15)
    expect(ml.f1_score(y, p, {average = "none", labels = {2, 0}})):close({2 / 3, 2 / 3}, 1e-15)
    expect(ml.jaccard_score(y, p, {average = "none"})):close({1 / 2, 1 / 2, 1 / 2}, 1e-15)
    expect(ml.hamming_loss(y, p)):close(2 / 6, 1e-15)
    expect(ml.accuracy_score(y, p, {normalize = false})):equals(4)
    local precision, recall, f, support = ml.precision_recall_fscore_support(y, p)
    expect(precision[1]):equals(1)
    expect(recall[3]):equals(1)
    expect(f[3]):close(2 / 3, 1e-15)
    expect(support):equals{2, 3, 1}
    expect(select(4, ml.precision_recall_fscore_support(y, p, MACRO))):is_nil()
  end)

  it("may be words", function()
    local words, said = {"no", "no", "yes"}, {"no", "yes", "yes"}
    expect(ml.recall_score(words, said, {pos_label = "no"})):equals(0.5)
    expect(ml.confusion_matrix(words, said)):equals{{1, 1}, {0, 1}}
    expect(ml.confusion_matrix(words, said, {labels = {"yes", "no"}})):equals{{1, 0}, {1, 1}}
    expect(ml.confusion_matrix(words, said, {normalize = "true"})):equals{{0.5, 0.5}, {0, 1}}
  end)

  it("count as often as their weights say", function()
    local twice_y, twice_p, weights = {}, {}, {}
    for i = 1, #y do
      weights[i] = i % 3 + 1
      for _ = 1, weights[i] do
        table.insert(twice_y, y[i])
        table.insert(twice_p, p[i])
      end
    end
    for _, name in ipairs{"accuracy_score", "balanced_accuracy_score", "matthews_corrcoef",
      "cohen_kappa_score", "hamming_loss"} do
      expect(ml[name](y, p, {weights = weights})):close(ml[name](twice_y, twice_p), 1e-12)
    end
    expect(ml.confusion_matrix(y, p, {weights = weights}))
      :equals(ml.confusion_matrix(twice_y, twice_p):totable())
    local options = {average = "macro", weights = weights}
    expect(ml.f1_score(y, p, options)):close(ml.f1_score(twice_y, twice_p, MACRO), 1e-12)
  end)

  it("that never occur divide by nothing as told", function()
    expect(ml.precision_score({0, 1}, {0, 0})):equals(0)
    expect(ml.precision_score({0, 1}, {0, 0}, {zero_division = 1})):equals(1)
    expect(ml.matthews_corrcoef({1, 1}, {1, 1})):equals(0)
    expect(ml.balanced_accuracy_score({1, 1}, {1, 2})):equals(0.5)
  end)

  it("make a report that prints", function()
    local report = ml.classification_report(y, p, {digits = 3})
    expect(report.macro.recall):close(ml.recall_score(y, p, MACRO), 1e-15)
    expect(report.classes[2].label):equals(1)
    expect(report.support):equals(6)
    expect(tostring(report)):equals [[
              precision    recall  f1-score   support

           0      1.000     0.500     0.667         2
           1      0.667     0.667     0.667         3
           2      0.500     1.000     0.667         1

    accuracy                          0.667         6
   macro avg      0.722     0.722     0.667         6
weighted avg      0.750     0.667     0.667         6]]
    report.classes[1] = "gone"
    report.macro, report.digits = nil, -5
    expect(tostring(report)):matches("weighted avg")
    report = ml.classification_report({"a"}, {"a name longer than that"})
    expect(tostring(report)):matches("\na name longer than that %s+0%.00")
  end)
end)

describe("scores", function()
  local y, s = {0, 0, 1, 1}, {0.1, 0.4, 0.35, 0.8}

  it("make curves", function()
    local fpr, tpr, thresholds = ml.roc_curve(y, s)
    expect(fpr):equals{0, 0, 0.5, 0.5, 1}
    expect(tpr):equals{0, 0.5, 0.5, 1, 1}
    expect(thresholds):close({1.8, 0.8, 0.4, 0.35, 0.1}, 1e-12)
    expect(#(ml.roc_curve({0, 1, 1, 1}, {1, 2, 3, 4}))):equals(4)
    expect(#(ml.roc_curve({0, 1, 1, 1}, {1, 2, 3, 4}, {drop_intermediate = false}))):equals(5)
    local precision, recall = ml.precision_recall_curve(y, s)
    expect(precision):close({0.5, 2 / 3, 0.5, 1, 1}, 1e-15)
    expect(recall):equals{1, 1, 0.5, 0.5, 0}
    expect(ml.average_precision_score(y, s)):close(0.5 * 1 + 0.5 * 2 / 3, 1e-15)
  end)

  it("rank pairs: ties count half", function()
    expect(ml.roc_auc_score(y, s)):equals(0.75)
    expect(ml.roc_auc_score(y, {1, 1, 1, 1})):equals(0.5)
    expect(ml.roc_auc_score({"a", "b"}, {0.2, 0.1})):equals(0)
    local labels = {1, 2, 3, 3}
    local proba = {{0.8, 0.1, 0.1}, {0.1, 0.8, 0.1}, {0.1, 0.1, 0.8}, {0.5, 0.25, 0.25}}
    expect(ml.roc_auc_score(labels, proba)):equals(1)
    expect(ml.roc_auc_score(labels, proba, {multi = "ovo", average = "weighted"})):equals(1)
  end)

  it("as probabilities have a loss", function()
    expect(ml.log_loss({"a", "b"}, {{0.5, 0.5}, {0.25, 0.75}}))
      :close((math.log(2) - math.log(0.75)) / 2, 1e-15)
    expect(ml.log_loss({1}, {{0, 1}}, {labels = {0, 1}})):close(0, 1e-15)
    expect(ml.log_loss({0, 1}, {1, 0})):close(52 * math.log(2), 1e-9)
    expect(ml.brier_score_loss(y, {0, 0.5, 1, 0.5})):equals(0.125)
  end)
end)

describe("values", function()
  it("are judged by their errors", function()
    local y, p = {1, 2, 3, 6}, {1, 3, 3, 4}
    expect(ml.mean_absolute_error(y, p)):equals(0.75)
    expect(ml.mean_squared_error(y, p)):equals(1.25)
    expect(ml.mean_squared_error(y, p, {squared = false})):close(1.25 ^ 0.5, 1e-15)
    expect(ml.mean_squared_error(y, p, {weights = {0, 1, 0, 0}})):equals(1)
    expect(ml.median_absolute_error(y, p)):equals(0.5)
    expect(ml.max_error(y, p)):equals(2)
    expect(ml.mean_absolute_percentage_error(y, p)):close((0.5 + 2 / 6) / 4, 1e-15)
    expect(ml.r2_score(y, p)):close(1 - 5 / 14, 1e-15)
    expect(ml.explained_variance_score(y, {2, 3, 4, 7})):equals(1)
    expect(ml.r2_score({2, 2}, {2, 2})):equals(1)
    expect(ml.r2_score({2, 2}, {2, 3})):equals(0)
  end)
end)

describe("clusters", function()
  local x, labels = tensor.new{{0}, {2}, {8}, {10}}, {5, 5, 0, 0}

  it("are judged by how far they are apart", function()
    expect(ml.silhouette_samples(x, labels)):close({7 / 9, 5 / 7, 5 / 7, 7 / 9}, 1e-15)
    expect(ml.davies_bouldin_score(x, labels)):equals(0.25)
    expect(ml.calinski_harabasz_score(x, labels)):equals(32)
    expect(ml.silhouette_samples(x, {1, 2, 2, 2})[1]):equals(0)
  end)

  it("agree, whatever they are called", function()
    expect(ml.adjusted_rand_score({"a", "a", "b"}, {2, 2, 1})):equals(1)
    expect(ml.adjusted_rand_score({0, 0, 1, 1}, {0, 1, 0, 1})):equals(-0.5)
    expect(ml.normalized_mutual_info_score({1, 1, 2, 2}, {0, 1, 0, 1})):equals(0)
    expect(ml.normalized_mutual_info_score({1, 1}, {3, 3})):equals(1)
  end)
end)

describe("misuse of metrics", function()
  it("names what is wrong", function()
    expect(ml.accuracy_score, {1, 2}, {1}):raises("labels: 2 expected, one for each row")
    expect(ml.accuracy_score, {}, {}):raises("a vector of at least one")
    expect(ml.accuracy_score, {1, 2}, {"a", "b"}):raises("bad argument #2")
    expect(ml.accuracy_score, {1, 2}):raises("labels expected, got nil")
    expect(ml.accuracy_score, {1, 1.5}, {1, 2}):raises("whole numbers or strings expected, got 1.5")
    expect(ml.accuracy_score, {1, 2}, {1, 2}, {weight = {1, 1}}):raises("weights")
    expect(ml.accuracy_score, {1, 2}, {1, 2}, {weights = {0, 0}}):raises("all are 0")
    expect(ml.f1_score, {0, 1, 2}, {0, 1, 2}):raises("for 3 classes")
    expect(ml.f1_score, {0, 2}, {0, 2}):raises("one of the labels expected (1 unless given)")
    expect(ml.f1_score, {"a"}, {"b"}):raises("the label that counts as positive")
    expect(ml.f1_score, {0, 1}, {0, 1}, {beta = 2}):raises("beta")
    expect(ml.roc_curve, {1, 1}, {1, 2}):raises("both positive and negative labels")
    expect(ml.roc_curve, {0, 1}, {1, 0 / 0}):raises("finite")
    expect(ml.roc_auc_score, {1, 1}, {1, 2}):raises("at least 2 classes")
    expect(ml.roc_auc_score, {1, 2, 3}, {1, 2, 3}):raises("3 columns expected")
    expect(ml.roc_auc_score, {1, 2, 3}, tensor.ones{3, 3}):raises("row 1 sums to 3.0")
    expect(ml.log_loss, {1, 1}, {1, 1}):raises("at least 2 classes")
    expect(ml.brier_score_loss, {0, 1}, {0, 2}):raises("from 0 to 1")
    expect(ml.r2_score, {1, 2}, {1}):raises("a vector of 2 expected")
    expect(ml.r2_score, {1, 1 / 0}, {1, 2}):raises("finite")
    expect(ml.silhouette_score, {{1}, {2}}, {1, 1}):raises("from 2 to 1 clusters of 2 samples")
    expect(ml.silhouette_score, {{1}, {0 / 0}, {3}}, {1, 1, 2}):raises("row 2")
  end)
end)

describe("labels as numbers", function()
  it("are places in their order, and go back", function()
    local encoder = ml.label_encoder():fit{"b", "a", "c", "a"}
    expect(encoder.classes):equals{"a", "b", "c"}
    expect(encoder:transform{"c", "a"}):equals{3, 1}
    expect(encoder:transform("b")):equals(2)
    expect(encoder:inverse_transform{3, 1}):equals{"c", "a"}
    expect(encoder:inverse_transform(encoder:transform("b"))):equals("b")
    local numbers = ml.label_encoder():fit(tensor.new({9, -1, 9}, "int16"))
    expect(numbers:inverse_transform{2, 1}):equals(tensor.new({9, -1}, "int16"))
    local out = tensor.zeros({2}, "int32")
    expect(rawequal(numbers:transform({-1, 9}, out), out)):is_true()
    expect(out):equals{1, 2}
  end)

  it("raise for what they do not know", function()
    local encoder = ml.label_encoder()
    expect(encoder.transform, encoder, {"a"}):raises("not fitted yet")
    expect(encoder.classes):is_nil()
    encoder:fit{"a", "b"}
    expect(encoder.transform, encoder, {"a", "z"}):raises('label "z" is none of the classes')
    expect(encoder.transform, encoder, {1}):raises("strings expected")
    expect(encoder.inverse_transform, encoder, {3}):raises("code 3 out of range (2 classes)")
    expect(encoder.inverse_transform, encoder, 0):raises("out of range")
    expect(encoder.fit, encoder, {}):raises("at least one expected")
    expect(encoder.classes):equals{"a", "b"}
  end)
end)

describe("hashing", function()
  it("puts names where scikit-learn puts them", function()
    -- FeatureHasher(8).transform([{"a": 1, "b": 2.5, "c": "red"}]), and of ["the", "cat", "the"].
    local hasher = ml.hashing{features = 8}
    expect(hasher:transform{{a = 1, b = 2.5, c = "red"}}):equals{{0, 0, 1, 0, 0, -2.5, 1, 0}}
    expect(hasher:transform{{"the", "cat", "the"}}):equals{{0, 0, 0, 0, 0, 0, -2, 1}}
    expect(hasher:transform{}.shape):equals{0, 8}
  end)

  it("adds up in one order", function()
    local hasher, sample = ml.hashing{features = 2, signed = false}, {}
    for i = 1, 50 do sample["name" .. i] = 10.0 ^ (i % 9 - 4) end
    local again = {}
    for i = 50, 1, -1 do again["name" .. i] = 10.0 ^ (i % 9 - 4) end
    expect(hasher:transform{sample}):same_bits(hasher:transform{again})
  end)

  it("raises for what is no sample", function()
    local hasher = ml.hashing()
    expect(hasher.features):equals(64)
    expect(hasher.transform, hasher, {"a"}):raises("number 1 is a string, expected a table")
    expect(hasher.transform, hasher, {{1}}):raises("got a number at a number")
    expect(hasher.transform, hasher, {{a = 1 / 0}}):raises("finite")
    expect(ml.hashing, {n_features = 3}):raises("features")
  end)
end)
