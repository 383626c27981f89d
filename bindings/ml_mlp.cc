// bindings/ml_mlp.cc - constructors of multilayer perceptrons, and their export.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "engine/ml/kinds.h"

namespace moonlet {
namespace {

// Pushes the function that the module gives.
void PushExport(lua_State* L) {
  lua_getglobal(L, "require");
  lua_pushstring(L, "ml.tflite_export");
  lua_call(L, 1, 1);
}

// estimator:tflite(path, x) -> true | nil, message
int TfliteMethod(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  if (e.kind != &ml::kMlp && e.kind != &ml::kMlpRegressor)
    ArgumentError(L, 1, "%s cannot be written as .tflite, mlp and mlp_regressor can", e.kind->name);
  luaL_checkstring(L, 2);
  lua_settop(L, 3);
  CheckSamples(L, 3, e, e.features, false, nullptr);
  const int samples = lua_gettop(L);  // converted, or as they were given
  PushExport(L);
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, samples);
  const int below = lua_gettop(L) - 4;
  lua_call(L, 3, LUA_MULTRET);
  return lua_gettop(L) - below;  // true, or nil and a message
}

constexpr Entry kMlpTable[] = {
    {"mlp", New<ml::kMlp>, "ml.mlp([options]) -> estimator",
     "options: hidden: widths of up to 4 layers, {100}; activation: relu, tanh, logistic or "
     "identity, relu; alpha: 1e-4; batch: whole number or auto (200), auto; rate: 1e-3; "
     "iterations: epochs, 200; tol: 1e-4; patience: epochs, 10; early_stopping: boolean, false; "
     "validation: share, 0.1; beta1: 0.9; beta2: 0.999; epsilon: 1e-8; shuffle: boolean, true; "
     "seed",
     Doc("A multilayer perceptron that tells classes (scikit-learn's MLPClassifier), fitted by "
         "Adam. `alpha` weighs the squares of weights. It ends after `iterations` epochs, or once "
         "`patience` of them in a row improved the loss by less than `tol`; with `early_stopping` "
         "the accuracy on a share of the samples, held back, takes the place of the loss. Scale "
         "the features first. Learns in parts too: `partial_fit` is one epoch. `coefs` has all "
         "layers' matrices one after the other, a row for each input; `loss_curve` the loss of "
         "each epoch; `tflite` exports it."),
     Doc("local x = tensor.new {{0, 0}, {0, 1}, {1, 0}, {1, 1}}\n"
         "local model = ml.mlp{hidden = {8}, activation = \"tanh\", rate = 0.05, seed = 1}\n"
         "model:fit(x, {0, 1, 1, 0})\n"
         "print(model:score(x, {0, 1, 1, 0})) --> 1.0")},
    {"mlp_regressor", New<ml::kMlpRegressor>, "ml.mlp_regressor([options]) -> estimator",
     "options: as mlp",
     Doc("A multilayer perceptron for values (scikit-learn's MLPRegressor): squared errors, "
         "`early_stopping` by R2."),
     Doc("local x = tensor.linspace(-1, 1, 50):reshape{50, 1}\n"
         "local model = ml.mlp_regressor{hidden = {16}, rate = 0.02, seed = 1}\n"
         "print(model:fit(x, x:abs():reshape{50}):score(x, x:abs():reshape{50}) > 0.9) --> true")},
};

constexpr Entry kMlpMethodTable[] = {
    {"tflite", TfliteMethod, "estimator:tflite(path, x) -> true | nil, message",
     "x: {samples, features}, like those it will be given",
     Doc("Writes a multilayer perceptron as an int8 `.tflite`, for `nn.load` and other runtimes. "
         "Its input is {1, features}, its output {1, classes} of probabilities, or {1, 1} of a "
         "regressor. Weights get a scale for each unit; ranges between layers are those that the "
         "samples `x` reach: some hundred of the training set will do. Raises for other kinds."),
     Doc("local x = tensor.new {{0, 0}, {0, 1}, {1, 0}, {1, 1}}\n"
         "local model = ml.mlp{hidden = {8}, rate = 0.05, seed = 1}:fit(x, {0, 0, 0, 1})\n"
         "local path = os.tmpname()\n"
         "print(model:tflite(path, x)) --> true\n"
         "local network = nn.load(path, {float_io = true})\n"
         "print(network:run(tensor.new {{1, 1}}):argmax()) --> 2\n"
         "os.remove(path)")},
};

}  // namespace

const std::span<const Entry> kMlMlp = kMlpTable;
const std::span<const Entry> kMlMlpMethods = kMlpMethodTable;

}  // namespace moonlet
