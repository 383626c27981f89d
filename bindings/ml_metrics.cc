// bindings/ml_metrics.cc - how good predicted classes are.
#include "bindings/ml_metrics.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "bindings/ml_parts.h"
#include "bindings/tensor_parts.h"

namespace moonlet {
namespace {

// What errors name: options are at 3, what they hold lies above.
int ArgumentOf(int index) { return std::min(index, 3); }

bool HoldStrings(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TTABLE) return false;
  const bool strings = lua_rawgeti(L, index, 1) == LUA_TSTRING;
  lua_pop(L, 1);
  return strings;
}

// Pushes all strings in one table.
int PushAllStrings(lua_State* L, std::span<const int> indices) {
  lua_newtable(L);
  lua_Integer n = 0;
  for (const int index : indices) {
    const lua_Integer count = luaL_len(L, index);
    for (lua_Integer i = 1; i <= count; ++i) {
      size_t size = 0;
      const char* text = lua_rawgeti(L, index, i) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : "";
      if (lua_type(L, -1) != LUA_TSTRING || std::memchr(text, 0, size) != nullptr)
        ArgumentError(L, ArgumentOf(index), "labels: strings without a zero byte expected");
      lua_rawseti(L, -2, ++n);
    }
  }
  return lua_gettop(L);
}

// Pushes all numbers in one tensor, above those it was made from.
int PushAllNumbers(lua_State* L, std::span<const int> indices) {
  const Tensor* parts[kMostUnited];
  Index n = 0;
  for (size_t i = 0; i < indices.size(); ++i) {
    parts[i] = NewTensorFrom(L, indices[i], DType::kFloat64, ArgumentOf(indices[i]));
    const auto* values = parts[i]->as<double>();
    for (Index j = 0; j < parts[i]->size(); ++j)
      if (!(std::fabs(values[j]) < 0x1p53) || values[j] != std::floor(values[j]))
        ArgumentError(L, ArgumentOf(indices[i]),
                      "labels: whole numbers or strings expected, got %f",
                      static_cast<LUAI_UACNUMBER>(values[j]));
    n += parts[i]->size();
  }
  double* to = NewDoubles(L, VectorShape(n));
  for (size_t i = 0; i < indices.size(); ++i)
    to = std::copy_n(parts[i]->as<double>(), parts[i]->size(), to);
  return lua_gettop(L);
}

constexpr const char* kAverages[] = {"binary", "micro", "macro", "weighted", "none"};
enum { kBinary, kMicro, kMacro, kWeighted, kNoAverage };

// The options of functions that score classes one by one.
constexpr const char* kScoreNames[] = {"average",       "pos_label", "labels",
                                       "zero_division", "weights",   "beta"};
constexpr size_t kWithoutBeta = 5;

using ClassField = double ml::ClassScore::*;

// What such a function found: a score for each class, or one.
struct Scored {
  Index count;
  int average;
  const ml::ClassScore* scores;
};

// Pushes counts of the classes that are asked for: all, or those in option `labels`.
ml::ClassCounts PushCounts(lua_State* L, const LabelPair& pair, const int32_t* listed,
                           Index count) {
  auto* all = PushRoom<ml::ClassCount>(L, pair.all.classes + count);
  ml::CountClasses(pair.y, all);
  if (listed == nullptr) return {all, static_cast<size_t>(pair.all.classes)};
  ml::ClassCount* asked = all + pair.all.classes;
  for (Index i = 0; i < count; ++i) asked[i] = all[listed[i]];
  return {asked, static_cast<size_t>(count)};
}

// The score of the class in option `pos_label`.
ml::ClassScore BinaryScore(lua_State* L, const LabelPair& pair, int32_t positive, double beta,
                           double zero) {
  const ml::ClassCounts counts = PushCounts(L, pair, nullptr, 0);
  const ml::ClassCount& count = counts[static_cast<size_t>(positive)];
  Index met = 0;
  for (const ml::ClassCount& c : counts) met += c.truth > 0 || c.predicted > 0 ? 1 : 0;
  if (met > 2)
    ArgumentError(L, 3,
                  "option 'average': \"micro\", \"macro\", \"weighted\" or \"none\" expected "
                  "for %I classes",
                  static_cast<LUAI_UACINT>(met));
  if (met == 2 && count.truth == 0 && count.predicted == 0)
    ArgumentError(L, 3, "option 'pos_label': one of the labels expected (1 unless given)");
  return ml::ScoreOf(count, beta, zero);
}

// Arguments: true labels, predicted ones, options.
Scored ScoreClasses(lua_State* L, std::span<const char* const> names, int otherwise) {
  lua_settop(L, 3);
  const OptionTable options(L, 3, names);
  const int average = options.Choice("average", otherwise, kAverages);
  const double zero = options.Number("zero_division", 0, 0, 1);
  const bool has_beta = names.size() > kWithoutBeta;
  const double beta = has_beta ? options.Number("beta", 1, 0, 1e6) : 1;
  int more = 0;
  if (average == kBinary) {
    more = PushPositive(L);
  } else if (options.Has("labels")) {
    lua_getfield(L, 3, "labels");
    more = lua_gettop(L);
  }
  const int indices[] = {1, 2, more};
  const Index n = CountLabels(L, 1), listed = more != 0 ? CountLabels(L, more) : 0;
  LabelPair pair;
  pair.all = UniteLabels(L, std::span(indices).first(more != 0 ? 3 : 2));
  if (CountLabels(L, 2) != n)
    ArgumentError(L, 2, "labels: %I expected, one for each row", static_cast<LUAI_UACINT>(n));
  const int32_t* codes = pair.all.codes;
  pair.y = {codes, codes + n, n, pair.all.classes, SampleWeights(L, options, n)};
  auto* scores = PushRoom<ml::ClassScore>(L, pair.all.classes + listed + 1);
  if (average == kBinary) {
    *scores = BinaryScore(L, pair, codes[2 * n], beta, zero);
    return {1, average, scores};
  }
  const ml::ClassCounts counts = PushCounts(L, pair, more != 0 ? codes + 2 * n : nullptr, listed);
  if (average != kNoAverage) {
    *scores = ml::AverageScore(counts, static_cast<ml::Average>(average - kMicro), beta, zero);
    return {1, average, scores};
  }
  for (size_t k = 0; k < counts.size(); ++k) scores[k] = ml::ScoreOf(counts[k], beta, zero);
  return {static_cast<Index>(counts.size()), average, scores};
}

void PushScore(lua_State* L, const Scored& scored, ClassField field) {
  if (scored.average != kNoAverage) return lua_pushnumber(L, scored.scores->*field);
  double* to = NewDoubles(L, VectorShape(scored.count));
  for (Index k = 0; k < scored.count; ++k) to[k] = scored.scores[k].*field;
}

int ClassScoreFunction(lua_State* L, ClassField field, bool with_beta) {
  const std::span<const char* const> names(kScoreNames);
  PushScore(L, ScoreClasses(L, with_beta ? names : names.first(kWithoutBeta), kBinary), field);
  return 1;
}

int PrecisionScore(lua_State* L) {
  return ClassScoreFunction(L, &ml::ClassScore::precision, false);
}
int RecallScore(lua_State* L) { return ClassScoreFunction(L, &ml::ClassScore::recall, false); }
int F1Score(lua_State* L) { return ClassScoreFunction(L, &ml::ClassScore::f, false); }
int FbetaScore(lua_State* L) { return ClassScoreFunction(L, &ml::ClassScore::f, true); }
int JaccardScore(lua_State* L) { return ClassScoreFunction(L, &ml::ClassScore::jaccard, false); }

int PrecisionRecallFscoreSupport(lua_State* L) {
  const Scored scored = ScoreClasses(L, kScoreNames, kNoAverage);
  PushScore(L, scored, &ml::ClassScore::precision);
  PushScore(L, scored, &ml::ClassScore::recall);
  PushScore(L, scored, &ml::ClassScore::f);
  if (scored.average == kNoAverage) {
    PushScore(L, scored, &ml::ClassScore::support);
  } else {
    lua_pushnil(L);
  }
  return 4;
}

int AccuracyScore(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "normalize"};
  const OptionTable options(L, 3, kNames);
  const bool share = options.Boolean("normalize", true);
  const ml::Labelled y = CheckLabelPair(L, options).y;
  double all = 0;
  for (Index i = 0; i < y.count; ++i) all += y.weight(i);
  lua_pushnumber(L, ml::Accuracy(y) * (share ? 1 : all));
  return 1;
}

