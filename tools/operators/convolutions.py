"""CONV_2D, DEPTHWISE_CONV_2D, TRANSPOSE_CONV, FULLY_CONNECTED, BATCH_MATMUL.

float32 activations over int8 weights ("hybrid") are in hybrid.py.
"""

import math

import numpy as np

from operators import hybrid
from operators.case import (Builder, broadcast_shapes, draw, pick, random_scale, random_zero,
                            shape_of)
from operators.primitives import (
    activation_range, float_clamp, multiply, multiply64, padding_before, quantize_multiplier,
    quantize_multipliers)
from tflite.schema import Activation, Operator, Padding, TensorType

F = np.float32


def windows(x, node, size, fill=0):
    """All windows of {N, H, W, C} as {N, OH, OW, kh, kw, C}; outside the image lies `fill`."""
    index, pads = [], []
    for axis, (letter, k) in enumerate(zip("hw", size), 1):
        stride, dilation = node.option("stride_" + letter), node.option("dilation_" + letter, 1)
        count, before = padding_before(node.option("padding"), x.shape[axis], k, stride, dilation)
        reach = (count - 1) * stride + (k - 1) * dilation + 1
        pads.append((before, max(0, reach - before - x.shape[axis])))
        index.append(np.arange(count)[:, None] * stride + np.arange(k) * dilation)
    padded = np.pad(x, ((0, 0), *pads, (0, 0)), constant_values=fill)
    rows, columns = index
    return padded[:, rows[:, None, :, None], columns[None, :, None, :], :]


def bias_of(node, i=2):
    if not node.has(i):
        return 0
    return node.value(i) if node.value(i).dtype.kind == "f" else node.wide(i)


def _channel_factors(node, x, filter_, channels):
    scales = np.broadcast_to(filter_.scales, channels)
    return quantize_multipliers(
        float(x.scale) * float(s) / float(node.out().scale) for s in scales)


def _wide_accumulator(node):
    """Whether int16 sums are kept in 64 bits and scaled with 16-bit multipliers."""
    if node.has(2):
        return node.tensor(2).type != TensorType.INT32
    return node.option("bias_type") != TensorType.INT32


def _finish(node, acc, factors, wide, zero_point):
    scaled = multiply64(acc, *factors) if wide else multiply(acc, *factors)
    return np.clip(scaled + zero_point, *activation_range(node.option("activation"), node.out()))


def _in_order(x, weights, equation):
    """Sums of products in float64: nearer to the truth than any order of float32."""
    return np.einsum(equation, x.astype(np.float64), weights.astype(np.float64))


def _float_finish(node, sums, i=2):
    return float_clamp((sums + bias_of(node, i)).astype(F), node.option("activation"))


def _convolve(node, x, weights, equation):
    """Sums over windows; `equation` names the axes n y x, h w i, o."""
    patches = windows(x, node, weights.shape[1:3])
    exact = np.float64 if x.dtype.kind == "f" else np.int64
    return np.einsum(equation, patches.astype(exact), weights.astype(exact))


def _quantised_convolution(node, convolve, channels, wide16):
    x, filter_ = node.tensor(0), node.tensor(1)
    if x.dtype.kind == "f":
        return _float_finish(node, convolve(node.value(0)))
    factors = _channel_factors(node, x, filter_, channels)
    if x.dtype == np.int16:  # zero points are ignored
        return _finish(node, convolve(node.wide(0)) + bias_of(node), factors, wide16, 0)
    return _finish(node, convolve(node.centred(0)) + bias_of(node), factors, False,
                   node.out().zero_point)


def conv_2d(node):
    weights = node.value(1)
    if hybrid.applies(node):
        return hybrid.conv_2d(node, windows)
    groups = node.tensor(0).shape[3] // weights.shape[3]

    def convolve(x):
        parts = zip(np.split(x, groups, axis=3), np.split(weights, groups, axis=0))
        return np.concatenate([_convolve(node, part, w, "nyxhwi,ohwi->nyxo")
                               for part, w in parts], axis=3)

    return _quantised_convolution(node, convolve, len(weights), _wide_accumulator(node))


def depthwise_conv_2d(node):
    weights, repeat = node.value(1), node.option("depth_multiplier")
    if hybrid.applies(node):
        return hybrid.depthwise_conv_2d(node, windows)
    return _quantised_convolution(
        node, lambda x: _convolve(node, np.repeat(x, repeat, axis=3), weights, "nyxhwc,bhwc->nyxc"),
        weights.shape[3], True)


