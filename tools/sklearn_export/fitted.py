"""A fitted estimator as an .mlt file has it: a kind, options, and arrays by name."""
from dataclasses import dataclass, field
from typing import Optional

import numpy as np


@dataclass
class Fitted:
    kind: str
    options: dict = field(default_factory=dict)  # words as strings; others numbers or booleans
    arrays: dict = field(default_factory=dict)
    classes: Optional[np.ndarray] = None  # labels in ascending order; None: the model's classes_
    features: Optional[int] = None        # None: the model's n_features_in_