int HammingLoss(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights"};
  const OptionTable options(L, 3, kNames);
  lua_pushnumber(L, 1 - ml::Accuracy(CheckLabelPair(L, options).y));
  return 1;
}

int BalancedAccuracyScore(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "adjusted"};
  const OptionTable options(L, 3, kNames);
  const bool adjusted = options.Boolean("adjusted", false);
  const LabelPair pair = CheckLabelPair(L, options);
  lua_pushnumber(L, ml::BalancedAccuracy(PushCounts(L, pair, nullptr, 0), adjusted));
  return 1;
}

int MatthewsCorrcoef(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights"};
  const OptionTable options(L, 3, kNames);
  const LabelPair pair = CheckLabelPair(L, options);
  lua_pushnumber(L, ml::MatthewsCorrelation(PushCounts(L, pair, nullptr, 0)));
  return 1;
}

int CohenKappaScore(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "disagreement"};
  static constexpr const char* kWords[] = {"any", "linear", "quadratic"};
  const OptionTable options(L, 3, kNames);
  const auto counts_as = static_cast<ml::Disagreement>(options.Choice("disagreement", 0, kWords));
  const LabelPair pair = CheckLabelPair(L, options);
  double* pairs = NewDoubles(L, MatrixShape(pair.all.classes, pair.all.classes));
  ml::CountPairs(pair.y, pairs);
  lua_pushnumber(L, ml::CohenKappa(pairs, PushCounts(L, pair, nullptr, 0), counts_as));
  return 1;
}