def transpose_conv(node):
    """Inputs: output shape, filter, input, bias."""
    filter_, x, out = node.tensor(1), node.tensor(2), node.out()
    weights = node.value(1)
    source = {True: node.value, False: node.wide if x.dtype == np.int16 else node.centred}[
        x.dtype.kind == "f"](2)
    exact = np.float64 if x.dtype.kind == "f" else np.int64
    acc = np.zeros(out.shape, exact)
    before = [padding_before(node.option("padding"), out.shape[axis], weights.shape[axis],
                             node.option("stride_" + letter))[1]
              for axis, letter in ((1, "h"), (2, "w"))]
    part = np.einsum("nyxi,ohwi->nyxhwo", source.astype(exact), weights.astype(exact))
    for iy, ix, ky, kx in np.ndindex(*x.shape[1:3], *weights.shape[1:3]):
        y = iy * node.option("stride_h") - before[0] + ky
        column = ix * node.option("stride_w") - before[1] + kx
        if 0 <= y < out.shape[1] and 0 <= column < out.shape[2]:
            acc[:, y, column] += part[:, iy, ix, ky, kx]
    if x.dtype.kind == "f":
        return _float_finish(node, acc, 3)
    factors = _channel_factors(node, x, filter_, out.shape[3])
    wide = x.dtype == np.int16
    return _finish(node, acc + bias_of(node, 3), factors, wide, 0 if wide else out.zero_point)


def fully_connected(node):
    x, filter_, out = node.tensor(0), node.tensor(1), node.out()
    if hybrid.applies(node):
        return hybrid.fully_connected(node)
    depth = filter_.shape[-1]
    if x.dtype.kind == "f":
        return _float_finish(node, node.value(0).reshape(-1, depth).astype(np.float64)
                             @ node.value(1).reshape(-1, depth).T.astype(np.float64))
    per_channel = filter_.scales.size > 1
    weights = (node.wide(1) if per_channel else node.centred(1)).reshape(-1, depth)
    acc = node.centred(0).reshape(-1, depth) @ weights.T + bias_of(node)
    factors = (_channel_factors(node, x, filter_, len(weights)) if per_channel
               else quantize_multiplier(float(x.scale * filter_.scale) / float(out.scale)))
    wide = x.dtype == np.int16 and _wide_accumulator(node)
    return _finish(node, acc, factors, wide, out.zero_point)


def batch_matmul(node):
    a, b, out = node.tensor(0), node.tensor(1), node.out()
    is_float = a.dtype.kind == "f"
    x, y = (node.value(i).astype(np.float64) if is_float else node.centred(i) for i in (0, 1))
    x = x.swapaxes(-1, -2) if node.option("adj_x") else x
    y = y.swapaxes(-1, -2) if node.option("adj_y") else y
    if is_float:
        return (x @ y).astype(F)
    factor = quantize_multiplier(float(a.scale * b.scale) / float(out.scale))
    return _finish(node, x @ y, factor, a.dtype == np.int16, out.zero_point)


EVALUATE = {
    Operator.CONV_2D: conv_2d,
    Operator.DEPTHWISE_CONV_2D: depthwise_conv_2d,
    Operator.TRANSPOSE_CONV: transpose_conv,
    Operator.FULLY_CONNECTED: fully_connected,
    Operator.BATCH_MATMUL: batch_matmul,
}

ACTIVATIONS = (Activation.NONE, Activation.NONE, Activation.RELU, Activation.RELU6,
               Activation.RELU_N1_TO_1)
# (activations, weights, bias): what the kernels tell apart.
KINDS = (("int8", "int8", "int32"), ("int8", "int4", "int32"), ("int16", "int8", "int64"),
         ("int16", "int8", "int32"), ("float32", "float32", "float32"),
         ("float32", "int8", "float32"))


