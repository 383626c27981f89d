#!/usr/bin/python3
"""scikit-learn's figures beside those of bench/ml_bench.cc: the same samples, sizes and names.

One row is the time of `predict` on a single row, batch that per row of 1,000.
"""
import sys
import time

try:
    import numpy as np
    import sklearn
    from sklearn.ensemble import IsolationForest, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.mixture import GaussianMixture
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.svm import SVC
except ImportError:
    print("scikit-learn is not installed (python3-sklearn): no rows of it")
    sys.exit(0)

BATCH = 1000


class Draws:
    """The generator of bench/ml_forest.h."""

    def __init__(self):
        self.state = 1

    def __call__(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (self.state >> 8) / 2**24


def samples(count, width, classes):
    draw = Draws()
    centers = [2 * draw() - 1 for _ in range(2 * classes * width)]
    x, y = np.empty((count, width), dtype=np.float32), np.empty(count, dtype=np.int32)
    for i in range(count):
        cloud = int(2 * classes * draw())
        y[i] = cloud % classes
        for j in range(width):
            noise = draw() + draw() + draw() + draw() - 2
            x[i, j] = np.floor(8000 * (centers[cloud * width + j] + noise) + 0.5)
    return x, y


def seconds(run, least=0.3):
    """The best of many runs."""
    run()
    best, spent = float("inf"), 0
    while spent < least:
        start = time.process_time()
        run()
        took = time.process_time() - start
        best, spent = min(best, took), spent + took
    return best


def show(name, value, unit):
    print(f"{name:<40} {value:>12.3f} {unit}", flush=True)


def predict(name, model, trained, width, classes, scale=1):
    x, y = samples(trained + 2 * BATCH, width, classes)
    x = (x / scale).astype(np.float32)
    model.fit(x[:trained], y[:trained])
    show(f"{name}/one", seconds(lambda: model.predict(x[trained:trained + 1])) * 1e6, "us/row")
    batch = x[trained:trained + BATCH]
    show(f"{name}/batch", seconds(lambda: model.predict(batch)) * 1e6 / BATCH, "us/row")


def forest():
    return RandomForestClassifier(100, max_depth=10, random_state=1, n_jobs=1)


print(f"scikit-learn {sklearn.__version__}, one job, time of the processor")
predict("forest_100x10", forest(), 1000, 20, 4)
predict("forest_10x8", RandomForestClassifier(10, max_depth=8, random_state=1, n_jobs=1), 1000, 10, 4)
predict("gaussian_nb_20", GaussianNB(), 1000, 20, 4, 8000)
predict("knn_200x10", KNeighborsClassifier(5), 200, 10, 4, 8000)
predict("logistic_20", LogisticRegression(), 1000, 20, 4, 8000)
predict("svc_rbf_10", SVC(), 300, 10, 2, 8000)
predict("gmm_4_full_10", GaussianMixture(4, random_state=1), 1000, 10, 4, 8000)
predict("isolation_forest_100", IsolationForest(random_state=1), 1000, 10, 4, 8000)
predict("mlp_20_32_4", MLPClassifier(32, max_iter=200, random_state=1), 1000, 20, 4, 8000)
for count in (1000, 10000):
    x, y = samples(count, 20, 4)
    start = time.process_time()
    forest().fit(x, y)
    show(f"fit_forest_100x10_20/{count}", (time.process_time() - start) * 1e3, "ms")
