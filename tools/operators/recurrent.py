"""SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM, with their state."""

import math

import numpy as np

from operators.activations import logistic16, logistic_float, tanh16
from operators.case import Builder, draw, pick, random_scale, random_zero
from operators.primitives import (
    float_clamp, log2_rounded, multiply, multiply64, quantize_multiplier, saturate, wrap)
from tflite.schema import Activation, Operator

F = np.float32


def svdf(node):
    """Inputs: x, feature weights, time weights, bias, state {B, F * M}."""
    x, features, times, state_of, out = (*(node.tensor(i) for i in (0, 1, 2, 4)), node.out())
    filters, memory = times.shape
    batch, rank = x.shape[0], node.option("rank")
    is_float = x.dtype.kind == "f"
    state = node.value(4).reshape(-1)
    state = np.append(state[1:], state[-1:]).reshape(batch, filters, memory)
    if is_float:
        projected = (node.value(0).astype(np.float64) @ node.value(1).T).astype(F)
    else:
        factor = quantize_multiplier(x.scale * features.scale / state_of.scale)
        projected = multiply(node.centred(0) @ node.wide(1).T, *factor)
        projected = wrap(saturate(projected, state_of.dtype) + state_of.zero_point,
                         8 * state_of.dtype.itemsize)
    state[:, :, -1] = projected
    node.store(4, state)
    exact = np.float64 if is_float else np.int64
    products = (state.astype(exact) - state_of.zero_point) * node.value(2).astype(exact)
    sums = products.sum(axis=2).reshape(batch, filters // rank, rank).sum(axis=2)
    if node.has(3):
        sums = sums + node.value(3).astype(exact)
    if is_float:
        return svdf_activation(sums.astype(F), node.option("activation"))
    factor = quantize_multiplier(state_of.scale * times.scale / out.scale)
    return saturate(multiply(wrap(sums), *factor) + out.zero_point, np.int8)


def svdf_activation(y, activation):
    if activation == Activation.TANH:
        return np.tanh(y)
    if activation == Activation.SIGN_BIT:
        return np.signbit(y).astype(F)
    return float_clamp(y, activation)


class _Gates:
    """The eight products of a cell: gate -> what it gives for the step's x and h."""

    def __init__(self, node):
        self.node = node
        self.is_float = node.tensor(0).dtype.kind == "f"
        self.rescale = multiply if node.tensor(0).dtype == np.int8 else multiply64

    def _part(self, values, source, weights, bias=None):
        node, filter_ = self.node, self.node.tensor(weights)
        if self.is_float:
            y = values.astype(np.float64) @ node.value(weights).T.astype(np.float64)
            return (y if bias is None else y + node.value(bias)).astype(F)
        factor = quantize_multiplier(float(source.scale * filter_.scale) / 2.0**-12)
        sums = (values - source.zero_point) @ (node.wide(weights) - filter_.zero_point).T
        if bias is not None:
            sums = sums + node.wide(bias)
        return saturate(self.rescale(sums, *factor), np.int16)

    def __call__(self, gate, x, h):
        """gate 0 to 3: input, forget, cell, output."""
        node = self.node
        first = self._part(x, node.tensor(0), 1 + gate, 12 + gate)
        second = self._part(h, node.tensor(18), 5 + gate)
        return first + second if self.is_float else saturate(first + second, np.int16)


def _float_step(node, gates, x, h, c):
    i, f, o = (logistic_float(gates(gate, x, h)) for gate in (0, 1, 3))
    g = np.tanh(gates(2, x, h))
    c = c * f + i * g
    clip = F(node.option("cell_clip"))
    c = np.clip(c, -clip, clip) if clip > 0 else c
    return np.tanh(c) * o, c


def _integer_step(node, gates, x, h, c):
    hidden, cell = node.tensor(18), node.tensor(19)
    i, f, o = (logistic16(gates(gate, x, h)) for gate in (0, 1, 3))
    g = tanh16(gates(2, x, h))
    keep = quantize_multiplier(2.0**-15 * float(cell.scale) / float(cell.scale))
    add = quantize_multiplier(2.0**-15 * 2.0**-15 / float(cell.scale))
    out = quantize_multiplier(2.0**-15 * 2.0**-15 / float(hidden.scale))
    c = saturate(saturate(multiply(f * c, *keep), np.int16)
                 + saturate(multiply(i * g, *add), np.int16), np.int16)
    clip = float(F(node.option("cell_clip")))
    if clip > 0:
        most = int(np.clip(clip / float(cell.scale), -32768, 32767))
        c = np.clip(c, -most, most)
    shift = 15 + log2_rounded(cell.scale)[0] - 3
    t = tanh16(c, 3 << shift, 0) if shift >= 0 else tanh16(c, 3, -shift)
    return saturate(multiply(t * o, *out) + hidden.zero_point, hidden.dtype), c


def lstm(node):
    x = node.value(0)
    gates = _Gates(node)
    step = _float_step if gates.is_float else _integer_step
    frames = x if node.option("time_major") else x.swapaxes(0, 1)
    frames = frames if gates.is_float else frames.astype(np.int64)
    h, c = (node.value(i) if gates.is_float else node.wide(i) for i in (18, 19))
    outputs = []
    for frame in frames:
        h, c = step(node, gates, frame, h, c)
        outputs.append(h)
    node.store(18, h)
    node.store(19, c)
    y = np.stack(outputs)
    return y if node.option("time_major") else y.swapaxes(0, 1)


EVALUATE = {
    Operator.SVDF: svdf,
    Operator.UNIDIRECTIONAL_SEQUENCE_LSTM: lstm,
}


def svdf_case(random, i):
    kind = ("int8", "int16", "float32")[i % 3]  # of state and time weights
    batch, depth, units, rank, memory = (int(n) for n in random.integers(1, 5, 5))
    filters = units * rank
    b = Builder("SVDF", random, {"rank": rank})
    b.runs = 4
    if kind == "float32":
        b.tolerance = 1e-5
        b.options["activation"] = int(pick(random, list(Activation)))
        b.input("float32", (batch, depth))
        b.constant(draw(random, kind, (filters, depth), 0.5))
        b.constant(draw(random, kind, (filters, memory), 0.5))
        if random.random() < 0.7:
            b.constant(draw(random, kind, (units,)))
        else:
            b.absent()
        b.variable("float32", (batch, filters * memory))
        b.output("float32", (batch, units))
        return b
    most = 127 if kind == "int8" else 32767
    s_x, s_f = random_scale(random, 0.005, 0.1), random_scale(random, 0.003, 0.02)
    s_state = F(s_x * s_f * 127 * 127 * math.sqrt(depth) / most * random.uniform(0.5, 2))
    s_time = random_scale(random, *((0.003, 0.02) if kind == "int8" else (1e-5, 1e-4)))
    s_out = F(s_state * s_time * most * most / 127 * math.sqrt(memory * rank)
              * random.uniform(0.3, 2))
    b.input("int8", (batch, depth), s_x, random_zero(random, "int8"))
    b.constant(random.integers(-127, 128, (filters, depth)).astype(np.int8), s_f)
    b.constant(random.integers(-most, most + 1, (filters, memory)).astype(kind), s_time)
    b.constant(random.integers(-most * 40, most * 40, units).astype(np.int32), s_state * s_time)
    b.variable(kind, (batch, filters * memory), s_state, 0)
    b.output("int8", (batch, units), s_out, random_zero(random, "int8"))
    return b


def _lstm_parameter(b, random, shape, scale):
    if scale is None:
        b.constant(draw(random, "float32", shape, 0.4))
    else:
        b.constant(random.integers(-127, 128, shape).astype(np.int8), scale)


def lstm_case(random, i):
    kind = ("int8", "int16", "float32")[i % 3]
    batch, steps, depth, units = (int(n) for n in random.integers(1, 4, 4))
    time_major = int(random.random() < 0.5)
    clip = float(pick(random, [0.0, 0.0, 1.5]))
    b = Builder("UNIDIRECTIONAL_SEQUENCE_LSTM", random,
                {"activation": int(Activation.TANH), "cell_clip": clip, "time_major": time_major})
    b.runs = 2
    is_float = kind == "float32"
    lead = (steps, batch) if time_major else (batch, steps)
    s_x = random_scale(random, 0.01, 0.05) if kind == "int8" else random_scale(random, 3e-5, 2e-4)
    s_h = F(1 / 128) if kind == "int8" else F(2.0**-15)
    s_c = F(2.0 ** pick(random, [-12, -11, -13, -10]))
    zero = random_zero(random, "int8")
    b.input(kind, (*lead, depth), *(() if is_float else (s_x, zero)))
    scales = [None if is_float else random_scale(random, 0.003, 0.02) for _ in range(8)]
    for gate, scale in enumerate(scales):
        _lstm_parameter(b, random, (units, depth if gate < 4 else units), scale)
    for _ in range(3):
        b.absent()
    for gate in range(4):
        if is_float:
            b.constant(draw(random, "float32", (units,), 0.5))
            continue
        scale = F(s_x * scales[gate])
        most = int(2 / scale)
        b.constant(random.integers(-most, most + 1, units).astype(
            np.int32 if kind == "int8" else np.int64), scale)
    for _ in range(2):
        b.absent()
    quantised = () if is_float else (s_h, 0 if kind == "int16" else int(random.integers(-20, 21)))
    b.variable(kind, (batch, units), *quantised)
    b.variable("float32" if is_float else "int16", (batch, units), *(() if is_float else (s_c, 0)))
    for _ in range(4):
        b.absent()
    b.output(kind, (*lead, units), *quantised)
    b.tolerance = 1e-5 if is_float else None
    return b


GOLDENS = {
    "SVDF": (svdf_case, 21),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (lstm_case, 24),
}
