"""Linear models of scikit-learn as parts of ours."""

import numpy as np

from .fitted import Fitted


def _row(values):
    """Values of one target as a vector; ValueError when there are several."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim > 1 and values.shape[0] != 1:
        raise ValueError("fitted to several targets at once")
    return values.reshape(-1)


def _regressor(kind, model, options, **arrays):
    coef = _row(model.coef_)
    options = {"intercept": bool(model.fit_intercept), **options}
    arrays = {"coef": coef, "intercept": _row([model.intercept_]), **arrays}
    return Fitted(kind=kind, options=options, arrays=arrays, features=len(coef))


def _classifier(kind, model, options, **arrays):
    classes = np.asarray(model.classes_)
    if classes.ndim != 1:
        raise ValueError("fitted to several labels for each sample")
    coef = np.atleast_2d(np.asarray(model.coef_, dtype=np.float64))
    if len(coef) != (1 if len(classes) == 2 else len(classes)):
        raise ValueError(f"{len(coef)} rows of coefficients for {len(classes)} classes")
    intercept = np.zeros(len(coef))
    intercept[:] = model.intercept_
    options = {"intercept": bool(model.fit_intercept), **options}
    arrays = {"coef": coef, "intercept": intercept, **arrays}
    return Fitted(kind=kind, options=options, arrays=arrays, classes=classes,
                  features=coef.shape[1])


def _rounds(model):
    """The most rounds that any of its iterations took."""
    return {"n_iter": np.array([np.max(model.n_iter_)], dtype=np.float64)}


def _one(value):
    return np.array([value], dtype=np.float64)


def linear(model):
    if model.positive:
        raise ValueError("positive=True: no such option here")
    return _regressor("linear", model, {})


def _alpha(model):
    if np.size(model.alpha) != 1:
        raise ValueError("a penalty for each target")
    return float(np.ravel(model.alpha)[0])


def ridge(model):
    if model.positive:
        raise ValueError("positive=True: no such option here")
    return _regressor("ridge", model, {"alpha": _alpha(model)})


def ridge_classifier(model):
    if model.positive:
        raise ValueError("positive=True: no such option here")
    return _classifier("ridge_classifier", model, {"alpha": _alpha(model)})


def _descent(model):
    return {"alpha": model.alpha, "iterations": model.max_iter, "tol": model.tol,
            "positive": bool(model.positive)}


def lasso(model):
    return _regressor("lasso", model, _descent(model), **_rounds(model))


def elastic_net(model):
    options = {**_descent(model), "l1_ratio": model.l1_ratio}
    return _regressor("elastic_net", model, options, **_rounds(model))


def huber(model):
    options = {"epsilon": model.epsilon, "alpha": model.alpha, "iterations": model.max_iter,
               "tol": model.tol}
    return _regressor("huber", model, options, scale=_one(model.scale_), **_rounds(model))


def bayesian_ridge(model):
    names = ("alpha_1", "alpha_2", "lambda_1", "lambda_2", "tol")
    options = {name: getattr(model, name) for name in names}
    options["iterations"] = model.n_iter
    arrays = {"alpha": _one(model.alpha_), "lambda": _one(model.lambda_), "sigma": model.sigma_}
    return _regressor("bayesian_ridge", model, options, **arrays, **_rounds(model))


def logistic(model):
    penalty = "none" if model.penalty in (None, "none") else model.penalty
    if penalty not in ("l2", "none"):
        raise ValueError(f"penalty {penalty!r}: l2 and none are here")
    binary = len(model.classes_) == 2
    multi = model.multi_class
    if multi == "auto":
        multi = "ovr" if binary or model.solver == "liblinear" else "multinomial"
    if binary and multi == "multinomial":
        raise ValueError("multi_class='multinomial' of two classes: 'ovr' is here")
    options = {"C": model.C, "penalty": penalty, "multi_class": multi,
               "iterations": model.max_iter, "tol": model.tol}
    return _classifier("logistic", model, options, **_rounds(model))


_NO_STOP = "none"


def _steps(model):
    """Options that all kinds of stochastic gradient descent have."""
    if model.early_stopping:
        raise ValueError("early_stopping=True: no such option here")
    return {"iterations": model.max_iter, "tol": _NO_STOP if model.tol is None else model.tol,
            "patience": model.n_iter_no_change, "shuffle": bool(model.shuffle),
            "average": int(model.average)}


def _seen(model):
    """How many samples it saw, from 1, and the coefficients behind an average."""
    arrays = {"t": _one(model.t_)}
    if model.average:
        average = model.t_ > int(model.average)
        coef = model._standard_coef if average else model.coef_
        intercept = model._standard_intercept if average else model.intercept_
        arrays["standard_coef"] = np.asarray(coef, dtype=np.float64).reshape(model.coef_.shape)
        arrays["standard_intercept"] = np.asarray(intercept, dtype=np.float64).reshape(-1)
    return arrays


def _penalty(model):
    options = {"penalty": "none" if model.penalty in (None, "none") else model.penalty,
               "alpha": model.alpha, "eta0": model.eta0}
    options["l1_ratio"] = model.l1_ratio
    return options


_CLASSIFIER_LOSSES = ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron")
_REGRESSOR_LOSSES = ("squared_error", "huber", "epsilon_insensitive",
                     "squared_epsilon_insensitive")


def sgd(model):
    loss = "log_loss" if model.loss == "log" else model.loss
    if loss not in _CLASSIFIER_LOSSES:
        raise ValueError(f"loss {loss!r}: one of {', '.join(_CLASSIFIER_LOSSES)} is here")
    options = {**_steps(model), **_penalty(model), "loss": loss,
               "schedule": model.learning_rate, "power_t": model.power_t}
    return _classifier("sgd", model, options, **_seen(model))


def sgd_regressor(model):
    loss = "squared_error" if model.loss == "squared_loss" else model.loss
    if loss not in _REGRESSOR_LOSSES:
        raise ValueError(f"loss {loss!r}: one of {', '.join(_REGRESSOR_LOSSES)} is here")
    options = {**_steps(model), **_penalty(model), "loss": loss, "epsilon": model.epsilon,
               "schedule": model.learning_rate, "power_t": model.power_t}
    return _regressor("sgd_regressor", model, options, **_seen(model))


def perceptron(model):
    return _classifier("perceptron", model, {**_steps(model), **_penalty(model)}, **_seen(model))


def passive_aggressive(model):
    options = {**_steps(model), "C": model.C, "loss": model.loss}
    return _classifier("passive_aggressive", model, options, **_seen(model))


def passive_aggressive_regressor(model):
    options = {**_steps(model), "C": model.C, "loss": model.loss, "epsilon": model.epsilon}
    return _regressor("passive_aggressive_regressor", model, options, **_seen(model))


def _dual(model):
    return {"C": model.C, "loss": model.loss, "iterations": model.max_iter, "tol": model.tol,
            "intercept_scaling": model.intercept_scaling}


def linear_svm(model):
    if model.penalty != "l2":
        raise ValueError(f"penalty {model.penalty!r}: l2 is here")
    if model.multi_class != "ovr":
        raise ValueError(f"multi_class {model.multi_class!r}: ovr is here")
    return _classifier("linear_svm", model, _dual(model), **_rounds(model))


def linear_svr(model):
    options = {**_dual(model), "epsilon": model.epsilon}
    return _regressor("linear_svr", model, options, **_rounds(model))


CONVERTERS = {
    "LinearRegression": linear,
    "Ridge": ridge,
    "RidgeClassifier": ridge_classifier,
    "Lasso": lasso,
    "ElasticNet": elastic_net,
    "HuberRegressor": huber,
    "BayesianRidge": bayesian_ridge,
    "LogisticRegression": logistic,
    "SGDClassifier": sgd,
    "SGDRegressor": sgd_regressor,
    "Perceptron": perceptron,
    "PassiveAggressiveClassifier": passive_aggressive,
    "PassiveAggressiveRegressor": passive_aggressive_regressor,
    "LinearSVC": linear_svm,
    "LinearSVR": linear_svr,
}
