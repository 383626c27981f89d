"""A second implementation of the operators, in NumPy, and the goldens made with it."""

from operators import (
    activations, conversions, convolutions, pairs, pooling, recurrent, reductions, resizing, rows)

FAMILIES = [activations, conversions, convolutions, pairs, pooling, recurrent, reductions,
            resizing, rows]
