"""Support vector machines and multilayer perceptrons of scikit-learn for module ml."""

import numpy as np

from .fitted import Fitted

MOST_LAYERS = 4


def kernel_options(model):
    """The options that all support vector machines share."""
    if model.kernel not in ("linear", "poly", "rbf", "sigmoid"):
        raise ValueError(f"kernel {model.kernel!r} is none of linear, poly, rbf, sigmoid")
    gamma = model.gamma
    if not isinstance(gamma, str):
        gamma = float(gamma)
    return {
        "kernel": model.kernel,
        "degree": int(model.degree),
        "gamma": gamma,
        "coef0": float(model.coef0),
        "tol": float(model.tol),
        "iterations": int(model.max_iter),
        "cache": float(model.cache_size),
    }


def machine_arrays(model):
    """What all support vector machines have found."""
    if model._sparse:
        raise ValueError("it was fitted on a sparse matrix: fit it on a dense one")
    return {
        "support_vectors": model.support_vectors_,
        "dual_coef": model.dual_coef_,
        "intercept": np.atleast_1d(model.intercept_),
        "gamma": np.array([model._gamma]),
        "n_iter": np.atleast_1d(model.n_iter_),
    }


def svc(model):
    """SVC, and NuSVC, which predicts alike."""
    if model.break_ties:
        raise ValueError("break_ties=True: here the first of the classes with most votes is taken")
    options = kernel_options(model)
    if model.C > 0:  # NuSVC has none
        options["C"] = float(model.C)
    options["shape"] = model.decision_function_shape
    options["probability"] = bool(model.probability)
    arrays = machine_arrays(model)
    arrays["n_support"] = model.n_support_
    if model.probability:
        arrays["probA"] = model.probA_
        arrays["probB"] = model.probB_
    return Fitted(kind="svc", options=options, arrays=arrays, classes=model.classes_)


def svr(model):
    options = kernel_options(model)
    options["C"] = float(model.C)
    options["epsilon"] = float(model.epsilon)
    return Fitted(kind="svr", options=options, arrays=machine_arrays(model))


def one_class_svm(model):
    options = kernel_options(model)
    options["nu"] = float(model.nu)
    return Fitted(kind="one_class_svm", options=options, arrays=machine_arrays(model))


def network(model, kind, classes):
    hidden = np.atleast_1d(model.hidden_layer_sizes).astype(int).tolist()
    if len(hidden) > MOST_LAYERS:
        raise ValueError(f"{len(hidden)} hidden layers, at most {MOST_LAYERS} are supported")
    outputs = 1 if classes is None or len(classes) == 2 else len(classes)
    if model.n_outputs_ != outputs or (classes is not None and np.ndim(classes[0]) > 0):
        raise ValueError("more than one output is not supported")
    options = {
        "hidden": hidden,
        "activation": model.activation,
        "alpha": float(model.alpha),
        "iterations": int(model.max_iter),
        "tol": float(model.tol),
        "patience": int(model.n_iter_no_change),
        "early_stopping": bool(model.early_stopping),
        "validation": float(model.validation_fraction),
        "shuffle": bool(model.shuffle),
    }
    if model.batch_size != "auto":
        options["batch"] = int(model.batch_size)
    if model.solver == "adam":
        options["rate"] = float(model.learning_rate_init)
        options["beta1"] = float(model.beta_1)
        options["beta2"] = float(model.beta_2)
        options["epsilon"] = float(model.epsilon)
    arrays = {
        "coefs": np.concatenate([matrix.ravel() for matrix in model.coefs_]),
        "intercepts": np.concatenate(model.intercepts_),
    }
    if hasattr(model, "loss_curve_"):
        arrays["loss_curve"] = np.array(model.loss_curve_)
    return Fitted(kind=kind, options=options, arrays=arrays, classes=classes)


def mlp(model):
    if model._label_binarizer.y_type_.startswith("multilabel"):
        raise ValueError("samples with several labels are not supported")
    return network(model, "mlp", model.classes_)


def mlp_regressor(model):
    return network(model, "mlp_regressor", None)


CONVERTERS = {
    "MLPClassifier": mlp,
    "MLPRegressor": mlp_regressor,
    "NuSVC": svc,
    "OneClassSVM": one_class_svm,
    "SVC": svc,
    "SVR": svr,
}
