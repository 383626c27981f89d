// bindings/ml_svm.cc - constructors of support vector machines.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "engine/ml/kinds.h"

namespace moonlet {
namespace {

constexpr Entry kSvmTable[] = {
    {"svc", New<ml::kSvc>, "ml.svc([options]) -> estimator",
     "options: C: 1; kernel: rbf, linear, poly or sigmoid, rbf; gamma: number, scale or auto, "
     "scale; degree: 3; coef0: 0; shape: ovr or ovo, ovr; probability: boolean, false; seed; tol: "
     "1e-3; iterations: at most, -1 for no limit; cache: MiB, 200; class_weight",
     Doc("A support vector machine (scikit-learn's SVC): one for each pair of classes, solved by "
         "sequential minimal optimisation. `gamma` \"scale\" is one over the features times their "
         "variance, \"auto\" one over the features. The larger `C`, the closer it follows its "
         "samples. `shape` says what `decision_function` gives for more than two classes: a column "
         "per class, or \"ovo\" per pair. With `probability` it has `predict_proba`, by five more "
         "fits for each pair (Platt), which need not agree with `predict` everywhere. `cache` "
         "bounds the memory for rows of the kernel."),
     Doc("local x = tensor.new {{0, 0}, {0, 1}, {1, 0}, {4, 4}, {4, 5}, {5, 4}}\n"
         "local model = ml.svc{kernel = \"linear\"}:fit(x, {0, 0, 0, 1, 1, 1})\n"
         "print(model:predict(tensor.new {1, 1}), model:predict(tensor.new {4, 3})) --> 0 1")},
    {"svr", New<ml::kSvr>, "ml.svr([options]) -> estimator",
     "options: as svc without shape, probability, seed and class_weight; epsilon: 0.1",
     Doc("Support vector regression (scikit-learn's SVR): errors up to `epsilon` cost nothing."),
     Doc("local x = tensor.arange(20):reshape{20, 1}\n"
         "local model = ml.svr{kernel = \"linear\", C = 10}:fit(x, tensor.arange(20) * 2)\n"
         "print(math.abs(model:predict(tensor.new {30}) - 60) < 0.5) --> true")},
    {"one_class_svm", New<ml::kOneClassSvm>, "ml.one_class_svm([options]) -> estimator",
     "options: nu: above 0 up to 1, 0.5; kernel, gamma, degree, coef0, tol, iterations "
     "and cache as svc",
     Doc("Finds outliers by a support vector machine without labels (scikit-learn's OneClassSVM): "
         "about the share `nu` of its samples lies outside. `predict` gives 1 inside and -1 "
         "outside; `decision_function` is above 0 inside."),
     Doc("local x = tensor.new {{0, 0}, {0, 1}, {1, 0}, {1, 1}}\n"
         "print(ml.one_class_svm{nu = 0.1}:fit(x):predict(tensor.new {9, 9})) --> -1")},
};

}  // namespace

const std::span<const Entry> kMlSvm = kSvmTable;

}  // namespace moonlet
