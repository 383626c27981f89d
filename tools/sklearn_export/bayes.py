"""Classifiers by probability, mixtures and covariances."""
import numpy as np

from .fitted import Fitted


def _fit_prior(priors):
    """Ours knows priors from counts and equal ones; what was fitted stays whatever they are."""
    return priors is None or not np.allclose(priors, np.mean(priors))


def gaussian_nb(model):
    arrays = {"theta": model.theta_, "var": model.var_, "class_count": model.class_count_,
              "class_prior": model.class_prior_, "epsilon": [model.epsilon_]}
    options = {"smoothing": model.var_smoothing, "fit_prior": _fit_prior(model.priors)}
    return Fitted("gaussian_nb", options, arrays)


def _discrete(model):
    if np.ndim(model.alpha) != 0:
        raise ValueError("alpha differs between features")
    options = {"alpha": float(model.alpha), "fit_prior": bool(model.fit_prior)}
    arrays = {"feature_count": model.feature_count_, "class_count": model.class_count_,
              "feature_log_prob": model.feature_log_prob_,
              "class_log_prior": model.class_log_prior_}
    return options, arrays


def multinomial_nb(model):
    return Fitted("multinomial_nb", *_discrete(model))


def bernoulli_nb(model):
    options, arrays = _discrete(model)
    # None says that samples are 0 and 1 already.
    options["binarize"] = 0.0 if model.binarize is None else float(model.binarize)
    absent = np.log1p(-np.exp(model.feature_log_prob_))
    arrays["log_odds"] = model.feature_log_prob_ - absent
    arrays["bias"] = model.class_log_prior_ + absent.sum(axis=1)
    return Fitted("bernoulli_nb", options, arrays)


def lda(model):
    if model.covariance_estimator is not None or isinstance(model.shrinkage, str):
        raise ValueError("shrinkage is a number here, and there is no covariance_estimator")
    options = {"solver": "svd" if model.solver == "svd" else "eigen", "tol": model.tol,
               "shrinkage": float(model.shrinkage or 0),
               "components": "all" if model.n_components is None else model.n_components,
               "fit_prior": _fit_prior(model.priors)}
    arrays = {"coef": model.coef_, "intercept": model.intercept_, "means": model.means_,
              "priors": model.priors_}
    if model.solver != "lsqr":  # which has no transform
        scalings = model.scalings_[:, :model._max_components]
        ratio = np.zeros(scalings.shape[1])
        known = model.explained_variance_ratio_[:len(ratio)]
        ratio[:len(known)] = known
        features = scalings.shape[0]
        arrays.update(scalings=scalings, explained_variance_ratio=ratio,
                      xbar=model.xbar_ if model.solver == "svd" else np.zeros(features))
    return Fitted("lda", options, arrays)


def _upper(root):
    """The upper triangular U of the square `root` with U U^T = root root^T, its diagonal > 0."""
    _, lower = np.linalg.qr(root.T[:, ::-1])
    upper = lower.T[::-1, ::-1]
    return upper * np.where(np.diag(upper) < 0, -1.0, 1.0)


def qda(model):
    features = model.means_.shape[1]
    factors = []
    for rotation, scaling in zip(model.rotations_, model.scalings_):
        if rotation.shape[1] < features or not np.all(scaling > 1e-12 * np.max(scaling)):
            raise ValueError("the covariance of a class is singular")
        factors.append(_upper(rotation / np.sqrt(scaling)))
    arrays = {"means": model.means_, "priors": model.priors_, "precisions_cholesky": factors}
    if model.store_covariance:
        arrays["covariance"] = model.covariance_
    options = {"reg": model.reg_param, "fit_prior": _fit_prior(model.priors),
               "store_covariance": bool(model.store_covariance)}
    return Fitted("qda", options, arrays)


def gmm(model):
    if model.init_params not in ("kmeans", "k-means++"):
        raise ValueError(f"no init_params {model.init_params!r}")
    count, features = model.means_.shape
    shapes = {"full": (count, features, features), "tied": (1, features, features),
              "diag": (count, 1, features), "spherical": (count, 1, 1)}
    shape = shapes[model.covariance_type]
    options = {"components": count, "covariance": model.covariance_type, "tol": model.tol,
               "reg_covar": model.reg_covar, "iterations": max(model.max_iter, 1),
               "runs": model.n_init, "init": model.init_params}
    arrays = {"weights": model.weights_, "means": model.means_,
              "precisions_cholesky": np.reshape(model.precisions_cholesky_, shape),
              "covariances": np.reshape(model.covariances_, shape),
              "lower_bound": [model.lower_bound_], "n_iter": [model.n_iter_]}
    return Fitted("gmm", options, arrays)


def covariance(model):
    shrinkage = getattr(model, "shrinkage_", getattr(model, "shrinkage", 0.0))
    arrays = {"location": model.location_, "covariance": model.covariance_,
              "precision": model.get_precision()}
    return Fitted("covariance", {"shrinkage": float(shrinkage)}, arrays)


def elliptic_envelope(model):
    support = model.support_fraction
    if support is not None and support < 0.5:
        raise ValueError("support_fraction below 0.5")
    options = {"contamination": model.contamination,
               "support": "auto" if support is None else float(support)}
    arrays = {**covariance(model).arrays, "offset": [model.offset_]}
    return Fitted("elliptic_envelope", options, arrays)


CONVERTERS = {
    "BernoulliNB": bernoulli_nb,
    "EllipticEnvelope": elliptic_envelope,
    "EmpiricalCovariance": covariance,
    "GaussianMixture": gmm,
    "GaussianNB": gaussian_nb,
    "LedoitWolf": covariance,
    "LinearDiscriminantAnalysis": lda,
    "MultinomialNB": multinomial_nb,
    "OAS": covariance,
    "QuadraticDiscriminantAnalysis": qda,
    "ShrunkCovariance": covariance,
}
