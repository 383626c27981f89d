#!/usr/bin/python3
"""Fits scikit-learn estimators of every class that tools/sklearn_export.py converts, exports
them, and writes what scikit-learn answers.

    tools/goldens/ml_exports.py FOLDER

FOLDER/NAME.mlt and NAME.npz: x, and the answers predict, predict_proba, decision_function,
transform, score_samples where the class has them. tests/datasets/exports_test.lua compares.
"""
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn.covariance
import sklearn.discriminant_analysis
import sklearn.ensemble
import sklearn.linear_model
import sklearn.mixture
import sklearn.naive_bayes
import sklearn.neighbors
import sklearn.neural_network
import sklearn.preprocessing
import sklearn.svm
import sklearn.tree
from sklearn.datasets import load_diabetes, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.utils import all_estimators

sys.path.append(str(Path(__file__).parents[1]))
from sklearn_export import converters, export  # noqa: E402

OPTIONS = {
    "AdaBoostClassifier": {"algorithm": "SAMME", "n_estimators": 10},
    "BernoulliNB": {"binarize": 3.0},
    "DBSCAN": {"eps": 0.8},
    "ExtraTreesClassifier": {"n_estimators": 10},
    "ExtraTreesRegressor": {"n_estimators": 10, "max_depth": 5},
    "GaussianMixture": {"n_components": 3},
    "GradientBoostingClassifier": {"n_estimators": 10},
    "GradientBoostingRegressor": {"n_estimators": 10},
    "IncrementalPCA": {"n_components": 2},
    "IsolationForest": {"n_estimators": 20},
    "KBinsDiscretizer": {"encode": "ordinal"},
    "KMeans": {"n_clusters": 3},
    "LocalOutlierFactor": {"novelty": True},
    "MiniBatchKMeans": {"n_clusters": 3},
    "NuSVC": {"nu": 0.3},
    "OneHotEncoder": {"handle_unknown": "ignore"},
    "OrdinalEncoder": {"handle_unknown": "use_encoded_value", "unknown_value": -1},
    "RadiusNeighborsClassifier": {"radius": 3.0},
    "RadiusNeighborsRegressor": {"radius": 3.0},
    "RandomForestClassifier": {"n_estimators": 10},
    "RandomForestRegressor": {"n_estimators": 10, "max_depth": 5},
    "SVC": {"probability": False},
}
ANSWERS = ("predict", "predict_proba", "decision_function", "transform", "score_samples")
# Not functions of rows of numbers.
LEFT_OUT = ("FeatureHasher", "LabelEncoder")


def answers(model, x):
    found = {"x": x}
    for name in ANSWERS:
        if not hasattr(model, name):
            continue
        values = getattr(model, name)(x)
        values = values.toarray() if hasattr(values, "toarray") else np.asarray(values)
        if values.dtype.kind not in "US":
            found[name] = values.astype(np.float64 if values.dtype.kind == "f" else np.int32)
    return found


def fitted(name, estimator, iris, diabetes):
    """The estimator fitted on what suits it, and rows to ask about."""
    options = OPTIONS.get(name, {})
    parameters = estimator().get_params()
    if "random_state" in parameters:
        options = {"random_state": 0, **options}
    model = estimator(**options)
    x, y = diabetes if getattr(model, "_estimator_type", "") == "regressor" else iris
    if hasattr(model, "max_iter") and "max_iter" in parameters:
        model.set_params(max_iter=max(parameters["max_iter"] or 1000, 1000))
    return model.fit(x, y), x[::3]


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    iris = load_iris()
    iris = iris.data.astype(np.float32), iris.target
    diabetes = load_diabetes()
    scaled = sklearn.preprocessing.scale(diabetes.data).astype(np.float32)
    diabetes = scaled, (diabetes.target / 100).astype(np.float32)
    estimators = dict(all_estimators())
    for name in sorted(converters()):
        if name in LEFT_OUT:
            continue
        model, rows = fitted(name, estimators[name], iris, diabetes)
        export(model, folder / f"{name}.mlt")
        np.savez(folder / f"{name}.npz", **answers(model, rows))
    pipeline = make_pipeline(sklearn.preprocessing.StandardScaler(),
                             sklearn.linear_model.LogisticRegression()).fit(*iris)
    export(pipeline, folder / "Pipeline.mlt")
    np.savez(folder / "Pipeline.npz", **answers(pipeline, iris[0][::3]))
    (folder / "names.txt").write_text("\n".join(
        sorted(path.stem for path in folder.glob("*.mlt"))) + "\n")


main()
