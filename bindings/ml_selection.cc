// bindings/ml_selection.cc - selection of models: functions written in Lua, in
// scripts/lib/ml/selection.lua and splits.lua, which are loaded when one of them is called first.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "bindings/ml_pipeline.h"

namespace moonlet {
namespace {

int LuaResults(lua_State* L, int, lua_KContext) { return lua_gettop(L); }

// Calls the function of that name with the arguments.
int CallSelection(lua_State* L, const char* name) {
  const int given = lua_gettop(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "ml.selection");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, name);
  lua_insert(L, 1);
  lua_pop(L, 1);
  lua_callk(L, given, LUA_MULTRET, 0, LuaResults);
  return LuaResults(L, LUA_OK, 0);
}

// The same, of an estimator or a pipeline.
int CallWithEstimator(lua_State* L, const char* name) {
  if (TestObject(L, 1, kPipelineClass) == nullptr) CheckEstimatorBox(L, 1);
  return CallSelection(L, name);
}

int CrossValPredict(lua_State* L) { return CallWithEstimator(L, "cross_val_predict"); }
int CrossValScore(lua_State* L) { return CallWithEstimator(L, "cross_val_score"); }
int GridSearch(lua_State* L) { return CallWithEstimator(L, "grid_search"); }
int GroupKfold(lua_State* L) { return CallSelection(L, "group_kfold"); }
int Kfold(lua_State* L) { return CallSelection(L, "kfold"); }
int LeaveOneOut(lua_State* L) { return CallSelection(L, "leave_one_out"); }
int StratifiedKfold(lua_State* L) { return CallSelection(L, "stratified_kfold"); }
int TimeSeriesSplit(lua_State* L) { return CallSelection(L, "time_series_split"); }
int TrainTestSplit(lua_State* L) { return CallSelection(L, "train_test_split"); }

constexpr Entry kSelectionTable[] = {
    {"train_test_split", TrainTestSplit,
     "ml.train_test_split(x [, y] [, options]) -> x_train, x_test [, y_train, y_test]",
     "options: test: share from 0 to 1 or number of samples, 0.25; stratify: boolean, false; "
     "shuffle: boolean, true; seed: whole number",
     Doc("Parts samples, and labels or values with them, into some to fit and some to test with. "
         "`stratify = true` keeps the share of each label. Sizes are scikit-learn's: the test part "
         "is rounded up."),
     Doc("local x = tensor.arange(8):reshape(8, 1)\n"
         "local y = {0, 0, 0, 0, 1, 1, 1, 1}\n"
         "local options = {stratify = true, seed = 1}\n"
         "local x_train, x_test, y_train, y_test = ml.train_test_split(x, y, options)\n"
         "print(#x_train, #x_test, y_test[1] + y_test[2]) --> 6 2 1")},
    {"kfold", Kfold, "ml.kfold([options]) -> splitter",
     "options: splits: 2 or more, 5; shuffle: boolean, false; seed: whole number",
     Doc("Parts samples into as many folds; each is the test part once. `splitter:split(x [, y])` "
         "iterates: it gives the positions of samples to fit with and of those to test with, int32 "
         "tensors, as `tensor:take` takes them. The folds are scikit-learn's "
         "unless they are shuffled. `splitter:count(x)` tells how many there are."),
     Doc("for train, test in ml.kfold({splits = 2}):split(tensor.zeros {5, 1}) do\n"
         "  print(#train, test[1], test[#test])\n"
         "end --> 2 1 3\n"
         "    --> 3 4 5")},
    {"stratified_kfold", StratifiedKfold, "ml.stratified_kfold([options]) -> splitter",
     "options: as of ml.kfold",
     Doc("The same with equal shares of each label in every fold, by scikit-learn's allocation; "
         "`split` needs y. Raises when every label is rarer than there are folds."),
     Doc("local y = {\"a\", \"a\", \"a\", \"b\", \"b\", \"b\", \"b\"}\n"
         "for train, test in ml.stratified_kfold({splits = 2}):split(tensor.zeros {7, 1}, y) do\n"
         "  print(#train, test[1], test[#test])\n"
         "end --> 3 1 5\n"
         "    --> 4 3 7")},
    {"group_kfold", GroupKfold, "ml.group_kfold([options]) -> splitter",
     "options: splits: 2 or more, 5",
     Doc("Folds that never part a group: `splitter:split(x, y, groups)` with a label for each "
         "sample, such as the person or machine it came from."),
     Doc("local groups = {\"ann\", \"ann\", \"bob\", \"cy\"}\n"
         "for _, test in ml.group_kfold({splits = 2}):split(tensor.zeros {4, 1}, nil, groups) do\n"
         "  print(test[1], test[2])\n"
         "end --> 1 2\n"
         "    --> 3 4")},
    {"leave_one_out", LeaveOneOut, "ml.leave_one_out() -> splitter", "",
     Doc("As many folds as samples."),
     Doc("print(ml.leave_one_out():count(tensor.zeros {7, 1})) --> 7")},
    {"time_series_split", TimeSeriesSplit, "ml.time_series_split([options]) -> splitter",
     "options: splits: 2 or more, 5; gap: samples left out before each test part, 0",
     Doc("Tests with samples that come later than those it was fitted with: each fold fits with "
         "all that went before."),
     Doc("for train, test in ml.time_series_split({splits = 2}):split(tensor.zeros {6, 1}) do\n"
         "  print(#train, test[1], test[2])\n"
         "end --> 2 3 4\n"
         "    --> 4 5 6")},
    {"cross_val_score", CrossValScore,
     "ml.cross_val_score(estimator, x [, y] [, options]) -> tensor",
     "options: cv: number of folds or splitter, 5; scoring: string or function; groups: labels; "
     "verbose: boolean, false; result: float64 {folds}",
     Doc("Fits a clone of the estimator or pipeline without each fold in turn and gives its score "
         "on that fold. A number of folds means stratified ones for classifiers. Without `scoring` "
         "the score is `estimator:score`; it may be one of scikit-learn's names made of our "
         "metrics (\"balanced_accuracy\", \"f1_macro\", \"neg_mean_squared_error\", \"roc_auc\") "
         "or `function(estimator, x, y)`. `verbose` draws a bar on a terminal."),
     Doc("local x = tensor.new {{1}, {2}, {3}, {7}, {8}, {9}}\n"
         "print(ml.cross_val_score(ml.gaussian_nb(), x, {0, 0, 0, 1, 1, 1}, {cv = 3}):mean()) "
         "--> 1.0")},
    {"cross_val_predict", CrossValPredict,
     "ml.cross_val_predict(estimator, x [, y] [, options]) -> tensor | array of strings",
     "options: as of ml.cross_val_score without scoring; method: string, \"predict\"",
     Doc("What each sample is predicted as by an estimator that was fitted without its fold. The "
         "folds must hold each sample once."),
     Doc("local x, y = tensor.new {{1}, {2}, {8}, {9}}, {\"low\", \"low\", \"high\", \"high\"}\n"
         "print(ml.cross_val_predict(ml.gaussian_nb(), x, y, {cv = 2})[3]) --> high")},
    {"grid_search", GridSearch, "ml.grid_search(estimator, grid [, options]) -> search",
     "grid: {OPTION = array of values, ...} or an array of such; options: as of "
     "ml.cross_val_score; refit: boolean, true",
     Doc("`search:fit(x [, y])` cross-validates every combination of the values. Options of a "
         "pipeline's steps are called `STEP__OPTION`. Afterwards `search.best_options`, "
         "`.best_score`, `.best_estimator` (fitted to all samples unless `refit = false`) and "
         "`.results` tell; print(search.results) shows a table, each entry has `options`, "
         "`scores`, `mean`, `std` and `rank`. `search:predict`, `predict_proba`, `transform`, "
         "`decision_function` and `score` are those of the best estimator. Combinations are tried "
         "in scikit-learn's order; of equals the first is best."),
     Doc("local x = tensor.new {{1}, {2}, {3}, {7}, {8}, {9}}\n"
         "local search = ml.grid_search(ml.gaussian_nb(), {smoothing = {1e-9, 0.1}}, {cv = 3})\n"
         "search:fit(x, {0, 0, 0, 1, 1, 1})\n"
         "print(search.best_options.smoothing, search.best_score) --> 1e-09 1.0")},
};

}  // namespace

const std::span<const Entry> kMlSelection = kSelectionTable;

}  // namespace moonlet
