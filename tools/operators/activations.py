"""RELU and its kin, LOGISTIC, TANH, HARD_SWISH, ELU, GELU, PRELU."""

import math

import numpy as np

from operators.case import Builder, broadcast_shapes, draw, pick, random_scale, random_zero
from operators.primitives import (
    float_clamp, half_away, high_mul16, limits, log2_rounded, logistic_fixed, multiply,
    quantize_multiplier, radius, rounding_shift, saturate, sigmoid_table, tanh_fixed, wrap)
from tflite.schema import Activation, Operator

F = np.float32


def relu(node):
    x, out = node.tensor(0), node.out()
    if x.dtype.kind == "f":
        return np.where(node.value(0) < 0, F(0), node.value(0))
    low, high = limits(out.dtype)
    scaled = multiply(node.centred(0), *quantize_multiplier(x.scale / out.scale))
    return np.clip(scaled + out.zero_point, max(low, out.zero_point), high)


def relu6(node):
    """Integers are limited by the input's parameters; nothing is rescaled."""
    x = node.tensor(0)
    if x.dtype.kind == "f":
        return float_clamp(node.value(0), Activation.RELU6)
    six = int(saturate(int(half_away(F(6) / x.scale)) + x.zero_point, x.dtype))
    return np.clip(node.wide(0), x.zero_point, six)


def relu_n1_to_1(node):
    return float_clamp(node.value(0), Activation.RELU_N1_TO_1)


def leaky_relu(node):
    x, out, alpha = node.tensor(0), node.out(), F(node.option("alpha"))
    if x.dtype.kind == "f":
        return np.where(node.value(0) > 0, node.value(0), node.value(0) * alpha)
    mantissa, shift = quantize_multiplier(x.scale * alpha / out.scale)
    below = multiply(node.centred(0), abs(mantissa), shift) * (-1 if mantissa < 0 else 1)
    above = multiply(node.centred(0), *quantize_multiplier(x.scale / out.scale))
    return saturate(np.where(node.centred(0) >= 0, above, below) + out.zero_point, out.dtype)


def prelu(node):
    x, alpha, out = node.tensor(0), node.tensor(1), node.out()
    if x.dtype.kind == "f":
        return np.where(node.value(0) >= 0, node.value(0), node.value(0) * node.value(1))
    d, slope = node.centred(0), node.centred(1)
    above = multiply(d, *quantize_multiplier(float(x.scale) / float(out.scale)))
    below = multiply(d * slope, *quantize_multiplier(
        float(x.scale) * float(alpha.scale) / float(out.scale)))
    return saturate(np.where(d >= 0, above, below) + out.zero_point, out.dtype)


def hard_swish(node):
    x, out = node.tensor(0), node.out()
    if x.dtype.kind == "f":
        v = node.value(0)
        return v * np.minimum(F(6), np.maximum(F(0), v + F(3))) / F(6)

    def short(real):
        mantissa, shift = quantize_multiplier(real)
        return (32767 if mantissa >= 2**31 - 1 - 2**15 else (mantissa + 2**15) >> 16), shift

    fine = x.scale / F(128)
    out_factor, out_shift = short(fine / out.scale)
    gate_factor, gate_shift = short(fine / (F(3) / F(32768)))
    v = node.centred(0) * 128
    pre = high_mul16(v, out_factor)
    gate = v
    if gate_shift > 0:
        gate = saturate(gate << (gate_shift - 1), np.int16)
    gate = high_mul16(gate, gate_factor)
    if gate_shift > 0:
        gate = saturate(2 * gate, np.int16)
    elif gate_shift < 0:
        gate = rounding_shift(gate, -gate_shift)
    gate = (gate + 32768) >> 1
    product = gate * pre
    product = np.sign(product) * (np.abs(product) >> 15)
    return saturate(rounding_shift(product, -out_shift) + out.zero_point, np.int8)


def _float_table(node, function):
    """A function of float32 over all int8 inputs, as the reference tabulates it."""
    x, out = node.tensor(0), node.out()
    real = function(x.scale * node.centred(0).astype(F))
    scaled = half_away(real.astype(F) * (F(1) / out.scale)) + F(out.zero_point)
    return np.clip(scaled, *limits(out.dtype)).astype(np.int64)


def elu(node):
    if node.tensor(0).dtype.kind == "f":
        v = node.value(0)
        return np.where(v < 0, np.expm1(np.minimum(v, 0)), v)
    return _float_table(node, lambda v: np.where(v < 0, np.exp(np.minimum(v, 0)) - F(1), v))