enum { kCounts, kOfTruth, kOfPredicted, kOfAll };

// Divides each cell by the sum of its row, its column or all; nothing by nothing is 0.
void NormalizeCells(double* cells, Index n, int by) {
  double all = 0;
  for (Index i = 0; i < n * n; ++i) all += cells[i];
  for (Index i = 0; i < n; ++i) {
    double sum = 0;
    const Index step = by == kOfTruth ? 1 : n, first = by == kOfTruth ? i * n : i;
    for (Index j = 0; j < n; ++j) sum += cells[first + j * step];
    const double whole = by == kOfAll ? all : sum;
    for (Index j = 0; j < n; ++j) cells[first + j * step] /= whole == 0 ? 1 : whole;
  }
}

// ml.confusion_matrix(y, predicted [, options])
int ConfusionMatrix(lua_State* L) {
  lua_settop(L, 3);
  static constexpr const char* kNames[] = {"weights", "labels", "normalize"};
  static constexpr const char* kWords[] = {"none", "true", "pred", "all"};
  const OptionTable options(L, 3, kNames);
  const int by = options.Choice("normalize", kCounts, kWords);
  const bool listed = options.Has("labels");
  if (listed) lua_getfield(L, 3, "labels");
  const int indices[] = {1, 2, lua_gettop(L)};
  const Index n = CountLabels(L, 1);
  const LabelUnion all = UniteLabels(L, std::span(indices).first(listed ? 3 : 2));
  if (CountLabels(L, 2) != n)
    ArgumentError(L, 2, "labels: %I expected, one for each row", static_cast<LUAI_UACINT>(n));
  const double* weights = SampleWeights(L, options, n);
  const Index k = listed ? CountLabels(L, indices[2]) : all.classes;
  double* pairs = NewDoubles(L, MatrixShape(all.classes, all.classes));
  ml::CountPairs({all.codes, all.codes + n, n, all.classes, weights}, pairs);
  double* cells = NewDoubles(L, MatrixShape(k, k));
  const int32_t* asked = all.codes + 2 * n;
  for (Index i = 0; i < k; ++i)
    for (Index j = 0; j < k; ++j)
      cells[i * k + j] = pairs[(listed ? asked[i] : i) * all.classes + (listed ? asked[j] : j)];
  if (by != kCounts) NormalizeCells(cells, k, by);
  if (by != kCounts || weights != nullptr) return 1;
  auto* counts = NewTensor(L, DType::kInt32, MatrixShape(k, k))->as<int32_t>();
  for (Index i = 0; i < k * k; ++i) counts[i] = static_cast<int32_t>(cells[i]);
  return 1;
}

