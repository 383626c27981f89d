"""From a trained Network to an int8 Model: scales, zero points, integer weights.

Convolution weights get one scale per output channel, the dense layer one for all;
both symmetric (zero point 0). Activations get one asymmetric scale per tensor, from
the range they reach on calibration images. A ReLU is fused into its convolution, a
bias has the scale of the products it is added to.
"""

import numpy as np

from network import Network
from tflite.schema import Activation, Model, Operator, Padding, Step, Tensor, TensorType


def to_int8(real, scale, zero_point):
    """What the operator QUANTIZE does: float32 division, ties away from zero."""
    ratio = (np.asarray(real, np.float32) / scale).astype(np.float64)
    rounded = np.copysign(np.floor(np.abs(ratio) + 0.5), ratio)
    return np.clip(rounded + zero_point, -128, 127).astype(np.int8)


def _activation(name, shape, low, high):
    """A tensor whose 256 values span low..high, with 0 exactly representable."""
    low, high = min(low, 0.0), max(high, 0.0)
    scale = np.float32((high - low) / 255)
    zero_point = int(np.clip(np.rint(-128 - low / scale), -128, 127))
    return Tensor(name, TensorType.INT8, (1, *shape), np.array([scale], np.float32),
                  np.array([zero_point], np.int64))


def _weights(name, real, per_channel):
    """real: output channels first."""
    rows = np.abs(real.reshape(len(real), -1))
    peaks = rows.max(axis=1) if per_channel else rows.max(keepdims=True).reshape(1)
    scales = (peaks / 127).astype(np.float32)
    divisor = scales.reshape(-1, *[1] * (real.ndim - 1)).astype(np.float64)
    data = np.clip(np.rint(real / divisor), -127, 127).astype(np.int8)
    return Tensor(name, TensorType.INT8, data.shape, scales,
                  np.zeros(len(scales), np.int64), 0, data)


def _bias(name, real, input_scale, weight_scales):
    scales = (input_scale * weight_scales).astype(np.float32)
    data = np.rint(real / scales.astype(np.float64)).astype(np.int32)
    return Tensor(name, TensorType.INT32, data.shape, scales,
                  np.zeros(len(scales), np.int64), 0, data)


class _Builder:
    """Appends layers; remembers the tensor the next one reads."""

    def __init__(self, source: Tensor):
        self.tensors, self.steps, self.last = [source], [], 0

    def add(self, operator, constants, output, **options):
        first = len(self.tensors)
        self.tensors += [*constants, output]
        inputs = [self.last, *range(first, first + len(constants))]
        self.last = len(self.tensors) - 1
        self.steps.append(Step(operator, inputs, [self.last], options))

    @property
    def source(self) -> Tensor:
        return self.tensors[self.last]

    def convolution(self, name, layer, values):
        weights = _weights(f"{name}/weights", layer.weights.transpose(3, 0, 1, 2), True)
        bias = _bias(f"{name}/bias", layer.bias, self.source.scale, weights.scales)
        self.add(Operator.CONV_2D, [weights, bias],
                 _activation(name, values.shape[1:], 0.0, values.max()),
                 padding=Padding.SAME, stride_w=1, stride_h=1, activation=Activation.RELU)

    def maximum(self, name, values):
        output = Tensor(name, TensorType.INT8, (1, *values.shape[1:]), self.source.scales,
                        self.source.zero_points)
        self.add(Operator.MAX_POOL_2D, [], output, padding=Padding.VALID,
                 stride_w=2, stride_h=2, filter_w=2, filter_h=2)

    def flatten(self):
        shape = (1, int(np.prod(self.source.shape)))
        target = Tensor("flat/shape", TensorType.INT32, (2,), data=np.array(shape, np.int32))
        output = Tensor("flat", TensorType.INT8, shape, self.source.scales,
                        self.source.zero_points)
        self.add(Operator.RESHAPE, [target], output, new_shape=shape)

    def dense(self, name, layer, values):
        weights = _weights(f"{name}/weights", layer.weights.T, False)
        bias = _bias(f"{name}/bias", layer.bias, self.source.scale, weights.scales)
        self.add(Operator.FULLY_CONNECTED, [weights, bias],
                 _activation(name, values.shape[1:], values.min(), values.max()),
                 activation=Activation.NONE)

    def softmax(self, name):
        output = Tensor(name, TensorType.INT8, self.source.shape,
                        np.array([1 / 256], np.float32), np.array([-128], np.int64))
        self.add(Operator.SOFTMAX, [], output, beta=1.0)


def quantize(network: Network, calibration, description) -> Model:
    first, _, second, _, dense = network.layers
    _, conv1, pool1, conv2, pool2, logits = network.forward(calibration)
    builder = _Builder(_activation("image", calibration.shape[1:], 0.0, 1.0))
    builder.convolution("conv1", first, conv1)
    builder.maximum("pool1", pool1)
    builder.convolution("conv2", second, conv2)
    builder.maximum("pool2", pool2)
    builder.flatten()
    builder.dense("logits", dense, logits)
    builder.softmax("probabilities")
    return Model(builder.tensors, builder.steps, [0], [builder.last], description)


def multiplications(model: Model) -> int:
    """Multiply-accumulates of one run."""
    total = 0
    for step in model.steps:
        if step.operator in (Operator.CONV_2D, Operator.FULLY_CONNECTED):
            weights, out = (model.tensors[i] for i in (step.inputs[1], step.outputs[0]))
            total += int(np.prod(out.shape)) * weights.data.size // len(weights.data)
    return total