class Weighted(Builder):
    """A builder for operators with activations, weights, bias."""

    def kind(self, i, kinds):
        self.dtype, self.weight_dtype, self.bias_dtype = kinds[i % len(kinds)]
        self.quantised = self.dtype != "float32"
        self.scale = random_scale(self.random, 1e-3, 0.1)
        if self.dtype == "int16":
            self.scale = random_scale(self.random, 1e-6, 1e-3)
        self.tolerance = None if self.quantised else 1e-5
        return self

    def zero(self, zero16):
        """A zero point; of int16 only where the operator heeds it or must ignore it."""
        return random_zero(self.random, "int8") if self.dtype == "int8" or zero16 else 0

    def activations(self, shape, zero16=True):
        self.input(self.dtype, shape,
                   *((self.scale, self.zero(zero16)) if self.quantised else ()), spread=1.5)

    def weights(self, shape, channels=1, axis=0, zero=0):
        """With one scale, or one for each of `channels` along `axis`."""
        low, high = {"int8": (-127, 127), "int4": (-7, 7)}.get(self.weight_dtype, (0, 0))
        if self.weight_dtype == "float32":
            self.weight_scales = F(1)
            self.constant(draw(self.random, "float32", shape, 0.7))
            return
        base = random_scale(self.random, 1e-3, 0.05)
        self.weight_scales = (base * np.exp(self.random.uniform(-1.5, 1.5, channels))).astype(F)
        values = self.random.integers(low, high + 1, shape).astype(np.int8)
        self.constant(values, self.weight_scales, zero, axis, self.weight_dtype)

    def bias(self, channels, sums):
        """Of the size of a sum over `sums` products, or absent."""
        if self.random.random() < 0.25:
            return
        if self.bias_dtype == "float32":
            self.constant(draw(self.random, "float32", (channels,), 1.0))
            return
        most = int(127 * (128 if self.dtype == "int8" else 32768) * math.sqrt(sums) / 3)
        if self.bias_dtype == "int16":
            most = 32767
        values = self.random.integers(-most, most + 1, channels).astype(self.bias_dtype)
        scales = (self.scale * self.weight_scales).astype(F)
        self.constant(values, scales, 0)

    def result(self, shape, sums, zero16=True):
        if not self.quantised:
            self.output(self.dtype, shape)
            return
        weight = (7 if self.weight_dtype == "int4" else 127) * float(np.mean(self.weight_scales))
        scale = float(self.scale) * weight * math.sqrt(sums) * self.random.uniform(0.3, 2)
        if self.random.random() < 0.15:  # multipliers above 1, much saturated, or hardly a step
            scale *= math.exp(self.random.uniform(-8, 3))
        self.output(self.dtype, shape, F(scale), self.zero(zero16))


def random_image(random, b, most=6):
    """Sizes of image and filter that fit together; fills in the options."""
    kernel = [int(n) for n in random.integers(1, 4, 2)]
    strides, dilations = random.integers(1, 4, 2), random.integers(1, 3, 2)
    padding = pick(random, list(Padding))
    size = [int(random.integers((k - 1) * d + 1 if padding == Padding.VALID else 1, most + 3))
            for k, d in zip(kernel, dilations)]
    b.options |= {"padding": int(padding), "stride_h": int(strides[0]), "stride_w": int(strides[1]),
                  "dilation_h": int(dilations[0]), "dilation_w": int(dilations[1]),
                  "activation": int(pick(random, ACTIVATIONS))}
    out = [padding_before(padding, *axis)[0] for axis in zip(size, kernel, strides, dilations)]
    batch = int(pick(random, [1, 1, 2, 3]))
    return batch, size, kernel, [int(n) for n in out]


