"""A second implementation of the operators, in NumPy, and the goldens made with it."""

from operators import (
    activations, conversions, convolutions, layout, logic, pairs, pooling, recurrent, reductions,
    resizing, rows, shaping, slicing, unary)

FAMILIES = [activations, conversions, convolutions, layout, logic, pairs, pooling, recurrent,
            reductions, resizing, rows, shaping, slicing, unary]
