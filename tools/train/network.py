"""A small convolutional network in NumPy: forward, backward, Adam.

Training gives the same weights on every machine. Sums are where machines differ (the
order in which a BLAS adds), so every operand of a product is first rounded to a grid
so coarse that products and their sums are exact in float64; then the order no longer
matters (the largest sum of magnitudes seen in training the digits is 2^43 grid units,
float64 has room for 2^53). All else is + - * / sqrt on single elements, which IEEE 754
fixes, and an exponential made of them.

The network: 3x3 convolution, ReLU, 2x2 maximum; the same again; one dense layer.
"""

import numpy as np

VALUE_BITS = 16  # fraction bits of activations and weights inside a product
GRADIENT_BITS = 22  # fraction bits of gradients inside a product


def snap(x, bits):
    return np.rint(x * 2.0**bits) * 2.0**-bits


def exp_negative(x):
    """exp(x) for x <= 0, by (exp(x / 4096))^4096, from multiplications alone."""
    small = np.maximum(x, -60.0) / 4096
    result = 1 + small * (1 + small * (0.5 + small * (1 / 6 + small / 24)))
    for _ in range(12):
        result = result * result
    return result


def softmax(logits):
    exps = snap(exp_negative(logits - logits.max(axis=1, keepdims=True)), 40)
    return exps / exps.sum(axis=1, keepdims=True)


class Conv3x3:
    """{N, H, W, I} -> {N, H, W, O}, zero padding, followed by a ReLU."""

    def __init__(self, inputs, outputs, random):
        self.weights = _he_uniform((3, 3, inputs, outputs), 9 * inputs, random)
        self.bias = np.zeros(outputs)

    def forward(self, x):
        n, h, w, channels = x.shape
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        taps = [padded[:, i:i + h, j:j + w] for i in range(3) for j in range(3)]
        self.columns = snap(np.concatenate(taps, axis=3).reshape(-1, 9 * channels), VALUE_BITS)
        self.shape = x.shape
        out = self.columns @ self._matrix() + self.bias
        self.active = out > 0
        return (out * self.active).reshape(n, h, w, -1)

    def backward(self, gradient):
        n, h, w, channels = self.shape
        gradient = snap(gradient.reshape(self.active.shape) * self.active, GRADIENT_BITS)
        self.gradients = ((self.columns.T @ gradient).reshape(self.weights.shape),
                          gradient.sum(axis=0))
        columns = (gradient @ self._matrix().T).reshape(n, h, w, 9, channels)
        padded = np.zeros((n, h + 2, w + 2, channels))
        for tap in range(9):
            i, j = divmod(tap, 3)
            padded[:, i:i + h, j:j + w] += columns[:, :, :, tap]
        return padded[:, 1:-1, 1:-1]

    def _matrix(self):
        return snap(self.weights.reshape(-1, self.weights.shape[3]), VALUE_BITS)


class MaxPool2x2:
    weights = None

    def forward(self, x):
        n, h, w, c = x.shape
        blocks = x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 5, 2, 4)
        blocks = blocks.reshape(n, h // 2, w // 2, c, 4)
        self.shape, self.winner = x.shape, blocks.argmax(axis=4)
        return blocks.max(axis=4)

    def backward(self, gradient):
        n, h, w, c = self.shape
        blocks = (np.arange(4) == self.winner[..., None]) * gradient[..., None]
        blocks = blocks.reshape(n, h // 2, w // 2, c, 2, 2).transpose(0, 1, 4, 2, 5, 3)
        return blocks.reshape(self.shape)


class Dense:
    """Flattens, then {N, I} -> {N, O}."""

    def __init__(self, inputs, outputs, random):
        self.weights = _he_uniform((inputs, outputs), inputs, random)
        self.bias = np.zeros(outputs)

    def forward(self, x):
        self.shape = x.shape
        self.x = snap(x.reshape(len(x), -1), VALUE_BITS)
        return self.x @ snap(self.weights, VALUE_BITS) + self.bias

    def backward(self, gradient):
        gradient = snap(gradient, GRADIENT_BITS)
        self.gradients = (self.x.T @ gradient, gradient.sum(axis=0))
        return (gradient @ snap(self.weights, VALUE_BITS).T).reshape(self.shape)


def _he_uniform(shape, inputs, random):
    limit = np.sqrt(6.0 / inputs)
    return (random.random_sample(shape) * 2 - 1) * limit


class Adam:
    """Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019)."""

    def __init__(self, parameters, decay):
        self.parameters, self.decay = parameters, decay
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]
        self.power1 = self.power2 = 1.0

    def step(self, gradients, rate):
        self.power1 *= 0.9
        self.power2 *= 0.999
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            update = (m / (1 - self.power1)) / (np.sqrt(v / (1 - self.power2)) + 1e-8)
            p -= rate * (update + self.decay * p)


class Network:
    def __init__(self, channels, classes, random):
        first, second = channels
        self.layers = [Conv3x3(1, first, random), MaxPool2x2(),
                       Conv3x3(first, second, random), MaxPool2x2(),
                       Dense(4 * second, classes, random)]

    def forward(self, images):
        """All activations: the images, then each layer's output; the last are the logits."""
        values = [images]
        for layer in self.layers:
            values.append(layer.forward(values[-1]))
        return values

    def accuracy(self, images, labels):
        return float((self.forward(images)[-1].argmax(axis=1) == labels).mean())

    def train(self, images, labels, random, epochs, batch, rate, decay, smoothing):
        """Cross-entropy against labels smoothed towards 1/classes (Szegedy et al. 2016)."""
        trained = [layer for layer in self.layers if layer.weights is not None]
        adam = Adam([p for layer in trained for p in (layer.weights, layer.bias)], decay)
        classes = self.layers[-1].bias.size
        targets = np.eye(classes) * (1 - smoothing) + smoothing / classes
        steps = epochs * (len(images) // batch)
        done = 0
        for _ in range(epochs):
            order = random.permutation(len(images))
            for start in range(0, len(images) - batch + 1, batch):
                chosen = order[start:start + batch]
                gradient = softmax(self.forward(shift(images[chosen], random))[-1])
                gradient -= targets[labels[chosen]]
                for layer in reversed(self.layers):
                    gradient = layer.backward(gradient)
                adam.step([g / batch for layer in trained for g in layer.gradients],
                          rate * (1 - done / steps))
                done += 1


def shift(images, random):
    """Moves a copy of each image by a pixel up or down and left or right, each with
    probability 1/2, so that position matters less."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    h, w = images.shape[1:3]
    rows, columns = np.array([0, 1, 1, 2])[random.randint(0, 4, (2, len(images)))]
    return np.stack([p[r:r + h, c:c + w] for p, r, c in zip(padded, rows, columns)])
