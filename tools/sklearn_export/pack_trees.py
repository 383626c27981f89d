"""Decision trees of scikit-learn as engine/ml/trees.h keeps them."""
import numpy as np

# Columns of the four layouts of a node: the threshold is float32, the steps int16 or int32.
NEAR, FAR = 5, 7


def thresholds_down(thresholds):
    """To float32, so that x <= threshold holds for the same float32 x as before."""
    rounded = thresholds.astype(np.float32)
    above = rounded.astype(np.float64) > thresholds
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded + np.float32(0)  # no -0


def order_of(tree):
    """Nodes that split, parents before children, left before right."""
    order, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        if tree.children_left[node] < 0:
            continue
        order.append(node)
        waiting += [tree.children_right[node], tree.children_left[node]]
    return np.array(order, dtype=np.int64)


def pack_trees(trees, values, features=None):
    """The arrays `nodes`, `roots` and `leaves` of an ensemble.

    trees: objects like DecisionTreeClassifier.tree_; values: for each an array {nodes, outputs},
    of which the rows of leaves count; features: for each the features of the samples that its own
    count, where it does not see all of them (an isolation forest's estimators_features_).
    """
    rows = np.concatenate([v[t.children_left < 0] for t, v in zip(trees, values)])
    leaves, leaf_of = np.unique(rows.astype(np.float32) + np.float32(0), axis=0,
                                return_inverse=True)
    leaf_of = leaf_of.reshape(-1)
    columns, roots, start, leaf = [], [], 0, 0
    for t, tree in enumerate(trees):
        order = order_of(tree)
        where = np.empty(tree.node_count, dtype=np.int64)  # as in a root: position, or -1 - leaf
        where[order] = start + np.arange(len(order))
        is_leaf = tree.children_left < 0
        count = int(is_leaf.sum())
        where[is_leaf] = -1 - leaf_of[leaf:leaf + count]
        roots.append(where[0])
        feature = tree.feature[order].astype(np.int64)
        if features is not None:
            feature = np.asarray(features[t])[feature]
        steps = []
        for children in (tree.children_left, tree.children_right):
            to = where[children[order]]
            steps.append(np.where(to >= 0, to - where[order], to + 1))
        columns.append((feature, thresholds_down(tree.threshold[order]), *steps))
        start, leaf = start + len(order), leaf + count
    feature, threshold, left, right = (np.concatenate(parts) for parts in zip(*columns))
    if len(feature) and feature.max() > 65535:
        raise ValueError("trees of samples with more than 65536 features")
    steps = np.stack([left, right], axis=1)
    near = len(steps) == 0 or (steps.max() <= 32767 and steps.min() >= -32768)
    nodes = np.empty((len(feature), NEAR if near else FAR), dtype="<i2")
    nodes[:, 0] = feature.astype("<u2").view("<i2")
    nodes[:, 1:3] = threshold.astype("<f4").view("<i2").reshape(-1, 2)
    nodes[:, 3:] = (steps.astype("<i2") if near
                    else np.ascontiguousarray(steps.astype("<i4")).view("<i2").reshape(-1, 4))
    return {"nodes": nodes, "roots": np.array(roots, dtype="<i4"), "leaves": leaves}
