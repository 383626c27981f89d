// bindings/ml_linear.cc - constructors of linear models, and a method of one of them.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "engine/ml/bayesian_ridge.h"
#include "engine/ml/kinds.h"

namespace moonlet {
namespace {

// estimator:predict_std(x [, out])
int PredictStd(lua_State* L) {
  const ml::Estimator& e = CheckFitted(L, 1);
  if (e.kind != &ml::kBayesianRidge) ArgumentError(L, 1, "%s has no predict_std", e.kind->name);
  lua_settop(L, 3);
  return PushComputed(L, ml::kBayesianRidgeStd, 2, 3, e.features, true);
}

constexpr Entry kLinearMethodTable[] = {
    {"predict_std", PredictStd, "estimator:predict_std(x [, out]) -> tensor | number",
     "x: {samples, features} or {features}; result: float32 {samples}",
     Doc("How unsure Bayesian ridge regression is: the standard deviation of what `predict` gives "
         "(scikit-learn's `return_std`)."),
     Doc("local model = ml.bayesian_ridge():fit(tensor.new {{0}, {1}, {2}, {3}}, {1, 3, 5, 7})\n"
         "print(model:predict_std(tensor.new {1}) < 0.01) --> true")},
};

constexpr Entry kLinearTable[] = {
    {"linear", New<ml::kLinear>, "ml.linear([options]) -> estimator",
     "options: intercept: boolean, true",
     Doc("Least squares (scikit-learn's LinearRegression). Where features depend on each other, "
         "the shortest of all answers."),
     Doc("local model = ml.linear():fit(tensor.new {{0}, {1}, {2}}, {1, 3, 5})\n"
         "print((\"%.3f\"):format(model:predict(tensor.new {10}))) --> 21.000")},
    {"ridge", New<ml::kRidge>, "ml.ridge([options]) -> estimator",
     "options: alpha: penalty, 1; intercept: boolean, true",
     Doc("Least squares with a penalty on squared coefficients (scikit-learn's Ridge)."),
     Doc("local model = ml.ridge{alpha = 2}:fit(tensor.new {{0}, {1}, {2}}, {1, 3, 5})\n"
         "print((\"%.3f\"):format(model.coef[1])) --> 1.000")},
    {"ridge_classifier", New<ml::kRidgeClassifier>, "ml.ridge_classifier([options]) -> estimator",
     "options: alpha: penalty, 1; intercept: boolean, true; class_weight",
     Doc("Ridge regression to 1 for a class and -1 for others (scikit-learn's RidgeClassifier)."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.ridge_classifier():fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {7, 7})) --> high")},
    {"lasso", New<ml::kLasso>, "ml.lasso([options]) -> estimator",
     "options: alpha: penalty, 1; iterations, 1000; tol, 1e-4; positive: boolean, false; "
     "intercept: boolean, true",
     Doc("Least squares with a penalty on the sizes of coefficients, which sets those that matter "
         "little to 0 (scikit-learn's Lasso). `tol` bounds the duality gap, relative to the "
         "squared targets; `positive` keeps coefficients from below 0; `n_iter` tells how many "
         "rounds it took."),
     Doc("local x = tensor.new {{0, 1}, {1, 0}, {2, 1}, {3, 0}}\n"
         "local model = ml.lasso{alpha = 0.5}:fit(x, {0, 2, 4, 6})\n"
         "print(model.coef[2]) --> 0.0")},
    {"elastic_net", New<ml::kElasticNet>, "ml.elastic_net([options]) -> estimator",
     "options: alpha: penalty, 1; l1_ratio: share of it on sizes, 0.5; iterations, 1000; tol, "
     "1e-4; positive: boolean, false; intercept: boolean, true",
     Doc("Between `lasso` and `ridge`: `l1_ratio` of the penalty is on sizes of coefficients, the "
         "rest on half their squares (scikit-learn's ElasticNet)."),
     Doc("local x = tensor.new {{0, 1}, {1, 0}, {2, 1}, {3, 0}}\n"
         "print(ml.elastic_net{alpha = 0.5}:fit(x, {0, 2, 4, 6}):predict(x):argmax()) --> 4")},
    {"huber", New<ml::kHuber>, "ml.huber([options]) -> estimator",
     "options: epsilon: deviations, at least 1, 1.35; alpha: penalty, 1e-4; iterations, 100; tol: "
     "of the gradient, 1e-5; intercept: boolean, true",
     Doc("Regression that outliers do not bend: errors of more than `epsilon` deviations count "
         "linearly, not squared (scikit-learn's HuberRegressor). `scale` is the deviation it "
         "found."),
     Doc("local x = tensor.new {{0}, {1}, {2}, {3}, {4}, {5}}\n"
         "local model = ml.huber():fit(x, {0, 1, 2, 3, 4, 500})\n"
         "print((\"%.2f\"):format(model.coef[1])) --> 1.00")},
    {"bayesian_ridge", New<ml::kBayesianRidge>, "ml.bayesian_ridge([options]) -> estimator",
     "options: iterations, 300; tol: sum of changes of coefficients, 1e-3; alpha_1, alpha_2, "
     "lambda_1, lambda_2: priors, 1e-6; intercept: boolean, true",
     Doc("Ridge regression that finds its penalty itself (scikit-learn's BayesianRidge): `alpha` "
         "is the precision of the noise, `lambda` that of coefficients, `sigma` their covariance, "
         "and `predict_std` tells how unsure a prediction is."),
     Doc("local model = ml.bayesian_ridge():fit(tensor.new {{0}, {1}, {2}, {3}}, {1, 3, 5, 7})\n"
         "print((\"%.2f\"):format(model:predict(tensor.new {10}))) --> 21.00")},
    {"logistic", New<ml::kLogistic>, "ml.logistic([options]) -> estimator",
     "options: C: inverse of the penalty, 1; penalty: \"l2\" or \"none\"; multi_class: "
     "\"multinomial\" or \"ovr\"; iterations, 100; tol: of the gradient, 1e-4; intercept: boolean, "
     "true; class_weight",
     Doc("Logistic regression with a penalty on squared coefficients (scikit-learn's "
         "LogisticRegression). More than two classes share one softmax, or with \"ovr\" each "
         "stands against the rest."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.logistic():fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {7, 7}), model:predict_proba(tensor.new {5, 5})[1]) --> "
         "high 0.5")},
    {"linear_svm", New<ml::kLinearSvm>, "ml.linear_svm([options]) -> estimator",
     "options: C: inverse of the penalty, 1; loss: \"squared_hinge\" or \"hinge\"; iterations, "
     "1000; tol, 1e-4; intercept: boolean, true; intercept_scaling, 1; seed; class_weight",
     Doc("A linear support vector machine for each class against the rest (scikit-learn's "
         "LinearSVC). Bring features to similar scales first, or it takes many rounds."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.linear_svm():fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {7, 7})) --> high")},
    {"linear_svr", New<ml::kLinearSvr>, "ml.linear_svr([options]) -> estimator",
     "options: C: inverse of the penalty, 1; loss: \"epsilon_insensitive\" or "
     "\"squared_epsilon_insensitive\"; epsilon: error that costs nothing, 0; iterations, 1000; "
     "tol, 1e-4; intercept: boolean, true; intercept_scaling, 1; seed",
     Doc("Linear support vector regression (scikit-learn's LinearSVR)."),
     Doc("local model = ml.linear_svr{C = 10}:fit(tensor.new {{0}, {1}, {2}}, {1, 3, 5})\n"
         "print((\"%.1f\"):format(model:predict(tensor.new {4}))) --> 9.0")},
    {"sgd", New<ml::kSgd>, "ml.sgd([options]) -> estimator",
     "options: loss: \"hinge\", \"log_loss\", \"modified_huber\", \"squared_hinge\" or "
     "\"perceptron\"; penalty: \"l2\", \"l1\", \"elasticnet\" or \"none\"; alpha: its factor, "
     "1e-4; l1_ratio, 0.15; schedule: \"optimal\", \"constant\", \"invscaling\" or \"adaptive\"; "
     "eta0, 0; power_t, 0.5; iterations, 1000; tol: loss per sample, 1e-3 or \"none\"; patience: "
     "rounds, 5; shuffle: boolean, true; average: samples before averaging, 0 for none; intercept: "
     "boolean, true; seed; class_weight",
     Doc("Linear classifiers by stochastic gradient descent, one for each class against the rest "
         "(scikit-learn's SGDClassifier). Learns in parts too: `partial_fit`. `predict_proba` with "
         "the losses \"log_loss\" and \"modified_huber\". Bring features to similar scales first."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.sgd{seed = 1}:fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {9, 9})) --> high")},
    {"sgd_regressor", New<ml::kSgdRegressor>, "ml.sgd_regressor([options]) -> estimator",
     "options: loss: \"squared_error\", \"huber\", \"epsilon_insensitive\" or "
     "\"squared_epsilon_insensitive\"; epsilon: of the last three, 0.1; schedule, \"invscaling\"; "
     "eta0, 0.01; power_t, 0.25; penalty, alpha, l1_ratio, iterations, tol, patience, shuffle, "
     "average, intercept, seed as ml.sgd",
     Doc("Linear regression by stochastic gradient descent (scikit-learn's SGDRegressor)."),
     Doc("local model = ml.sgd_regressor{seed = 1, penalty = \"none\", tol = 1e-9}\n"
         "model:fit(tensor.new {{-1}, {0}, {1}}, {1, 3, 5})\n"
         "print(model:predict(tensor.new {2}) > 6.5) --> true")},
    {"perceptron", New<ml::kPerceptron>, "ml.perceptron([options]) -> estimator",
     "options: eta0, 1; penalty, \"none\"; alpha, l1_ratio, iterations, tol, patience, shuffle, "
     "average, intercept, seed, class_weight as ml.sgd",
     Doc("Rosenblatt's perceptron: only samples on the wrong side move the coefficients "
         "(scikit-learn's Perceptron)."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.perceptron{seed = 1}:fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {9, 9})) --> high")},
    {"passive_aggressive", New<ml::kPassiveAggressive>,
     "ml.passive_aggressive([options]) -> estimator",
     "options: C: longest step, 1; loss: \"hinge\" or \"squared_hinge\"; iterations, tol, "
     "patience, shuffle, average, intercept, seed, class_weight as ml.sgd",
     Doc("Each sample that is not well on its side moves the coefficients as far as it takes to be "
         "there, but no further than `C` allows (scikit-learn's PassiveAggressiveClassifier)."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.passive_aggressive{seed = 1}\n"
         "model:fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {9, 9})) --> high")},
    {"passive_aggressive_regressor", New<ml::kPassiveAggressiveRegressor>,
     "ml.passive_aggressive_regressor([options]) -> estimator",
     "options: C: longest step, 1; loss: \"epsilon_insensitive\" or "
     "\"squared_epsilon_insensitive\"; epsilon: error that moves nothing, 0.1; iterations, tol, "
     "patience, shuffle, average, intercept, seed as ml.sgd",
     Doc("The same for values (scikit-learn's PassiveAggressiveRegressor)."),
     Doc("local model = ml.passive_aggressive_regressor{seed = 1}\n"
         "model:fit(tensor.new {{-1}, {0}, {1}}, {1, 3, 5})\n"
         "print(math.abs(model:predict(tensor.new {2}) - 7) < 0.5) --> true")},
};

}  // namespace

const std::span<const Entry> kMlLinear = kLinearTable;
const std::span<const Entry> kMlLinearMethods = kLinearMethodTable;

}  // namespace moonlet
