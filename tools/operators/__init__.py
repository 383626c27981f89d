"""A second implementation of the operators, in NumPy, and the goldens made with it."""

from operators import (
    activations, control, conversions, convolutions, custom, layout, logic, pairs, pooling,
    recurrent, reductions, resizing, rows, shaping, signal, slicing, unary)

FAMILIES = [activations, control, conversions, convolutions, custom, layout, logic, pairs, pooling,
            recurrent, reductions, resizing, rows, shaping, signal, slicing, unary]
