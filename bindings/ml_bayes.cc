// bindings/ml_bayes.cc - constructors of classifiers by probability.
#include "bindings/ml_estimator.h"
#include "bindings/ml_parts.h"
#include "engine/ml/kinds.h"

namespace moonlet {
namespace {

constexpr Entry kBayesTable[] = {
    {"bernoulli_nb", New<ml::kBernoulliNb>, "ml.bernoulli_nb([options]) -> estimator",
     "options: alpha: pseudo-count, 1; fit_prior: boolean, true; binarize: number, 0; class_weight",
     Doc("Naive Bayes over features that are there or not (scikit-learn's BernoulliNB): there is "
         "what is above `binarize`. `alpha` is added to all counts. `fit_prior = false` takes all "
         "classes as equally probable. Learns in parts too: `partial_fit`."),
     Doc("local x = tensor.new {{1, 0}, {1, 0}, {0, 1}, {0, 1}}\n"
         "local model = ml.bernoulli_nb():fit(x, {\"a\", \"a\", \"b\", \"b\"})\n"
         "print(model:predict(tensor.new {1, 0}), model:predict_proba(tensor.new {1, 1})[1]) "
         "--> a 0.5")},
    {"gaussian_nb", New<ml::kGaussianNb>, "ml.gaussian_nb([options]) -> estimator",
     "options: smoothing: share of the largest variance, 1e-9; fit_prior: boolean, true; "
     "class_weight",
     Doc("Naive Bayes with one normal distribution per class and feature (scikit-learn's "
         "GaussianNB). `smoothing` times the largest variance of a feature is added to all, so "
         "that a constant feature does no harm. `fit_prior = false` takes all classes as equally "
         "probable. Learns in parts too: `partial_fit`."),
     Doc("local x = tensor.new {{1, 2}, {2, 1}, {8, 9}, {9, 8}}\n"
         "local model = ml.gaussian_nb():fit(x, {\"low\", \"low\", \"high\", \"high\"})\n"
         "print(model:predict(tensor.new {7, 7})) --> high")},
    {"lda", New<ml::kLda>, "ml.lda([options]) -> estimator",
     "options: solver: \"svd\" (default) or \"eigen\"; shrinkage: 0 to 1, 0; components: \"all\" "
     "(default) or integer; tol: number, 1e-4; fit_prior: boolean, true",
     Doc("Linear discriminant analysis (scikit-learn's LinearDiscriminantAnalysis): normal "
         "distributions with one covariance for all classes, so that classes lie apart by planes; "
         "`transform` projects onto the directions in which they lie apart. \"svd\" leaves out "
         "directions in which the samples of a class do not vary, \"eigen\" takes `shrinkage`, the "
         "share of a multiple of the identity in the covariance."),
     Doc("local x = tensor.new {{0, 0}, {2, 1}, {8, 8}, {10, 9}, {9, 9}}\n"
         "local model = ml.lda():fit(x, {1, 1, 2, 2, 2})\n"
         "print(model:predict(tensor.new {7, 9}), #model:transform(tensor.new {7, 9})) --> 2 1")},
    {"multinomial_nb", New<ml::kMultinomialNb>, "ml.multinomial_nb([options]) -> estimator",
     "options: alpha: pseudo-count, 1; fit_prior: boolean, true; class_weight",
     Doc("Naive Bayes over counts, as of words (scikit-learn's MultinomialNB). `alpha` is added to "
         "all counts. Raises for samples below 0. Learns in parts too: `partial_fit`."),
     Doc("local x = tensor.new {{3, 0}, {2, 1}, {0, 3}, {1, 2}}\n"
         "local model = ml.multinomial_nb():fit(x, {\"a\", \"a\", \"b\", \"b\"})\n"
         "print(model:predict(tensor.new {5, 1}), model:predict_proba(tensor.new {1, 1})[1]) "
         "--> a 0.5")},
    {"qda", New<ml::kQda>, "ml.qda([options]) -> estimator",
     "options: reg: 0 to 1, 0; fit_prior: boolean, true; store_covariance: boolean, false",
     Doc("Quadratic discriminant analysis (scikit-learn's QuadraticDiscriminantAnalysis): one "
         "normal distribution per class. `reg` is the share of the identity in each covariance. "
         "Raises when the covariance of a class is singular: with fewer samples than features, or "
         "features that others determine."),
     Doc("local x = tensor.new {{-1}, {1}, {-9}, {9}}\n"
         "local model = ml.qda():fit(x, {\"near\", \"near\", \"far\", \"far\"})\n"
         "print(model:predict(tensor.new {-0.5}), model:predict(tensor.new {5})) --> near far")},
};

}  // namespace

const std::span<const Entry> kMlBayes = kBayesTable;

}  // namespace moonlet