def conv_2d_case(random, i):
    b = Weighted("CONV_2D", random).kind(i, KINDS)
    batch, size, kernel, out = random_image(random, b)
    groups = int(pick(random, [1, 1, 1, 2, 3])) if b.weight_dtype == b.dtype else 1
    depth, channels = (groups * int(n) for n in random.integers(1, 4, 2))
    b.activations((batch, *size, depth))
    b.weights((channels, *kernel, depth // groups), pick(random, [1, channels]))
    sums = math.prod(kernel) * depth // groups
    count = len(b.inputs)
    b.bias(channels, sums)
    if b.bias_dtype == "int32" and b.dtype == "int16" and len(b.inputs) == count:
        b.options["bias_type"] = int(TensorType.INT32)
    b.result((batch, *out, channels), sums)
    return b


DEPTHWISE_KINDS = (*KINDS[:3], *KINDS[4:])


def depthwise_conv_2d_case(random, i):
    b = Weighted("DEPTHWISE_CONV_2D", random).kind(i, DEPTHWISE_KINDS)
    batch, size, kernel, out = random_image(random, b)
    depth, repeat = (int(n) for n in random.integers(1, 4, 2))
    b.options["depth_multiplier"] = repeat
    b.activations((batch, *size, depth))
    b.weights((1, *kernel, depth * repeat), pick(random, [1, depth * repeat]), 3)
    b.bias(depth * repeat, math.prod(kernel))
    b.result((batch, *out, depth * repeat), math.prod(kernel))
    return b


TRANSPOSE_KINDS = (KINDS[0], KINDS[2], ("int16", "int8", "int16"), KINDS[4])


def transpose_conv_case(random, i):
    b = Weighted("TRANSPOSE_CONV", random).kind(i, TRANSPOSE_KINDS)
    batch, size, kernel, _ = random_image(random, b, 4)
    del b.options["dilation_h"], b.options["dilation_w"]
    depth, channels = (int(n) for n in random.integers(1, 4, 2))
    same = b.options["padding"] == Padding.SAME
    out = [n * b.options["stride_" + letter] if same
           else (n - 1) * b.options["stride_" + letter] + k
           for n, k, letter in zip(size, kernel, "hw")]
    shape = (batch, *out, channels)
    b.constant(np.array(shape, np.int32))
    b.weights((channels, *kernel, depth), pick(random, [1, channels]))
    b.activations((batch, *size, depth))
    b.bias(channels, math.prod(kernel) * depth)
    b.result(shape, math.prod(kernel) * depth)
    return b


def _set_bias_scale(b):
    """FULLY_CONNECTED compares the bias's scale with the product of the others."""
    if b.quantised and len(b.inputs) == 3:
        b.tensors[b.inputs[2]].scales = np.atleast_1d((b.scale * b.weight_scales).astype(F))


def fully_connected_case(random, i):
    b = Weighted("FULLY_CONNECTED", random).kind(i, KINDS)
    depth, channels = int(pick(random, [1, 3, 8, 17])), int(random.integers(1, 7))
    batch = shape_of(random, int(random.integers(1, 3)), 3)
    keep = len(batch) > 1
    b.options = {"activation": int(pick(random, ACTIVATIONS)), "keep_num_dims": int(keep)}
    b.activations((*batch, depth))
    per_channel = b.weight_dtype == "int8" and random.random() < 0.4
    zero = 0
    if b.weight_dtype == "int8" and b.quantised and not per_channel and random.random() < 0.4:
        zero = random_zero(random, "int8")
    b.weights((channels, depth), channels if per_channel else 1, 0, zero)
    if not b.quantised and b.weight_dtype == "int8":
        b.options["asymmetric"] = int(random.random() < 0.5)
    count = len(b.inputs)
    b.bias(channels, depth)
    if b.bias_dtype == "int32" and b.dtype == "int16" and len(b.inputs) == count:
        b.options["bias_type"] = int(TensorType.INT32)
    _set_bias_scale(b)
    b.result((*batch, channels), depth)
    return b


def batch_matmul_case(random, i):
    dtype = ("int8", "int16", "float32")[i % 3]
    rows, depth, columns = (int(n) for n in random.integers(1, 6, 3))
    adj_x, adj_y = (int(random.random() < 0.4) for _ in range(2))
    b = Builder("BATCH_MATMUL", random, {"adj_x": adj_x, "adj_y": adj_y})
    (lead_a, lead_b), lead = broadcast_shapes(random, int(random.integers(1, 4)), 2, 3)
    if random.random() < 0.3:
        lead_a, lead_b, lead = (), (), ()
    first = (*lead_a, depth, rows) if adj_x else (*lead_a, rows, depth)
    second = (*lead_b, columns, depth) if adj_y else (*lead_b, depth, columns)
    if dtype == "float32":
        b.tolerance = 1e-5
        quantised = [(), (), ()]
    else:
        scales = [random_scale(random, 1e-3, 0.1) for _ in range(2)]
        steps = 128 if dtype == "int8" else 32768
        scales.append(F(scales[0] * scales[1] * steps * math.sqrt(depth) * random.uniform(0.3, 2)))
        quantised = [(s, random_zero(random, "int8") if dtype == "int8" else 0) for s in scales]
    b.input(dtype, first, *quantised[0])
    b.input_or_constant(i % 2, dtype, second, *quantised[1])
    b.output(dtype, (*lead, rows, columns), *quantised[2])
    return b


GOLDENS = {
    "CONV_2D": (conv_2d_case, 42),
    "DEPTHWISE_CONV_2D": (depthwise_conv_2d_case, 35),
    "TRANSPOSE_CONV": (transpose_conv_case, 28),
    "FULLY_CONNECTED": (fully_connected_case, 42),
    "BATCH_MATMUL": (batch_matmul_case, 27),
}