constexpr Entry kMetricsTable[] = {
    {"accuracy_score", AccuracyScore, "ml.accuracy_score(y, predicted [, options]) -> number",
     "y, predicted: labels {samples}; options: weights: {samples}; normalize: boolean, true",
     Doc("The share of samples that are predicted rightly; their number without `normalize`."),
     Doc("print(ml.accuracy_score({0, 1, 1, 1}, {0, 1, 0, 1})) --> 0.75")},
    {"balanced_accuracy_score", BalancedAccuracyScore,
     "ml.balanced_accuracy_score(y, predicted [, options]) -> number",
     "y, predicted: labels {samples}; options: weights: {samples}; adjusted: boolean, false",
     Doc("The mean recall of all classes that occur, however many samples they have. "
         "`adjusted` puts guessing at 0."),
     Doc("print(ml.balanced_accuracy_score({0, 1, 1, 0}, {0, 1, 0, 0})) --> 0.75")},
    {"cohen_kappa_score", CohenKappaScore,
     "ml.cohen_kappa_score(y, predicted [, options]) -> number",
     "y, predicted: labels {samples}; options: weights: {samples}; disagreement: \"any\", "
     "\"linear\" or \"quadratic\", \"any\" (scikit-learn's weights)",
     Doc("How far two sides agree beyond chance (Cohen's kappa): 1 for always. `disagreement` "
         "says how much labels that lie apart in order count."),
     Doc("print(ml.cohen_kappa_score({0, 1, 1, 1}, {0, 1, 0, 1})) --> 0.5")},
    {"confusion_matrix", ConfusionMatrix, "ml.confusion_matrix(y, predicted [, options]) -> tensor",
     "y, predicted: labels {samples}; options: labels: those to show, in this order; "
     "normalize: \"none\", \"true\", \"pred\" or \"all\", \"none\"; weights: {samples}; "
     "result: int32 {classes, classes}, float64 when normalised or weighted",
     Doc("How many samples of each class (row) are predicted as each class (column), in "
         "ascending order of labels."),
     Doc("print(ml.confusion_matrix({0, 1, 1, 1}, {0, 1, 0, 1})) --> tensor int32 {2, 2}\n"
         "--> [[1, 0],\n-->  [1, 2]]")},
    {"f1_score", F1Score, "ml.f1_score(y, predicted [, options]) -> number | tensor",
     "y, predicted: labels {samples}; options: average: \"binary\", \"micro\", \"macro\", "
     "\"weighted\" or \"none\", \"binary\"; pos_label: the positive label of \"binary\", 1; "
     "labels: those that count; zero_division: 0 to 1, 0; weights: {samples}",
     Doc("The harmonic mean of precision and recall: of the positive class, averaged over "
         "classes, or of each class."),
     Doc("print(ml.f1_score({0, 1, 1, 1}, {0, 1, 0, 1})) --> 0.8")},
    {"fbeta_score", FbetaScore, "ml.fbeta_score(y, predicted [, options]) -> number | tensor",
     "y, predicted: labels {samples}; options: average: \"binary\", \"micro\", \"macro\", "
     "\"weighted\" or \"none\", \"binary\"; pos_label: the positive label of \"binary\", 1; "
     "labels: those that count; zero_division: 0 to 1, 0; weights: {samples}; beta: number >= "
     "0, 1",
     Doc("As `f1_score`, with recall counting `beta` times as much as precision."),
     Doc("print(ml.fbeta_score({0, 1, 1, 1}, {0, 1, 0, 1}, {beta = 0})) --> 1.0")},
    {"hamming_loss", HammingLoss, "ml.hamming_loss(y, predicted [, options]) -> number",
     "y, predicted: labels {samples}; options: weights: {samples}",
     Doc("The share of samples that are predicted wrongly."),
     Doc("print(ml.hamming_loss({0, 1, 1, 1}, {0, 1, 0, 1})) --> 0.25")},
    {"jaccard_score", JaccardScore, "ml.jaccard_score(y, predicted [, options]) -> number | tensor",
     "y, predicted: labels {samples}; options: average: \"binary\", \"micro\", \"macro\", "
     "\"weighted\" or \"none\", \"binary\"; pos_label: the positive label of \"binary\", 1; "
     "labels: those that count; zero_division: 0 to 1, 0; weights: {samples}",
     Doc("Samples that belong to a class and are predicted as it, by those of which one of "
         "both holds."),
     Doc("print(ml.jaccard_score({0, 1, 1, 0}, {0, 1, 0, 0})) --> 0.5")},
    {"matthews_corrcoef", MatthewsCorrcoef,
     "ml.matthews_corrcoef(y, predicted [, options]) -> number",
     "y, predicted: labels {samples}; options: weights: {samples}",
     Doc("The correlation of what is true and what is predicted: 1 for always right, 0 for "
         "chance, whatever the sizes of classes."),
     Doc("print(ml.matthews_corrcoef({0, 1, 1, 0}, {0, 1, 1, 0})) --> 1.0")},
    {"precision_score", PrecisionScore,
     "ml.precision_score(y, predicted [, options]) -> number | tensor",
     "y, predicted: labels {samples}; options: average: \"binary\", \"micro\", \"macro\", "
     "\"weighted\" or \"none\", \"binary\"; pos_label: the positive label of \"binary\", 1; "
     "labels: those that count; zero_division: 0 to 1, 0; weights: {samples}",
     Doc("Of the samples predicted as a class the share that belongs to it."),
     Doc("print(ml.precision_score({0, 1, 1, 1}, {0, 1, 0, 1})) --> 1.0")},
    {"precision_recall_fscore_support", PrecisionRecallFscoreSupport,
     "ml.precision_recall_fscore_support(y, predicted [, options]) -> number | tensor, number | "
     "tensor, number | tensor, tensor | nil",
     "y, predicted: labels {samples}; options: average: \"binary\", \"micro\", \"macro\", "
     "\"weighted\" or \"none\", \"none\"; pos_label: the positive label of \"binary\", 1; "
     "labels: those that count; zero_division: 0 to 1, 0; weights: {samples}; beta: number >= "
     "0, 1",
     Doc("Precision, recall, F score and how many samples belong to each class (nil for an "
         "average)."),
     Doc("local p, r, f, n = ml.precision_recall_fscore_support({0, 1, 1, 1}, {0, 1, 0, 1})\n"
         "print(p[1], r[1], n[2]) --> 0.5 1.0 3.0")},
    {"recall_score", RecallScore, "ml.recall_score(y, predicted [, options]) -> number | tensor",
     "y, predicted: labels {samples}; options: average: \"binary\", \"micro\", \"macro\", "
     "\"weighted\" or \"none\", \"binary\"; pos_label: the positive label of \"binary\", 1; "
     "labels: those that count; zero_division: 0 to 1, 0; weights: {samples}",
     Doc("Of the samples that belong to a class the share that is predicted as it."),
     Doc("print(ml.recall_score({0, 1, 1, 0}, {0, 1, 0, 0})) --> 0.5")},
};

}  // namespace

