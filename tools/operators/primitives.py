"""Fixed-point arithmetic of the TensorFlow Lite Micro reference kernels (double rounding).

Values are int64 arrays that hold int32 numbers unless said otherwise; "Qk" is an int32
with k integer bits and 31 - k fraction bits.
"""

import math
from functools import lru_cache

import numpy as np

from tflite.schema import Activation, Padding

INT32_MAX = 2**31 - 1
INT32_MIN = -2**31


def half_away(x):
    """To the nearest integer, ties away from zero, in the precision of x."""
    x = np.asarray(x)
    whole = np.trunc(x)
    return whole + np.sign(x) * (np.abs(x - whole) >= 0.5)


def quantize_multiplier(real: float):
    """real as mantissa * 2^(shift - 31), mantissa a 32-bit integer in [2^30, 2^31)."""
    real = float(real)
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    mantissa = int(half_away(fraction * 2.0**31))
    if mantissa == 2**31:
        mantissa, shift = 2**30, shift + 1
    return (0, 0) if shift < -31 else (mantissa, shift)


def quantize_multipliers(reals):
    mantissas, shifts = zip(*(quantize_multiplier(real) for real in reals))
    return np.array(mantissas, np.int64), np.array(shifts, np.int64)


def wrap(x, bits=32):
    return ((np.asarray(x, np.int64) + (1 << (bits - 1))) & ((1 << bits) - 1)) - (1 << (bits - 1))


def limits(dtype):
    info = np.iinfo(dtype)
    return int(info.min), int(info.max)


def saturate(x, dtype):
    return np.clip(x, *limits(dtype))


def high_mul(a, b):
    """The upper half of 2ab, ties up."""
    return np.minimum((np.asarray(a, np.int64) * b + 2**30) >> 31, INT32_MAX)


def high_mul16(a, b):
    return np.minimum((np.asarray(a, np.int64) * b + 2**14) >> 15, 2**15 - 1)


def rounding_shift(x, exponent):
    """x / 2^exponent, to nearest, ties away from zero. Scalars or arrays."""
    x = np.asarray(x, np.int64)
    exponent = np.asarray(exponent, np.int64)
    mask = (np.int64(1) << exponent) - 1
    return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0))


def multiply(x, mantissa, shift):
    """x * mantissa * 2^(shift - 31) with two roundings; the left shift wraps."""
    shift = np.asarray(shift, np.int64)
    return rounding_shift(high_mul(wrap(np.asarray(x, np.int64) << np.maximum(shift, 0)), mantissa),
                          np.maximum(-shift, 0))


def multiply64(x, mantissa, shift):
    """The form for 64-bit accumulators: a 16-bit mantissa and one rounding, ties up."""
    mantissa = np.asarray(mantissa, np.int64)
    reduced = np.where(mantissa < 0x7fff0000, (mantissa + 2**15) >> 16, 0x7fff)
    places = 15 - np.asarray(shift, np.int64)
    return wrap((np.asarray(x, np.int64) * reduced + (np.int64(1) << (places - 1))) >> places)


def shift_left_saturating(x, exponent):
    return np.clip(np.asarray(x, np.int64) << exponent, INT32_MIN, INT32_MAX)


def bit_length(x):
    """Bits of each value, which is not negative."""
    return np.frexp(np.asarray(x, np.float64))[1].astype(np.int64)


def leading_zeros(x):
    return 32 - bit_length(x)


def radius(integer_bits, shift):
    return math.floor((2**integer_bits - 1) * 2.0**(31 - integer_bits) / 2.0**shift)


def exp_negative(a, integer_bits):
    """exp(a) in Q0, for a <= 0 in Qk."""
    fraction_bits = 31 - integer_bits
    quarter = 1 << (fraction_bits - 2)
    u = (a & (quarter - 1)) - quarter
    x = (u << integer_bits) + 2**28
    x2 = high_mul(x, x)
    x3 = high_mul(x2, x)
    x4 = high_mul(x2, x2)
    series = rounding_shift(high_mul(rounding_shift(x4, 2) + x3, 715827883) + x2, 1)
    result = 1895147668 + high_mul(1895147668, x + series)
    rest = u - a
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
    for exponent, factor in zip(range(-2, 5), factors):  # exp(-1/4), exp(-1/2), exp(-1) ...
        if integer_bits > exponent:
            taken = (rest >> (fraction_bits + exponent)) & 1
            result = np.where(taken, high_mul(result, factor), result)
    return np.where(np.asarray(a) == 0, INT32_MAX, result)


def _half_denominator_reciprocal(a):
    half = (np.asarray(a, np.int64) + 2**31) >> 1
    x = 1515870810 + high_mul(half, -1010580540)
    for _ in range(3):
        x = x + shift_left_saturating(high_mul(x, 2**29 - high_mul(half, x)), 2)
    return x


def one_over_one_plus(a):
    return shift_left_saturating(_half_denominator_reciprocal(a), 1)


def one_minus_over_one_plus(a):
    return shift_left_saturating(_half_denominator_reciprocal(a) - 2**29, 2)


def logistic_fixed(a, integer_bits):
    g = one_over_one_plus(exp_negative(-np.abs(a), integer_bits))
    return np.where(a > 0, g, np.where(a < 0, INT32_MAX - g, 2**30))


def tanh_fixed(a, integer_bits):
    return np.sign(a) * one_minus_over_one_plus(exp_negative(-np.abs(a), integer_bits + 1))


def reciprocal(x, integer_bits):
    """1/x in Q0 and the bits it is to be shifted by, for x > 0 with `integer_bits`."""
    zeros = leading_zeros(x)
    return one_over_one_plus((np.asarray(x, np.int64) << zeros) - 2**31), integer_bits - zeros