def _gelu_exact(v):
    erfc = np.vectorize(math.erfc)
    return (0.5 * v.astype(np.float64) * erfc(-v.astype(np.float64) / math.sqrt(2))).astype(F)


def _gelu_by_tanh(v):
    v = v.astype(np.float64)
    return (0.5 * v * (1 + np.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v**3)))).astype(F)


def gelu(node):
    function = _gelu_by_tanh if node.option("approximate") else _gelu_exact
    if node.tensor(0).dtype.kind == "f":
        return function(node.value(0))
    return _float_table(node, function)


def _fixed8(node, function, places, zero):
    """LOGISTIC and TANH of int8: the scale of the output is never read."""
    x = node.tensor(0)
    fraction, shift = math.frexp(float(x.scale) * 2**27)
    mantissa = int(half_away(fraction * 2.0**31))
    limit = radius(4, shift)
    d = node.centred(0)
    inside = np.abs(d) < limit
    v = multiply(np.where(inside, d, 0), mantissa, shift)
    values = saturate(rounding_shift(function(v, 4), places) + zero, np.int8)
    return np.where(inside, values, np.where(d < 0, -128, 127))


def _parameters16(scale, plain):
    """(multiplier, shift) that bring an int16 input to the steps of the sigmoid table."""
    n, exact = log2_rounded(scale)
    if exact and 12 + n in plain:
        return 0, 12 + n
    multiplier, shift = float(scale) * 4096 * 3, 0
    while multiplier <= 16383.5 and shift <= 30:
        multiplier, shift = multiplier * 2, shift + 1
    return int(multiplier), shift


def _scaled16(x, multiplier, shift):
    if multiplier == 0:
        multiplier, shift = 3 << shift, 0
    return wrap(x * multiplier + (1 << shift >> 1)) >> shift


def logistic16(x, multiplier=3, shift=0):
    table = sigmoid_table()
    d = _scaled16(x, multiplier, shift)
    a = np.abs(d)
    u = np.minimum(a >> 9, 254)
    r = np.where(a >> 9 >= 255, 0x7fff << 10,
                 (table[u] << 9) + (a & 511) * (table[u + 1] - table[u]))
    return np.where(d >= 0, (r + 512) >> 10, (2**25 - r + 511) >> 10)


def tanh16(x, multiplier=3, shift=0):
    table = sigmoid_table()
    d = _scaled16(x, multiplier, shift)
    a = np.abs(d)
    u = np.minimum(a >> 8, 254)
    r = np.where(a >> 8 >= 255, 0xffff << 8,
                 (table[u] << 8) + (a & 255) * (table[u + 1] - table[u]))
    return np.where(d >= 0, (r - 2**23 + 128) >> 8, (-r + 2**23 + 127) >> 8)


def logistic(node):
    x = node.tensor(0)
    if x.dtype.kind == "f":
        return logistic_float(node.value(0))
    if x.dtype == np.int8:
        return _fixed8(node, logistic_fixed, 23, -128)
    return logistic16(node.wide(0), *_parameters16(x.scale, (0,)))


def logistic_float(x):
    y = F(1) / (F(1) + np.exp(-np.maximum(x, F(-9))))
    return np.where(x > F(16.619047164916992), F(1), np.where(x < F(-9), np.exp(x), y)).astype(F)


def tanh(node):
    x = node.tensor(0)
    if x.dtype.kind == "f":
        return np.tanh(node.value(0))
    if x.dtype == np.int8:
        return _fixed8(node, tanh_fixed, 24, 0)
    return tanh16(node.wide(0), *_parameters16(x.scale, (0, 1)))


EVALUATE = {
    Operator.RELU: relu,
    Operator.RELU6: relu6,
    Operator.RELU_N1_TO_1: relu_n1_to_1,
    Operator.LEAKY_RELU: leaky_relu,
    Operator.PRELU: prelu,
    Operator.HARD_SWISH: hard_swish,
    Operator.ELU: elu,
    Operator.GELU: gelu,
    Operator.LOGISTIC: logistic,
    Operator.TANH: tanh,
}


def all_values(random, dtype):
    """Every int8 value, or about a hundred of the other types, the ends among them."""
    if np.dtype(dtype) == np.int8:
        return np.arange(-128, 128, dtype=np.int8)
    if np.dtype(dtype) == np.int16:
        return np.concatenate([[-32768, 32767, 0, 1, -1],
                               random.integers(-32768, 32768, 91)]).astype(np.int16)
    return draw(random, dtype, 48, 4.0)


