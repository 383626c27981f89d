"""Neighbours, clusters around centers or dense samples, the local outlier factor."""
import numpy as np

from .fitted import Fitted

_METRICS = {"euclidean": "euclidean", "l2": "euclidean", "manhattan": "manhattan",
            "l1": "manhattan", "cityblock": "manhattan", "chebyshev": "chebyshev",
            "infinity": "chebyshev", "minkowski": "minkowski", "cosine": "cosine"}


def _space(metric, p):
    if metric not in _METRICS:
        raise ValueError(f"no metric {metric!r}; there are " + ", ".join(sorted(_METRICS)))
    if _METRICS[metric] != "minkowski":
        return {"metric": _METRICS[metric]}
    if p is None or not 1 <= p <= 1000:
        raise ValueError(f"minkowski's p is {p}, expected 1 to 1000")
    return {"metric": "minkowski", "p": p}


def _space_of(model):
    given = model.effective_metric_params_ or {}
    parameters = {name: value for name, value in given.items() if value is not None}
    if set(parameters) - {"p"}:
        raise ValueError("no metric_params: " + ", ".join(sorted(set(parameters) - {"p"})))
    return _space(model.effective_metric_, parameters.get("p", model.p))


def _dense(samples):
    if hasattr(samples, "toarray"):
        raise ValueError("samples are sparse")
    return np.asarray(samples)


def _store(kind, model, options):
    if not isinstance(model.weights, str):
        raise ValueError("weights are a function")
    if np.ndim(model._y) != 1:
        raise ValueError("y has several columns")
    options = {**options, **_space_of(model), "weights": model.weights}
    return Fitted(kind=kind, options=options,
                  arrays={"fit_X": _dense(model._fit_X), "y": model._y})


def knn(model):
    return _store("knn", model, {"neighbors": model.n_neighbors})


def knn_regressor(model):
    return _store("knn_regressor", model, {"neighbors": model.n_neighbors})


def radius_neighbors(model):
    if model.outlier_label not in (None, "most_frequent"):
        raise ValueError("outlier_label other than 'most_frequent'")
    return _store("radius_neighbors", model, {"radius": model.radius})


def radius_regressor(model):
    return _store("radius_regressor", model, {"radius": model.radius})


def nearest_centroid(model):
    return Fitted(kind="nearest_centroid",
                  options={**_space(model.metric, 2), "shrink": model.shrink_threshold or 0},
                  arrays={"centroids": model.centroids_})


def _kmeans(kind, model, options):
    options = {**options, "clusters": model.n_clusters, "iterations": model.max_iter,
               "tol": model.tol}
    if isinstance(model.init, str):
        options["init"] = model.init
    arrays = {"cluster_centers": model.cluster_centers_, "inertia": [model.inertia_],
              "n_iter": [model.n_iter_]}
    if hasattr(model, "labels_"):
        arrays["labels"] = model.labels_ + 1
    return Fitted(kind=kind, options=options, arrays=arrays)


def kmeans(model):
    return _kmeans("kmeans", model, {})


def minibatch_kmeans(model):
    patience = model.max_no_improvement
    fitted = _kmeans("minibatch_kmeans", model, {
        "batch": model.batch_size, "reassign": model.reassignment_ratio,
        "patience": 1000000 if patience is None else patience})
    fitted.arrays |= {"counts": model._counts, "n_steps": [model.n_steps_]}
    return fitted


def dbscan(model):
    if model.metric_params:
        raise ValueError("no metric_params")
    return Fitted(kind="dbscan",
                  options={**_space(model.metric, model.p), "eps": model.eps,
                           "min_samples": model.min_samples},
                  arrays={"labels": model.labels_ + 1,
                          "core_sample_indices": model.core_sample_indices_ + 1})


def lof(model):
    factor = model.negative_outlier_factor_
    return Fitted(kind="lof",
                  options={**_space_of(model), "neighbors": model.n_neighbors_,
                           "contamination": model.contamination},
                  arrays={"fit_X": _dense(model._fit_X),
                          "kdistance": model._distances_fit_X_[:, model.n_neighbors_ - 1],
                          "lrd": model._lrd, "negative_outlier_factor": factor,
                          "offset": [model.offset_],
                          "labels": np.where(factor < model.offset_, -1, 1)})


CONVERTERS = {
    "KNeighborsClassifier": knn,
    "KNeighborsRegressor": knn_regressor,
    "RadiusNeighborsClassifier": radius_neighbors,
    "RadiusNeighborsRegressor": radius_regressor,
    "NearestCentroid": nearest_centroid,
    "KMeans": kmeans,
    "MiniBatchKMeans": minibatch_kmeans,
    "DBSCAN": dbscan,
    "LocalOutlierFactor": lof,
}
