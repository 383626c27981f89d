"""What prepares samples: scalers, encoders, imputer, principal components."""

import numpy as np

from .fitted import Fitted


def given(array, otherwise, features):
    """An attribute that is None where an option switched it off."""
    return np.full(features, otherwise) if array is None else array


def seen(model):
    return [np.max(model.n_samples_seen_)]


def standard_scaler(model):
    features = model.n_features_in_
    return Fitted(
        kind="standard_scaler",
        options={"mean": model.with_mean, "std": model.with_std},
        arrays={
            "mean": given(model.mean_, 0.0, features),
            "var": given(model.var_, 1.0, features),
            "scale": given(model.scale_, 1.0, features),
            "n_samples_seen": seen(model),
        },
    )


def minmax_scaler(model):
    low, high = model.feature_range
    return Fitted(
        kind="minmax_scaler",
        options={"low": low, "high": high, "clip": model.clip},
        arrays={
            "scale": model.scale_,
            "min": model.min_,
            "data_min": model.data_min_,
            "data_max": model.data_max_,
            "n_samples_seen": seen(model),
        },
    )


def maxabs_scaler(model):
    return Fitted(
        kind="maxabs_scaler",
        options={},
        arrays={"scale": model.scale_, "max_abs": model.max_abs_, "n_samples_seen": seen(model)},
    )


def robust_scaler(model):
    low, high = model.quantile_range
    features = model.n_features_in_
    return Fitted(
        kind="robust_scaler",
        options={"center": model.with_centering, "scale": model.with_scaling, "low": low,
                 "high": high},
        arrays={
            "center": given(model.center_, 0.0, features),
            "scale": given(model.scale_, 1.0, features),
        },
    )


def normalizer(model):
    return Fitted(kind="normalizer", options={"norm": model.norm}, arrays={},
                  features=model.n_features_in_)


def category_arrays(model):
    for values in model.categories_:
        if np.asarray(values).dtype.kind not in "iufb":
            raise ValueError("categories that are not numbers")
        if np.isnan(np.asarray(values, dtype=float)).any():
            raise ValueError("NaN as a category")
    return {
        "categories": np.concatenate([np.asarray(v, dtype=float) for v in model.categories_]),
        "n_categories": [len(values) for values in model.categories_],
    }


def one_hot(model):
    if model.handle_unknown not in ("error", "ignore"):
        raise ValueError(f"handle_unknown={model.handle_unknown!r}")
    if model.min_frequency is not None or model.max_categories is not None:
        raise ValueError("infrequent categories in one column")
    if model.drop not in (None, "first", "if_binary"):
        raise ValueError("drop as a list")
    return Fitted(
        kind="one_hot",
        options={"unknown": model.handle_unknown, "drop": model.drop or "none"},
        arrays=category_arrays(model),
    )


def ordinal(model):
    options = {"unknown": "error"}
    if model.handle_unknown == "use_encoded_value":
        if not np.isfinite(model.unknown_value):
            raise ValueError("NaN as unknown_value")
        options = {"unknown": "value", "value": model.unknown_value}
    return Fitted(kind="ordinal", options=options, arrays=category_arrays(model))


def polynomial_features(model):
    """Each column as an earlier one times its last feature."""
    degrees = model.degree if isinstance(model.degree, tuple) else (0, model.degree)
    if degrees[0] > 1:
        raise ValueError("a least degree above 1")
    parents, factors, columns = [], [], {}
    for powers in model.powers_.tolist():
        last = max((j for j, power in enumerate(powers) if power > 0), default=-1)
        before = list(powers)
        if last >= 0:
            before[last] -= 1
        parents.append(columns[tuple(before)] if any(before) else -1)
        factors.append(last)
        columns[tuple(powers)] = len(columns)
    return Fitted(
        kind="polynomial_features",
        options={"degree": degrees[1], "interaction_only": model.interaction_only,
                 "bias": model.include_bias},
        arrays={"parents": parents, "factors": factors},
        features=model.n_features_in_,
    )


def imputer(model):
    if not (isinstance(model.missing_values, float) and np.isnan(model.missing_values)):
        raise ValueError("missing values that are not NaN")
    if model.add_indicator:
        raise ValueError("add_indicator")
    statistics = np.asarray(model.statistics_, dtype=float)
    if np.isnan(statistics).any():
        raise ValueError("a feature without any value, which is left out")
    options = {"strategy": model.strategy}
    if model.strategy == "constant":
        options["fill"] = statistics[0]
    return Fitted(kind="imputer", options=options, arrays={"statistics": statistics})


def kbins(model):
    # Edges found by k-means are edges all the same; only another fit would look elsewhere.
    strategy = "uniform" if model.strategy == "uniform" else "quantile"
    bins = model.n_bins if np.ndim(model.n_bins) == 0 else int(np.max(model.n_bins))
    return Fitted(
        kind="kbins",
        options={"bins": bins, "strategy": strategy,
                 "encode": "ordinal" if model.encode == "ordinal" else "onehot"},
        arrays={"bin_edges": np.concatenate(list(model.bin_edges_)), "n_bins": model.n_bins_},
    )


def variance_threshold(model):
    return Fitted(kind="variance_threshold", options={"threshold": model.threshold},
                  arrays={"variances": model.variances_})


def axes(model):
    return {
        "mean": model.mean_,
        "components": model.components_,
        "explained_variance": model.explained_variance_,
        "explained_variance_ratio": model.explained_variance_ratio_,
        "singular_values": model.singular_values_,
        "noise_variance": [model.noise_variance_],
    }


def pca(model):
    options = {"components": int(model.n_components_), "whiten": model.whiten}
    return Fitted(kind="pca", options=options, arrays=axes(model))


def incremental_pca(model):
    options = {"components": int(model.n_components_), "whiten": model.whiten}
    if model.batch_size is not None:
        options["batch"] = model.batch_size
    return Fitted(
        kind="incremental_pca",
        options=options,
        arrays={**axes(model), "var": model.var_, "n_samples_seen": seen(model)},
    )


def label_encoder(model):
    raise ValueError("no file needed: ml.label_encoder():fit(labels) with its classes_")


def feature_hasher(model):
    raise ValueError("nothing is fitted: ml.hashing{features = n, signed = true}")


CONVERTERS = {
    "FeatureHasher": feature_hasher,
    "IncrementalPCA": incremental_pca,
    "KBinsDiscretizer": kbins,
    "LabelEncoder": label_encoder,
    "MaxAbsScaler": maxabs_scaler,
    "MinMaxScaler": minmax_scaler,
    "Normalizer": normalizer,
    "OneHotEncoder": one_hot,
    "OrdinalEncoder": ordinal,
    "PCA": pca,
    "PolynomialFeatures": polynomial_features,
    "RobustScaler": robust_scaler,
    "SimpleImputer": imputer,
    "StandardScaler": standard_scaler,
    "VarianceThreshold": variance_threshold,
}