def inverse_sqrt(v: int):
    """(mantissa, shift) of 1/sqrt(v) for one integer v >= 0."""
    if v <= 1:
        return INT32_MAX, 0
    places = 11
    while v >= 2**29:
        v, places = v // 4, places + 1
    pairs = (32 - v.bit_length() - 1) // 2 - 1
    places -= pairs
    half = int(rounding_shift((v << 2 * pairs) >> 1, 1))
    x = 2**28
    for _ in range(5):
        cube = shift_left_saturating(high_mul(high_mul(x, x), x), 6)
        x = int(shift_left_saturating(wrap(high_mul(402653184, x) - high_mul(half, cube)), 3))
    mantissa = int(high_mul(x, 1518500250))
    if places < 0:
        mantissa, places = mantissa << -places, 0
    return mantissa, -places


def log_fixed(v):
    """Natural logarithm in Q5 of v >= 1 in Q12."""
    root_half, root_two_thirds = 1518500250, 1805811301
    quarter = int(rounding_shift(536870912, 6))
    v = np.asarray(v, np.int64)
    zeros = leading_zeros(v)
    ra = shift_left_saturating(high_mul(v << (zeros - 1), root_half), 1)
    za = np.clip(shift_left_saturating(12 - zeros, 25) + quarter, INT32_MIN, INT32_MAX)
    spare = leading_zeros(high_mul(v, root_half)) - 1
    rb = shift_left_saturating(v, spare)
    zb = np.clip(shift_left_saturating(12 - spare, 25) - quarter, INT32_MIN, INT32_MAX)
    r, z = np.minimum(ra, rb), np.maximum(za, zb)
    total = r + root_two_thirds
    p = (total + (total >= 0)) // 2
    q = 2 * (r - root_two_thirds)
    y = high_mul(q, q)
    numerator = high_mul(q, r) + high_mul(high_mul(q, y), 117049297)
    denominator = (high_mul(p, 1057819769 + q + high_mul(127690142, y))
                   + high_mul(638450708, q))
    return shift_left_saturating(
        high_mul(z, 1488522236)
        + high_mul(rounding_shift(numerator, 6), one_over_one_plus(denominator)), 1)


def table16(function, scale_in, zero_in, scale_out):
    """513 int16 values of `function` over the range of an int16 input, in float32."""
    f = np.float32
    scale_in, scale_out = f(scale_in), f(scale_out)
    low, high = scale_in * f(-32768 - zero_in), scale_in * f(32767 - zero_in)
    least, most = scale_out * f(-32768), scale_out * f(32767)
    step = (high - low) / f(512)
    half = step / f(2)
    gain = f(65536) / (most - least)
    i = np.arange(512, dtype=f)
    v, middle, following = (function(low + i * step), function(low + i * step + half),
                            function(low + (i + f(1)) * step))
    error = (half_away((following * gain + half_away(v * gain)) / f(2))
             - half_away(middle * gain))
    table = np.clip(half_away(v * gain) - half_away(error / f(2)), -32768, 32767)
    last = np.clip(half_away(function(high) * gain), -32768, 32767)
    return np.append(table, last).astype(np.int64)


def look_up16(table, x):
    index, offset = 256 + (x >> 7), x & 127
    return table[index] + ((wrap(table[index + 1] - table[index], 16) * offset + 64) >> 7)


@lru_cache
def sigmoid_table():
    """SIG: 256 values of the logistic function at i / 24, scaled to 16 bits."""
    g = 1 / (1 + np.exp(-np.arange(256) / 24))
    table = np.floor(65536 * (g + g * (1 - g) * (2 * g - 1) / 9216) + 0.5).astype(np.int64)
    table[255] = 65535
    assert table.sum() == 15670629
    return table


def log2_rounded(scale):
    """The exponent next to a scale, and whether the scale counts as a power of two."""
    f = np.float32
    log = np.log(f(scale)) * (f(1) / np.log(f(2)))
    n = half_away(log)
    return int(n), bool(np.abs(log - n) < f(0.001))


def quantize(real, scale, zero_point):
    """One float32 as a quantised integer, not limited."""
    return zero_point + int(half_away(np.float32(real) / np.float32(scale)))


def activation_range(activation, out):
    """Lowest and highest value of a quantised output after its fused activation."""
    low, high = limits(out.dtype)
    floor = {Activation.RELU: 0, Activation.RELU6: 0, Activation.RELU_N1_TO_1: -1}.get(activation)
    ceiling = {Activation.RELU6: 6, Activation.RELU_N1_TO_1: 1}.get(activation)
    if floor is not None:
        low = max(low, quantize(floor, out.scale, out.zero_point))
    if ceiling is not None:
        high = min(high, quantize(ceiling, out.scale, out.zero_point))
    return low, high


def plain_range(activation, lowest, highest):
    """The same for values without quantisation."""
    return {Activation.RELU: (0, highest), Activation.RELU6: (0, 6),
            Activation.RELU_N1_TO_1: (-1, 1)}.get(activation, (lowest, highest))


def float_clamp(x, activation):
    """NaN passes, infinities are limited even without an activation."""
    most = np.finfo(np.float32).max
    low, high = (np.float32(v) for v in plain_range(activation, -most, most))
    x = np.where(x < low, low, x)
    return np.where(x > high, high, x).astype(np.float32)


def padding_before(padding, size, filter_size, stride, dilation=1):
    """(outputs along the axis, padding in front of it)."""
    extent = (filter_size - 1) * dilation + 1
    count = -(-size // stride) if padding == Padding.SAME else (size + stride - extent) // stride
    return count, max(0, (count - 1) * stride + extent - size) // 2
