"""Runs an int8 model in NumPy integers, with the bits of TensorFlow Lite Micro's
reference kernels (double rounding). It shares no code with Moonlet's engine, so that
each can be checked against the other.

    out = run(read(open("digits.tflite", "rb").read()), images)   # int8 {N, 8, 8, 1}

Every image of the batch is computed as a model with batch 1 would.
"""

import math

import numpy as np

from tflite_model import Activation, Model, Operator, Padding, Step

INT32_MAX = 2**31 - 1
INT32_MIN = -2**31


# Fixed point. All values are int64 arrays that hold int32 numbers.

def _half_away(x: float) -> int:
    return int(math.floor(abs(x) + 0.5)) * (1 if x >= 0 else -1)


def quantize_multiplier(real: float):
    """real as mantissa * 2^(shift - 31), mantissa a 32-bit integer in [2^30, 2^31)."""
    if real == 0:
        return 0, 0
    fraction, shift = math.frexp(real)
    mantissa = _half_away(fraction * 2**31)
    if mantissa == 2**31:
        mantissa, shift = 2**30, shift + 1
    return (0, 0) if shift < -31 else (mantissa, shift)


def high_mul(a, b):
    """The upper half of 2ab, ties up."""
    product = np.asarray(a, np.int64) * b
    return np.minimum((product + 2**30) >> 31, INT32_MAX)


def rounding_shift(x, exponent):
    """x / 2^exponent, to nearest, ties away from zero. Scalars or arrays."""
    x = np.asarray(x, np.int64)
    mask = (np.int64(1) << np.asarray(exponent, np.int64)) - 1
    return (x >> exponent) + ((x & mask) > (mask >> 1) + (x < 0))


def _wrap32(x):
    return ((x + 2**31) & (2**32 - 1)) - 2**31


def _shift_left_saturating(x, exponent):
    return np.clip(x << exponent, INT32_MIN, INT32_MAX)


def multiply(x, mantissa, shift):
    """x * mantissa * 2^(shift - 31) with the two roundings of the reference."""
    shift = np.asarray(shift, np.int64)
    return rounding_shift(high_mul(_wrap32(x << np.maximum(shift, 0)), mantissa),
                          np.maximum(-shift, 0))


def exp_negative(a):
    """exp(a) with 31 fraction bits, for a <= 0 with 26 fraction bits."""
    quarter = 2**24
    u = (a & (quarter - 1)) - quarter  # in [-1/4, 0); a = u - multiples of 1/4
    x = u * 2**5 + 2**28  # distance from -1/8
    x2 = high_mul(x, x)
    x3 = high_mul(x2, x)
    x4 = high_mul(x2, x2)
    series = rounding_shift(high_mul(rounding_shift(x4, 2) + x3, 715827883) + x2, 1)
    result = 1895147668 + high_mul(1895147668, x + series)  # exp(-1/8) times the series
    rest = u - a
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)
    for bit, factor in enumerate(factors, start=24):  # exp(-1/4), exp(-1/2), exp(-1) ...
        result = np.where((rest >> bit) & 1, high_mul(result, factor), result)
    return np.where(a == 0, INT32_MAX, result)


def one_over_one_plus(a):
    """1 / (1 + a) with 31 fraction bits, for a in [0, 1) likewise; three Newton steps."""
    half = (a + 2**31) >> 1
    x = 1515870810 + high_mul(half, -1010580540)
    for _ in range(3):
        x = x + _shift_left_saturating(high_mul(x, 2**29 - high_mul(half, x)), 2)
    return _shift_left_saturating(x, 1)


# Operators. Each takes the model's tensors, the step and the input, and gives int8 values.

def _activation_range(step: Step, out):
    def quantized(real):
        return out.zero_point + _half_away(float(np.float32(real) / out.scale))

    low, high = -128, 127
    activation = step.options.get("activation", 0)
    if activation in (Activation.RELU, Activation.RELU6):
        low = max(low, quantized(0))
    if activation == Activation.RELU6:
        high = min(high, quantized(6))
    return low, high


def _requantize(acc, step, out, mantissas, shifts):
    if np.abs(acc).max() > INT32_MAX:
        raise ValueError(f"{step.operator.name}: an accumulator leaves 32 bits")
    return np.clip(multiply(acc, mantissas, shifts) + out.zero_point,
                   *_activation_range(step, out))


def _channel_multipliers(source, filter_, out):
    pairs = [quantize_multiplier(float(source.scale) * float(s) / float(out.scale))
             for s in filter_.scales]
    return (np.array(numbers, np.int64) for numbers in zip(*pairs))


