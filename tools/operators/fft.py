"""Real transforms as SignalRfft and SignalIrfft compute them, in 16 or 32 bits or float32.

Integers: samples have F = 15 or 31 fraction bits, every stored value wraps to its width and
every stage divides by its radix, so that the result is about the transform over N.
"""

import math

import numpy as np



class _Integers:
    """Complex numbers are pairs of Python integers: no product overflows."""

    def __init__(self, bits):
        self.bits, self.places = bits, bits - 1
        self.most = (1 << self.places) - 1

    def store(self, x):
        half = 1 << (self.bits - 1)
        return ((x + half) & ((1 << self.bits) - 1)) - half

    def rounded(self, x):
        return self.store((x + (1 << (self.places - 1))) >> self.places)

    def times(self, a, b):
        return self.rounded(a * b)

    def mul(self, a, b):
        return (self.rounded(a[0] * b[0] - a[1] * b[1]), self.rounded(a[0] * b[1] + a[1] * b[0]))

    def divided(self, a, k):
        return tuple(self.rounded(v * (self.most // k)) for v in a)

    def half(self, a):
        return self.divided(a, 2)

    def shifted(self, x):
        """Half of a sum that is not stored in between, in 16 bits."""
        return (x if self.bits == 16 else self.store(x)) >> 1

    def less_half(self, a, g):
        return tuple(self.store(x - (y >> 1)) for x, y in zip(a, g))

    def angle(self, phase):
        return tuple(math.floor(0.5 + self.most * f(phase)) for f in (math.cos, math.sin))


class _Floats:
    def store(self, x):
        return np.float32(x)

    def times(self, a, b):
        return a * b

    def mul(self, a, b):
        return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]

    def divided(self, a, k):
        return a

    def half(self, a):
        return a

    def shifted(self, x):
        return x * np.float32(0.5)

    def less_half(self, a, g):
        return tuple(x - y * np.float32(0.5) for x, y in zip(a, g))

    def angle(self, phase):
        return np.float32(math.cos(phase)), np.float32(math.sin(phase))


def _radices(n):
    """4 as often as it divides, then 2, 3, 5 ..."""
    radices, p, most = [], 4, math.isqrt(n)
    while n > 1:
        while n % p:
            p = {4: 2, 2: 3}.get(p, p + 2)
            if p > most:
                p = n
        n //= p
        radices.append(p)
    return radices


class _Transform:
    """A complex transform of n points by decimation in time."""

    def __init__(self, arithmetic, n, inverse):
        self.a, self.n, self.inverse = arithmetic, n, inverse
        sign = 2 if inverse else -2
        self.twiddles = [arithmetic.angle(sign * math.pi * i / n) for i in range(n)]

    def plus(self, *terms):
        return tuple(self.a.store(sum(parts[1:], parts[0])) for parts in zip(*terms))

    def minus(self, x, y):
        return tuple(self.a.store(p - q) for p, q in zip(x, y))

    def run(self, x, radices, stride=1):
        if not radices:
            return list(x)
        p, m = radices[0], len(x) // radices[0]
        parts = [self.run(x[q::p], radices[1:], stride * p) for q in range(p)]
        out = [None] * len(x)
        for u in range(m):
            a = [self.a.divided(part[u], p) for part in parts]
            t = [self.a.mul(a[q], self.twiddles[q * u * stride]) for q in range(p)]
            for q, y in enumerate(self._butterfly(p, a[0], t, m * stride)):
                out[u + q * m] = y
        return out

    def _butterfly(self, p, a0, t, at):
        return {2: self._two, 3: self._three, 4: self._four, 5: self._five}[p](a0, t, at)

    def _two(self, a0, t, at):
        return self.plus(a0, t[1]), self.minus(a0, t[1])

    def _turned(self, e, h, sign):
        """e - i h for sign 1, e + i h for sign -1."""
        return (self.a.store(e[0] + sign * h[1]), self.a.store(e[1] - sign * h[0]))

    def _four(self, a0, t, at):
        e, f = self.minus(a0, t[2]), self.plus(a0, t[2])
        g, h = self.plus(t[1], t[3]), self.minus(t[1], t[3])
        y1, y3 = self._turned(e, h, 1), self._turned(e, h, -1)
        if self.inverse:
            y1, y3 = y3, y1
        return self.plus(f, g), y1, self.minus(f, g), y3

    def _three(self, a0, t, at):
        g, h = self.plus(t[1], t[2]), self.minus(t[1], t[2])
        s = self.twiddles[at][1]
        h = tuple(self.a.times(v, s) for v in h)
        c = self.a.less_half(a0, g)
        return self.plus(a0, g), self._turned(c, h, -1), self._turned(c, h, 1)

    def _five(self, a0, t, at):
        (ar, ai), (br, bi) = self.twiddles[at], self.twiddles[2 * at]
        times, store = self.a.times, self.a.store
        s7, s10 = self.plus(t[1], t[4]), self.minus(t[1], t[4])
        s8, s9 = self.plus(t[2], t[3]), self.minus(t[2], t[3])
        y0 = tuple(store(x + store(y + z)) for x, y, z in zip(a0, s7, s8))

        def outer(first, second):
            return tuple(store(store(x + times(y, first)) + times(z, second))
                         for x, y, z in zip(a0, s7, s8))

        v5, v11 = outer(ar, br), outer(br, ar)
        v6 = (store(times(s10[1], ai) + times(s9[1], bi)),
              store(-times(s10[0], ai) - times(s9[0], bi)))
        v12 = (store(-times(s10[1], bi) + times(s9[1], ai)),
               store(times(s10[0], bi) - times(s9[0], ai)))
        return (y0, self.minus(v5, v6), self.plus(v11, v12), self.minus(v11, v12),
                self.plus(v5, v6))


def _arithmetic(dtype):
    return _Floats() if dtype.kind == "f" else _Integers(8 * dtype.itemsize)


def _super_twiddles(a, n, inverse):
    sign = 1 if inverse else -1
    return [a.angle(sign * math.pi * ((k + 1) / n + 0.5)) for k in range(n // 2)]


def _plus(a, x, y, sign=1):
    return tuple(a.store(p + sign * q) for p, q in zip(x, y))


def _conjugate(a, x):
    return x[0], a.store(-x[1])


def _forward_row(row, length, dtype):
    a, n = _arithmetic(dtype), length // 2
    samples = [*row, *[row.dtype.type(0)] * (length - len(row))]
    samples = samples if dtype.kind == "f" else [int(v) for v in samples]
    z = _Transform(a, n, False).run(list(zip(samples[::2], samples[1::2])), _radices(n))
    twiddles = _super_twiddles(a, n, False)
    out = [None] * (n + 1)
    d = a.half(z[0])
    out[0], out[n] = (a.store(d[0] + d[1]), a.store(0)), (a.store(d[0] - d[1]), a.store(0))
    for k in range(1, n // 2 + 1):
        x, y = a.half(z[k]), a.half(_conjugate(a, z[n - k]))
        e, w = _plus(a, x, y), a.mul(_plus(a, x, y, -1), twiddles[k - 1])
        out[k] = (a.shifted(e[0] + w[0]), a.shifted(e[1] + w[1]))
        out[n - k] = (a.shifted(e[0] - w[0]), a.shifted(w[1] - e[1]))
    return np.array(out).reshape(-1)


def _inverse_row(row, length, dtype):
    a, n = _arithmetic(dtype), length // 2
    values = list(row) if dtype.kind == "f" else [int(v) for v in row]
    x = list(zip(values[::2], values[1::2]))
    twiddles, t = _super_twiddles(a, n, True), [None] * n
    t[0] = a.half((a.store(x[0][0] + x[n][0]), a.store(x[0][0] - x[n][0])))
    for k in range(1, n // 2 + 1):
        p, q = a.half(x[k]), a.half(_conjugate(a, x[n - k]))
        e, w = _plus(a, p, q), a.mul(_plus(a, p, q, -1), twiddles[k - 1])
        t[k] = _plus(a, e, w)
        t[n - k] = _conjugate(a, _plus(a, e, w, -1))
    z = np.array(_Transform(a, n, True).run(t, _radices(n))).reshape(-1)
    return z / np.float32(length) if dtype.kind == "f" else z


def _over_rows(function, x, length):
    rows = [function(row, length, x.dtype) for row in x.reshape(-1, x.shape[-1])]
    return np.stack(rows)


def real(x, length):
    """{..., L} padded with zeros to `length` -> {..., length + 2}, re and im in turn."""
    return _over_rows(_forward_row, x, length)


def inverse_real(x, length):
    return _over_rows(_inverse_row, x, length)
