"""Decision trees, forests, boosting and isolation forests."""
import numpy as np

from .fitted import Fitted
from .pack_trees import pack_trees


def _whole(value):
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _growth(model):
    """How it was grown, as far as ours has it: predictions do not depend on it."""
    options = {"depth": "none" if model.max_depth is None else model.max_depth,
               "max_leaves": "none" if model.max_leaf_nodes is None else model.max_leaf_nodes,
               "min_decrease": float(model.min_impurity_decrease),
               "ccp_alpha": float(model.ccp_alpha)}
    if model.criterion in ("gini", "entropy", "squared_error", "friedman_mse"):
        options["criterion"] = model.criterion
    for ours, theirs in (("min_split", model.min_samples_split),
                         ("min_leaf", model.min_samples_leaf)):
        if _whole(theirs):
            options[ours] = theirs
    features = model.max_features
    if features is None or (features == 1 and not _whole(features)):
        options["max_features"] = "all"
    elif features in ("sqrt", "log2") or not isinstance(features, str):
        options["max_features"] = features
    if _whole(model.random_state):
        options["seed"] = model.random_state
    return options


def _single_output(model):
    if model.n_outputs_ != 1:
        raise ValueError("more than one output")


def _shares(tree):
    counts = tree.value[:, 0, :]
    return counts / counts.sum(axis=1, keepdims=True)


def _values(tree):
    return tree.value[:, 0, :]


def _mean_of(kind, options, model, estimators, value):
    _single_output(model)
    if options.get("criterion") == "friedman_mse":
        options["criterion"] = "squared_error"
    trees = [e.tree_ for e in estimators]
    arrays = pack_trees(trees, [value(t) for t in trees])
    arrays["feature_importances"] = model.feature_importances_
    return Fitted(kind, options, arrays)


def _tree(kind, value):
    def convert(model):
        options = _growth(model)
        options["splitter"] = model.splitter
        return _mean_of(kind, options, model, [model], value)
    return convert


def _forest(kind, value):
    def convert(model):
        options = _growth(model)
        options.update(trees=len(model.estimators_), bootstrap=bool(model.bootstrap),
                       oob_score=bool(model.oob_score))
        if model.max_samples is not None and model.max_samples != 1.0:
            options["max_samples"] = model.max_samples
        fitted = _mean_of(kind, options, model, model.estimators_, value)
        if model.oob_score:
            fitted.arrays["oob_score"] = [model.oob_score_]
        return fitted
    return convert


def _votes(model, tree, estimator, weight):
    """A leaf's vote: in its class's column, or plus or minus in one column for two classes."""
    chosen = np.searchsorted(model.classes_, estimator.classes_)[np.argmax(_values(tree), axis=1)]
    if model.n_classes_ == 2:
        return np.where(chosen == 1, weight, -weight)[:, None]
    return np.eye(model.n_classes_)[chosen] * weight


def adaboost(model):
    if model.algorithm != "SAMME":
        raise ValueError("algorithm 'SAMME' is expected: refit with AdaBoostClassifier("
                         "algorithm=\"SAMME\")")
    if not all(hasattr(e, "tree_") for e in model.estimators_):
        raise ValueError("estimators other than decision trees")
    options = _growth(model.estimators_[0])
    options.update(trees=model.n_estimators, rate=float(model.learning_rate))
    weights = model.estimator_weights_[:len(model.estimators_)]
    trees = [e.tree_ for e in model.estimators_]
    votes = [_votes(model, e.tree_, e, w) for e, w in zip(model.estimators_, weights)]
    arrays = pack_trees(trees, votes)
    arrays.update(estimator_weights=weights, feature_importances=model.feature_importances_)
    return Fitted("adaboost", options, arrays)


def _gradient_boosting(kind):
    def convert(model):
        if model.loss == "exponential":
            raise ValueError("loss 'exponential' is not there")
        if model.init is not None and model.init != "zero":
            raise ValueError("an init that depends on samples")
        options = _growth(model)
        options.update(trees=len(model.estimators_), rate=float(model.learning_rate),
                       subsample=float(model.subsample))
        options["criterion"] = options.get("criterion", "friedman_mse")
        trees = [e.tree_ for e in model.estimators_.ravel()]
        arrays = pack_trees(trees, [model.learning_rate * _values(t) for t in trees])
        any_sample = np.zeros((1, model.n_features_in_), dtype=np.float32)
        arrays.update(init=model._raw_predict_init(any_sample).ravel(),
                      feature_importances=model.feature_importances_)
        return Fitted(kind, options, arrays)
    return convert


def _mean_path(n):
    """The mean path length of an unsuccessful search among n samples."""
    n = np.asarray(n, dtype=np.float64)
    many = np.maximum(n, 3)
    path = 2 * (np.log(many - 1) + np.euler_gamma) - 2 * (many - 1) / many
    return np.where(n <= 1, 0, np.where(n == 2, 1, path))


def _paths(tree):
    depth = np.zeros(tree.node_count)
    for node in range(tree.node_count):  # parents stand before their children
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depth[child] = depth[node] + 1
    return (depth + _mean_path(tree.n_node_samples))[:, None]


def isolation_forest(model):
    options = {"trees": len(model.estimators_), "contamination": model.contamination,
               "max_samples": model.max_samples}
    if _whole(model.random_state):
        options["seed"] = model.random_state
    if options["max_samples"] == 1.0 and not _whole(model.max_samples):
        options["max_samples"] = model.max_samples_  # all there were
    trees = [e.tree_ for e in model.estimators_]
    arrays = pack_trees(trees, [_paths(t) for t in trees], model.estimators_features_)
    arrays.update(offset=[model.offset_], max_samples=[model.max_samples_])
    return Fitted("isolation_forest", options, arrays)


CONVERTERS = {
    "AdaBoostClassifier": adaboost,
    "DecisionTreeClassifier": _tree("tree", _shares),
    "DecisionTreeRegressor": _tree("tree_regressor", _values),
    "ExtraTreeClassifier": _tree("tree", _shares),
    "ExtraTreeRegressor": _tree("tree_regressor", _values),
    "ExtraTreesClassifier": _forest("extra_trees", _shares),
    "ExtraTreesRegressor": _forest("extra_trees_regressor", _values),
    "GradientBoostingClassifier": _gradient_boosting("gradient_boosting"),
    "GradientBoostingRegressor": _gradient_boosting("gradient_boosting_regressor"),
    "IsolationForest": isolation_forest,
    "RandomForestClassifier": _forest("forest", _shares),
    "RandomForestRegressor": _forest("forest_regressor", _values),
}
