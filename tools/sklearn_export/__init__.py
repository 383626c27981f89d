"""From fitted scikit-learn estimators to .mlt files; tools/sklearn_export.py is the command."""
import importlib
import pkgutil

import sklearn
from sklearn.pipeline import Pipeline

from .fitted import Fitted
from .writer import write

_NO_CONVERTERS = ("fitted", "pack_trees", "writer")


def converters():
    """{"GaussianNB": function} of all modules beside this one."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name not in _NO_CONVERTERS:
            found |= importlib.import_module(f"{__name__}.{module.name}").CONVERTERS
    return found


def convert(model) -> Fitted:
    """The estimator as ours. ValueError where ours cannot do what the model does."""
    name = type(model).__name__
    known = converters()
    if name not in known:
        raise ValueError(f"{name}: no such estimator in Moonlet; there are "
                         + ", ".join(sorted(known)))
    fitted = known[name](model)
    if fitted.classes is None and hasattr(model, "classes_"):
        fitted.classes = model.classes_
    if fitted.features is None:
        fitted.features = model.n_features_in_
    return fitted


def tobytes(model) -> bytes:
    pipeline = isinstance(model, Pipeline)
    steps = model.steps if pipeline else [("", model)]
    steps = [(name, step) for name, step in steps if step not in (None, "passthrough")]
    return write([(name, convert(step)) for name, step in steps], pipeline,
                 f"scikit-learn {sklearn.__version__}")


def export(model, path):
    data = tobytes(model)
    with open(path, "wb") as file:
        file.write(data)