const std::span<const Entry> kMlMetrics = kMetricsTable;

int PushPositive(lua_State* L) {
  lua_newtable(L);
  if (lua_isnil(L, 3) || lua_getfield(L, 3, "pos_label") == LUA_TNIL) {
    if (HoldStrings(L, 1))
      ArgumentError(L, 3, "option 'pos_label': the label that counts as positive expected");
    if (!lua_isnil(L, 3)) lua_pop(L, 1);
    lua_pushinteger(L, 1);
  }
  lua_rawseti(L, -2, 1);
  return lua_gettop(L);
}

Index CountLabels(lua_State* L, int index) {
  if (const Tensor* t = TestTensor(L, index)) return t->rank() == 1 ? t->dim(0) : 0;
  if (lua_type(L, index) != LUA_TTABLE)
    ArgumentError(L, ArgumentOf(index), "labels expected, got %s", Given(L, index));
  return static_cast<Index>(luaL_len(L, index));
}

LabelUnion UniteLabels(lua_State* L, std::span<const int> indices) {
  const bool strings = HoldStrings(L, indices[0]);
  Index n = 0;
  for (const int index : indices) {
    const Index count = CountLabels(L, index);
    if (count < 1) ArgumentError(L, ArgumentOf(index), "labels: a vector of at least one expected");
    if (HoldStrings(L, index) != strings)
      ArgumentError(L, ArgumentOf(index), "labels: %s expected", strings ? "strings" : "numbers");
    n += count;
  }
  const Tensor* first = TestTensor(L, indices[0]);
  const int all = strings ? PushAllStrings(L, indices) : PushAllNumbers(L, indices);
  const Encoded encoded = EncodeLabels(L, all, n, nullptr, 0);
  return {encoded.codes, encoded.classes, encoded.labels,
          first != nullptr ? first->dtype : DType::kInt32};
}

