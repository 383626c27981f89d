#!/usr/bin/python3
"""Writes the data sets that come with scikit-learn, and the scores it reaches on them.

    tools/goldens/ml_datasets.py FOLDER                                 (the tests' set-up)
    tools/goldens/ml_datasets.py FOLDER tests/datasets/scores.json      (once; takes minutes)

FOLDER/NAME.npz: x, y and the rows of each test fold (fold1, fold2, ...), counted from 1.
scores.json: for each estimator the mean score over the folds, with the kind and the options
by which module `ml` is to reach it. tests/datasets/fits_test.lua compares.
"""
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.base import clone
from sklearn.discriminant_analysis import (LinearDiscriminantAnalysis,
                                           QuadraticDiscriminantAnalysis)
from sklearn.ensemble import (AdaBoostClassifier, ExtraTreesClassifier, ExtraTreesRegressor,
                              GradientBoostingClassifier, GradientBoostingRegressor,
                              RandomForestClassifier, RandomForestRegressor)
from sklearn.linear_model import (BayesianRidge, ElasticNet, HuberRegressor, Lasso,
                                  LinearRegression, LogisticRegression,
                                  PassiveAggressiveClassifier, Perceptron, Ridge, SGDClassifier,
                                  SGDRegressor)
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

FOLDS = 5
SEEDS = 5  # what is random is averaged over as many, so that luck does not decide

CLASSIFIERS = [  # kind, options, estimator, whether features are scaled first
    ("tree", {"depth": 5}, DecisionTreeClassifier(max_depth=5), False),
    ("forest", {"trees": 50}, RandomForestClassifier(n_estimators=50), False),
    ("extra_trees", {"trees": 50}, ExtraTreesClassifier(n_estimators=50), False),
    ("adaboost", {"trees": 30, "depth": 2}, AdaBoostClassifier(
        DecisionTreeClassifier(max_depth=2), n_estimators=30, algorithm="SAMME"), False),
    ("gradient_boosting", {"trees": 30}, GradientBoostingClassifier(n_estimators=30), False),
    ("logistic", {}, LogisticRegression(max_iter=5000), True),
    ("sgd", {}, SGDClassifier(), True),
    ("perceptron", {}, Perceptron(), True),
    ("passive_aggressive", {}, PassiveAggressiveClassifier(), True),
    ("linear_svm", {}, LinearSVC(max_iter=20000), True),
    ("svc", {}, SVC(), True),
    ("svc", {"kernel": "poly"}, SVC(kernel="poly"), True),
    ("mlp", {"hidden": [20], "iterations": 300}, MLPClassifier((20,), max_iter=300), True),
    ("knn", {}, KNeighborsClassifier(), True),
    ("nearest_centroid", {}, NearestCentroid(), True),
    ("gaussian_nb", {}, GaussianNB(), False),
    ("multinomial_nb", {}, MultinomialNB(), False),
    ("bernoulli_nb", {}, BernoulliNB(), True),
    ("lda", {}, LinearDiscriminantAnalysis(), False),
    ("qda", {"reg": 0.1}, QuadraticDiscriminantAnalysis(reg_param=0.1), True),
]
REGRESSORS = [
    ("tree_regressor", {"depth": 4}, DecisionTreeRegressor(max_depth=4), False),
    ("forest_regressor", {"trees": 50}, RandomForestRegressor(n_estimators=50), False),
    ("extra_trees_regressor", {"trees": 50}, ExtraTreesRegressor(n_estimators=50), False),
    ("gradient_boosting_regressor", {"trees": 50}, GradientBoostingRegressor(n_estimators=50),
     False),
    ("linear", {}, LinearRegression(), False),
    ("ridge", {}, Ridge(), True),
    ("lasso", {}, Lasso(), True),
    ("elastic_net", {"alpha": 0.1}, ElasticNet(alpha=0.1), True),
    ("huber", {}, HuberRegressor(max_iter=1000), True),
    ("bayesian_ridge", {}, BayesianRidge(), False),
    ("sgd_regressor", {}, SGDRegressor(), True),
    ("knn_regressor", {"neighbors": 10}, KNeighborsRegressor(10), True),
    ("svr", {"C": 50.0}, SVR(C=50.0), True),
    ("mlp_regressor", {"hidden": [20], "iterations": 500},
     MLPRegressor((20,), max_iter=500), True),
]


def folds(x, y, regress):
    splitter = KFold if regress else StratifiedKFold
    return [test for _, test in splitter(FOLDS, shuffle=True, random_state=1).split(x, y)]


def score(estimator, scaled, x, y, tests):
    """The mean over folds, and over seeds where the estimator has one."""
    scores = []
    for seed in range(SEEDS) if "random_state" in estimator.get_params() else [None]:
        fresh = clone(estimator)
        if seed is not None:
            fresh.set_params(random_state=seed)
        whole = make_pipeline(StandardScaler(), fresh) if scaled else fresh
        for test in tests:
            train = np.setdiff1d(np.arange(len(x)), test)
            scores.append(whole.fit(x[train], y[train]).score(x[test], y[test]))
    return round(float(np.mean(scores)), 5)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    warnings.filterwarnings("ignore")
    cases = []
    for name in ("iris", "wine", "breast_cancer", "digits", "diabetes"):
        data = getattr(datasets, f"load_{name}")()
        x, y = data.data.astype(np.float32), data.target
        regress = name == "diabetes"
        tests = folds(x, y, regress)
        np.savez(folder / f"{name}.npz", x=x, y=y.astype(np.float32 if regress else np.int32),
                 **{f"fold{i + 1}": (t + 1).astype(np.int32) for i, t in enumerate(tests)})
        if len(sys.argv) > 2:
            cases += [{"data": name, "kind": kind, "options": options, "scaled": scaled,
                       "score": score(estimator, scaled, x, y, tests)}
                      for kind, options, estimator, scaled in
                      (REGRESSORS if regress else CLASSIFIERS)]
    if cases:
        Path(sys.argv[2]).write_text(json.dumps(
            {"generator": f"scikit-learn {sklearn.__version__}", "cases": cases}, indent=0) + "\n")


main()