def _unary(operator, random, dtype, quantised_in, quantised_out, **options):
    b = Builder(operator, random, options)
    values = all_values(random, dtype)
    shape = pick(random, [(len(values),), (2, len(values) // 2), (1, 4, len(values) // 8, 2)])
    quantised = dtype != "float32"
    b.input(dtype, shape, *(quantised_in if quantised else ()), values=values.reshape(shape))
    b.output(dtype, shape, *(quantised_out if quantised else ()))
    return b


def _types(i, *types):
    return types[i % len(types)]


def relu_case(random, i, operator="RELU"):
    dtype = _types(i, "int8", "int16", "float32")
    wide = dtype == "int16"
    scale = random_scale(random, 1e-5, 0.5) if wide else random_scale(random, 1e-3, 2)
    zeros = (0, 0) if wide else (random_zero(random, "int8"), random_zero(random, "int8"))
    other = F(scale * random.uniform(0.2, 4))
    return _unary(operator, random, dtype, (scale, zeros[0]), (other, zeros[1]))


def relu6_case(random, i):
    return relu_case(random, i, "RELU6")


def relu_n1_to_1_case(random, i):
    return relu_case(random, 2, "RELU_N1_TO_1")


def leaky_relu_case(random, i):
    dtype = _types(i, "int8", "int16", "float32")
    scale = random_scale(random, 1e-4, 1)
    return _unary("LEAKY_RELU", random, dtype, (scale, random_zero(random, "int8")),
                  (F(scale * random.uniform(0.3, 4)), random_zero(random, "int8")),
                  alpha=float(F(random.uniform(-0.8, 1.5))))


def prelu_case(random, i):
    dtype = _types(i, "int8", "int16", "float32")
    (x_shape, alpha_shape), shape = broadcast_shapes(random, 1 + i % 4, 2, (40, 8, 5, 3)[i % 4])
    b = Builder("PRELU", random)
    if dtype == "float32":
        b.input(dtype, x_shape)
        b.input_or_constant(i % 2, dtype, alpha_shape)
        b.output(dtype, shape)
        return b
    scale, alpha_scale = random_scale(random), random_scale(random, 1e-3, 0.05)
    b.input(dtype, x_shape, scale, random_zero(random, "int8"))
    b.input_or_constant(i % 2, "int8", alpha_shape, alpha_scale, random_zero(random, "int8"))
    b.output(dtype, shape, F(scale * random.uniform(0.5, 4)), random_zero(random, "int8"))
    return b


def hard_swish_case(random, i):
    dtype = _types(i, "int8", "int8", "float32")
    scale = random_scale(random, 0.005, 0.4)
    b = _unary("HARD_SWISH", random, dtype, (scale, random_zero(random, "int8")),
               (F(scale * random.uniform(1.01, 3)), random_zero(random, "int8")))
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


def elu_case(random, i, operator="ELU", **options):
    dtype = _types(i, "int8", "float32")
    scale = random_scale(random, 0.003, 0.2)
    b = _unary(operator, random, dtype, (scale, random_zero(random, "int8")),
               (F(scale * random.uniform(0.3, 2)), random_zero(random, "int8")), **options)
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


def gelu_case(random, i):
    return elu_case(random, i, "GELU", approximate=i // 2 % 2)


def logistic_case(random, i):
    dtype = _types(i, "int8", "int16", "float32")
    wide = dtype == "int16"
    plain = F(2.0 ** pick(random, [-12, -11, -13, -15, -8]))
    scale = (pick(random, [plain, random_scale(random, 1e-6, 5), random_scale(random, 1e-4, 1e-2)])
             if wide else random_scale(random, 1e-3, 0.5))
    b = _unary("LOGISTIC", random, dtype, (scale, 0 if wide else random_zero(random, "int8")),
               (2.0**-15, 0) if wide else (1 / 256, -128))
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


def tanh_case(random, i):
    b = logistic_case(random, i)
    b.operator = "TANH"
    out = b.tensors[b.outputs[0]]
    if out.dtype == np.int8:
        out.scales, out.zero_points = np.array([1 / 128], F), np.array([0])
    return b


GOLDENS = {
    "RELU": (relu_case, 21),
    "RELU6": (relu6_case, 21),
    "RELU_N1_TO_1": (relu_n1_to_1_case, 20),
    "LEAKY_RELU": (leaky_relu_case, 21),
    "PRELU": (prelu_case, 24),
    "HARD_SWISH": (hard_swish_case, 21),
    "ELU": (elu_case, 20),
    "GELU": (gelu_case, 20),
    "LOGISTIC": (logistic_case, 24),
    "TANH": (tanh_case, 24),
}