LabelPair CheckLabelPair(lua_State* L, const OptionTable& options) {
  static constexpr int kBoth[] = {1, 2};
  const Index n = CountLabels(L, 1);
  LabelPair pair;
  pair.all = UniteLabels(L, kBoth);
  if (CountLabels(L, 2) != n)
    ArgumentError(L, 2, "labels: %I expected, one for each row", static_cast<LUAI_UACINT>(n));
  pair.y = {pair.all.codes, pair.all.codes + n, n, pair.all.classes, SampleWeights(L, options, n)};
  return pair;
}

std::span<const double> CheckNumbers(lua_State* L, int index, Index rows) {
  if (lua_isnoneornil(L, index)) ArgumentError(L, index, "numbers expected, got nil");
  const Tensor& t = *NewTensorFrom(L, index, DType::kFloat64);
  if (t.rank() != 1 || t.dim(0) < 1 || (rows >= 0 && t.dim(0) != rows))
    ArgumentError(L, index, "numbers: a vector of %s expected, one for each row",
                  rows >= 0 ? lua_pushfstring(L, "%I", static_cast<LUAI_UACINT>(rows)) : "some");
  const std::span<const double> values(t.as<double>(), static_cast<size_t>(t.dim(0)));
  for (const double v : values)
    if (!std::isfinite(v)) ArgumentError(L, index, "numbers: finite ones expected");
  return values;
}

const double* SampleWeights(lua_State* L, const OptionTable& options, Index rows) {
  if (!options.Has("weights")) return nullptr;
  lua_getfield(L, 3, "weights");
  const Tensor& t = *NewTensorFrom(L, lua_gettop(L), DType::kFloat64, 3);
  if (t.rank() != 1 || t.dim(0) != rows)
    ArgumentError(L, 3, "option 'weights': %I numbers expected, one for each row",
                  static_cast<LUAI_UACINT>(rows));
  double sum = 0;
  for (Index i = 0; i < rows; ++i) {
    const double w = t.as<double>()[i];
    if (!(w >= 0) || std::isinf(w))
      ArgumentError(L, 3, "option 'weights': finite numbers of at least 0 expected");
    sum += w;
  }
  if (!(sum > 0)) ArgumentError(L, 3, "option 'weights': all are 0");
  return t.as<double>();
}

}  // namespace moonlet