def _windows(x, step, size, fill):
    """All windows of {N, H, W, C} as {N, OH, OW, kh, kw, C}, padded by `fill`."""
    options = step.options
    strides = (options["stride_h"], options["stride_w"])
    dilations = (options.get("dilation_h", 1), options.get("dilation_w", 1))
    index, pads = [], []
    for n, k, stride, dilation in zip(x.shape[1:3], size, strides, dilations):
        extent = (k - 1) * dilation + 1
        same = options["padding"] == Padding.SAME
        count = -(-n // stride) if same else (n + stride - extent) // stride
        total = max(0, (count - 1) * stride + extent - n)
        pads.append((total // 2, total - total // 2))
        index.append(np.arange(count)[:, None] * stride + np.arange(k) * dilation)
    padded = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)
    rows, columns = index
    return padded[:, rows[:, None, :, None], columns[None, :, None, :], :]


def _bias(model, step):
    return model.tensors[step.inputs[2]].data.astype(np.int64) if len(step.inputs) > 2 else 0


def _convolve(model, step, x, equation):
    source, filter_, out = (model.tensors[i] for i in (*step.inputs[:2], step.outputs[0]))
    weights = filter_.data.astype(np.int64)
    windows = _windows(x - source.zero_point, step, weights.shape[1:3], 0)
    acc = np.einsum(equation, windows, weights) + _bias(model, step)
    return _requantize(acc, step, out, *_channel_multipliers(source, filter_, out))


def _conv(model, step, x):
    return _convolve(model, step, x, "nyxhwi,ohwi->nyxo")


def _depthwise(model, step, x):
    if step.options["depth_multiplier"] != 1:
        x = np.repeat(x, step.options["depth_multiplier"], axis=3)
    return _convolve(model, step, x, "nyxhwc,bhwc->nyxc")


def _fully_connected(model, step, x):
    source, filter_, out = (model.tensors[i] for i in (*step.inputs[:2], step.outputs[0]))
    if len(filter_.scales) != 1:
        raise ValueError("FULLY_CONNECTED: one scale expected")
    acc = (x.reshape(len(x), -1) - source.zero_point) @ (
        filter_.data.astype(np.int64) - filter_.zero_point).T + _bias(model, step)
    product = source.scale * filter_.scale  # in float32, unlike a convolution's
    return _requantize(acc, step, out, *quantize_multiplier(float(product) / float(out.scale)))


def _max_pool(model, step, x):
    size = (step.options["filter_h"], step.options["filter_w"])
    return np.clip(_windows(x, step, size, -128).max(axis=(3, 4)),
                   *_activation_range(step, model.tensors[step.outputs[0]]))


def _average_pool(model, step, x):
    size = (step.options["filter_h"], step.options["filter_w"])
    total = _windows(x, step, size, 0).sum(axis=(3, 4))
    taps = _windows(np.ones_like(x), step, size, 0).sum(axis=(3, 4))
    mean = np.sign(total) * ((np.abs(total) + taps // 2) // taps)
    return np.clip(mean, *_activation_range(step, model.tensors[step.outputs[0]]))


def _softmax(model, step, x):
    scale = float(model.tensors[step.inputs[0]].scale)
    mantissa, shift = quantize_multiplier(min(step.options["beta"] * scale * 2**26, INT32_MAX))
    least = -math.floor(31 * 2**26 / 2**shift)
    difference = x - x.max(axis=-1, keepdims=True)
    counted = difference >= least
    scaled = high_mul(_wrap32(np.where(counted, difference, 0) << shift), mantissa)
    exps = np.where(counted, exp_negative(scaled), 0)
    total = np.where(counted, rounding_shift(exps, 12), 0).sum(axis=-1, keepdims=True)
    zeros = 32 - np.vectorize(int.bit_length)(total.astype(object)).astype(np.int64)
    inverse = one_over_one_plus((total << zeros) - 2**31)
    values = rounding_shift(high_mul(inverse, exps), 12 - zeros + 31 - 8) - 128
    return np.where(counted, np.clip(values, -128, 127), -128)


def _reshape(model, step, x):
    return x.reshape(len(x), *model.tensors[step.outputs[0]].shape[1:])


_RUN = {
    Operator.AVERAGE_POOL_2D: _average_pool,
    Operator.CONV_2D: _conv,
    Operator.DEPTHWISE_CONV_2D: _depthwise,
    Operator.FULLY_CONNECTED: _fully_connected,
    Operator.MAX_POOL_2D: _max_pool,
    Operator.RESHAPE: _reshape,
    Operator.SOFTMAX: _softmax,
}


def run(model: Model, images: np.ndarray) -> np.ndarray:
    """images: int8, a batch of the model's first input; gives its first output."""
    values = {model.inputs[0]: images.astype(np.int64)}
    for step in model.steps:
        values[step.outputs[0]] = _RUN[step.operator](model, step, values[step.inputs[0]])
    return values[model.outputs[0]].astype(np.int8)
