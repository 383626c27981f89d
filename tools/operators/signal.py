"""The fixed-point signal front end: custom operators Signal*."""

import math
from functools import lru_cache

import numpy as np

from operators.case import Builder, draw
from operators.fft import inverse_real, real
from operators.primitives import saturate, wrap
from tflite.schema import Operator, Step

F = np.float32


def window(node):
    x, w = node.wide(0), node.wide(1)
    return saturate((x * w) >> node.option("shift"), np.int16)


def fft_auto_scale(node):
    """The loop of the reference to the letter: -32768 counts as less than nothing."""
    most = 0
    for v in node.wide(0).reshape(-1).tolist():
        if v > most:
            most = v
        elif -v > most:
            most = int(wrap(-v, 16))
    bits = 32 if most == 0 else (most & 0xffffffff).bit_length()
    scale = max(0, 16 - bits - 1)
    return [wrap(node.wide(0) << scale, 16), np.int64(scale)]


def rfft(node):
    return real(node.value(0), node.option("fft_length"))


def irfft(node):
    return inverse_real(node.value(0), node.option("fft_length"))


def energy(node):
    x = node.wide(0).reshape(-1, 2)
    out = np.zeros(len(x), np.int64)  # the reference leaves the rest as it was
    inside = slice(node.option("start_index"), node.option("end_index"))
    out[inside] = (x * x).sum(axis=1)[inside]
    return out


def filter_bank(node):
    """Sums modulo 2^64."""
    x = node.value(0).astype(np.uint64)
    weights, unweights = (node.wide(i).astype(np.uint64) for i in (1, 2))
    freq_starts, weight_starts, widths = (node.value(i) for i in (3, 4, 5))
    carried, sums = 0, []
    for freq, weight, width in zip(freq_starts, weight_starts, widths):
        part, at = x[freq:freq + width], slice(weight, weight + width)
        sums.append((carried + int((weights[at] * part).sum(dtype=np.uint64))) & (2**64 - 1))
        carried = int((unweights[at] * part).sum(dtype=np.uint64))
    return np.array(sums[1:], np.uint64)


def _root(x):
    root = math.isqrt(x)
    root += x - root * root > root
    return min(root, 65535 if x < 2**32 else 2**32 - 1)


def filter_bank_square_root(node):
    shift = int(node.value(1).reshape(-1)[0])
    return np.array([_root(int(x)) >> shift for x in node.value(0)])


def spectral_subtraction(node):
    o = {name: int(value) & 0xffffffff for name, value in node.step.options.items()}
    noise = node.state.setdefault("noise", [0] * node.out().shape[0])
    sb, places = o["smoothing_bits"], o["spectral_subtraction_bits"]
    out = []
    for i, x in enumerate(node.value(0).tolist()):
        prefix = "alternate_" if i % 2 else ""
        signal = (x << sb) & 0xffffffff
        estimate = ((signal * o[prefix + "smoothing"]
                     + noise[i] * o[prefix + "one_minus_smoothing"]) >> places) & 0xffffffff
        subtracted = estimate
        if estimate > signal:
            subtracted = signal
            estimate = signal if o["clamping"] else estimate
        noise[i] = estimate
        floor = ((x * o["min_signal_remaining"]) >> places) & 0xffffffff
        out.append(max((signal - subtracted) >> sb, floor))
    return [np.array(out), np.array(noise)]


def _gain(table, n):
    if n <= 2:
        return int(table[n])
    bits = n.bit_length()
    at = 4 * bits - 6
    fraction = (n << (11 - bits) if bits < 11 else n >> (bits - 11)) & 1023
    r = ((int(table[at + 2]) * fraction) >> 5) + int(table[at + 1]) * 32
    r = (int(wrap(r * fraction)) + 2**14) >> 15
    return int(wrap(r + int(table[at]), 16))


def pcan(node):
    table, shift, out = node.value(2), node.option("snr_shift"), []
    for x, noise in zip(node.value(0).tolist(), node.value(1).tolist()):
        snr = ((x * (_gain(table, noise) & 0xffffffff)) >> shift) & 0xffffffff
        out.append(((snr * snr) & 0xffffffff) >> 20 if snr < 8192 else (snr >> 6) - 64)
    return np.array(out)


@lru_cache
def _log_table():
    table = [math.floor(65536 * (math.log2(1 + i / 128) - i / 128) + 0.5) for i in range(128)]
    return [*table, 0, 0]


def _log(x, output_scale):
    table, bits = _log_table(), x.bit_length() - 1
    fraction = x - (1 << bits)
    fraction = fraction << (16 - bits) if bits < 16 else fraction >> (bits - 16)
    g = fraction >> 9
    log2 = (bits << 16) + fraction + table[g] + (
        ((table[g + 1] - table[g]) * (fraction - 512 * g)) >> 16)
    natural = ((45426 * log2 + 32768) >> 16) & 0xffffffff
    return ((output_scale * natural + 32768) & 0xffffffff) >> 16


def filter_bank_log(node):
    scale, bits = node.option("output_scale"), node.option("input_correction_bits")
    shifted = ((x << bits) & 0xffffffff for x in node.value(0).tolist())
    return np.array([0 if x <= 1 else min(_log(x, scale), 32767) for x in shifted])


def framer(node):
    size, step = node.option("frame_size"), node.option("frame_step")
    x = node.value(0).reshape(-1, node.tensor(0).shape[-1])
    held = node.state.setdefault("held", [[0] * (size - step if node.option("prefill") else 0)
                                          for _ in x])
    valid, frames = True, []
    for queue, row in zip(held, x.tolist()):
        for at in range(0, len(row), step):
            queue += row[at:at + step]
            if len(queue) >= size:
                frames.append(queue[:size])
                del queue[:step]
            else:
                valid = False
                frames.append([0] * size)  # not written by the reference
    return [np.array(frames), np.array(valid)]


def stacker(node):
    channels, step = node.option("num_channels"), node.option("stacker_step")
    left, right = node.option("stacker_left_context"), node.option("stacker_right_context")
    frame = node.value(0).reshape(-1).tolist()
    queue = node.state.setdefault("queue", frame * left)
    queue += frame
    size = channels * (left + right + 1)
    if len(queue) < size:
        return [np.zeros(size, np.int64), np.array(False)]  # not written by the reference
    stacked = queue[:size]
    del queue[:channels * step]
    return [np.array(stacked), np.array(True)]


def delay(node):
    x, length = node.value(0).reshape(-1, node.tensor(0).shape[-1]), node.option("delay_length")
    held = node.state.get("held", np.zeros((len(x), length), np.int64))
    joined = np.concatenate([held, x], axis=1)
    node.state["held"] = joined[:, x.shape[1]:]
    return joined[:, :x.shape[1]]


def overlap_add(node):
    x, step = node.value(0), node.option("frame_step")
    frames = x.reshape(-1, *x.shape[-2:])
    is_float = x.dtype.kind == "f"
    buffers = node.state.setdefault(
        "buffers", np.zeros((len(frames), x.shape[-1]), F if is_float else np.int64))
    out = []
    for buffer, row in zip(buffers, frames):
        for frame in row:
            total = buffer + frame
            buffer[:] = total if is_float else saturate(total, np.int16)
            out.append(buffer[:step].copy())
            buffer[:] = np.append(buffer[step:], np.zeros(step, buffer.dtype))
    return np.array(out)


EVALUATE = {
    "SignalWindow": window,
    "SignalFftAutoScale": fft_auto_scale,
    "SignalRfft": rfft,
    "SignalIrfft": irfft,
    "SignalEnergy": energy,
    "SignalFilterBank": filter_bank,
    "SignalFilterBankSquareRoot": filter_bank_square_root,
    "SignalFilterBankSpectralSubtraction": spectral_subtraction,
    "SignalPCAN": pcan,
    "SignalFilterBankLog": filter_bank_log,
    "SignalFramer": framer,
    "SignalStacker": stacker,
    "SignalDelay": delay,
    "SignalOverlapAdd": overlap_add,
}


def custom(name, random, **options):
    return Builder("CUSTOM", random, options, name)


def unsigned(random, count, bits=32):
    """Values of every magnitude below 2^bits."""
    return np.array([int(random.integers(0, 1 << int(random.integers(1, bits + 1))))
                     for _ in range(count)])


def window_case(random, i):
    n, rows = int(random.integers(1, 20)), int(random.integers(1, 4))
    b = custom("SignalWindow", random, shift=int(random.integers(0, 17)))
    shape = (rows, n) if i % 2 else (n,)
    b.input("int16", shape)
    b.constant(draw(random, "int16", (n,)))
    b.output("int16", shape)
    return b


def fft_auto_scale_case(random, i):
    n = int(random.integers(1, 40))
    b = custom("SignalFftAutoScale", random)
    most = 1 << i % 16
    values = random.integers(-most, most, n)
    if i % 5 == 0:
        values[random.integers(0, n)] = -32768
    b.input("int16", (n,), values=np.zeros(n) if i == 7 else values)
    b.output("int16", (n,))
    b.output("int32", ())
    return b


TYPE_OPTION = {"float32": 0, "int32": 2, "int16": 7}
LENGTHS = (4, 8, 12, 16, 20, 24, 30, 32, 36, 48, 60, 64, 80, 96)


def rfft_case(random, i):
    dtype, n = ("int16", "int32", "float32")[i % 3], LENGTHS[i // 3 % len(LENGTHS)]
    length = n if random.random() < 0.5 else int(random.integers(1, n + 1))
    b = custom("SignalRfft", random, T=TYPE_OPTION[dtype], fft_length=n)
    lead = (2,) if i % 7 == 0 else ()
    values = None
    if dtype == "int32":
        values = random.integers(-2**31, 2**31, (*lead, length)) >> int(random.integers(0, 16))
    b.input(dtype, (*lead, length), values=values)
    b.output(dtype, (*lead, 2 * (n // 2 + 1)))
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


def irfft_case(random, i):
    dtype, n = ("int16", "int32", "float32")[i % 3], LENGTHS[i // 3 % len(LENGTHS)]
    b = custom("SignalIrfft", random, T=TYPE_OPTION[dtype], fft_length=n)
    lead, values = (2,) if i % 7 == 0 else (), None
    if dtype == "int32":
        values = random.integers(-2**31, 2**31, (*lead, 2 * (n // 2 + 1))) >> int(
            random.integers(0, 16))
    b.input(dtype, (*lead, 2 * (n // 2 + 1)), values=values)
    b.output(dtype, (*lead, n))
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


def energy_case(random, i):
    """All elements: the reference does not write the others."""
    n = int(random.integers(1, 30))
    b = custom("SignalEnergy", random, start_index=0, end_index=n)
    b.input("int16", (2 * n,))
    b.output("uint32", (n,))
    return b


def _bank(b, random, bins):
    """Constants of a filter bank over `bins` energies; gives the number of channels."""
    channels = int(random.integers(1, 7))
    widths = random.integers(0, 5, channels + 1)
    freq_starts = [int(random.integers(0, bins - w + 1)) for w in widths]
    weight_starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    total = max(1, int(widths.sum()))
    b.options["num_channels"] = channels
    weights = draw(random, "int16", (total,)) if random.random() < 0.3 else (
        random.integers(0, 4097, total).astype(np.int16))
    b.constant(weights)
    b.constant(random.integers(0, 4097, total).astype(np.int16))
    for values in (freq_starts, weight_starts, widths):
        b.constant(np.array(values, np.int16))
    return channels


def _then(b, name, shape, **options):
    """Makes the operator so far a step before another custom operator."""
    b.steps.append(Step(Operator.CUSTOM, b.inputs, b.outputs, b.options, b.custom))
    b.inputs, b.outputs, b.options, b.custom = [b.outputs[0]], [], options, name
    return b


def filter_bank_case(random, i):
    """Scripts have no uint64, so the square root follows, which is half of it."""
    bins = int(random.integers(5, 20))
    b = custom("SignalFilterBank", random)
    b.input("uint32", (bins,), values=unsigned(random, bins))
    channels = _bank(b, random, bins)
    b.output("uint64", (channels,))
    _then(b, "SignalFilterBankSquareRoot", (channels,))
    b.input("int32", (), values=random.integers(0, 6))
    b.output("uint32", (channels,))
    return b


def square_root_case(random, i):
    """A bank of one weight a channel gives squares, neighbours of squares, and any value."""
    channels = int(random.integers(1, 12))
    roots = unsigned(random, channels, 16)
    near = roots * roots + random.integers(-1, 2, channels)
    values = np.where(random.random(channels) < 0.5, np.clip(near, 0, 2**32 - 1),
                      unsigned(random, channels))
    if i % 3 == 0:
        values[0] = 2**32 - 1
    b = custom("SignalFilterBank", random, num_channels=channels)
    b.input("uint32", (channels + 1,), values=np.append(0, values))
    weights = random.integers(1, 4097, channels + 1) if i % 2 else np.ones(channels + 1)
    b.constant(weights.astype(np.int16))
    b.constant(np.zeros(channels + 1, np.int16))
    for _ in range(2):
        b.constant(np.arange(channels + 1, dtype=np.int16))
    b.constant(np.ones(channels + 1, np.int16))
    b.output("uint64", (channels,))
    _then(b, "SignalFilterBankSquareRoot", (channels,))
    b.input("int32", (), values=random.integers(0, 10))
    b.output("uint32", (channels,))
    return b


def spectral_subtraction_case(random, i):
    channels, bits = int(random.integers(1, 8)), 14
    smoothing, alternate = (int(n) for n in random.integers(1, 1 << bits, 2))
    b = custom("SignalFilterBankSpectralSubtraction", random,
               alternate_one_minus_smoothing=(1 << bits) - alternate,
               alternate_smoothing=alternate, clamping=bool(i % 2),
               min_signal_remaining=int(random.integers(0, 1 << bits)), num_channels=channels,
               one_minus_smoothing=(1 << bits) - smoothing, smoothing=smoothing,
               smoothing_bits=int(random.integers(0, 12)), spectral_subtraction_bits=bits)
    b.runs = 3
    b.input("uint32", (channels,), values=lambda: unsigned(random, channels, 24))
    b.output("uint32", (channels,))
    b.output("uint32", (channels,))
    return b


def pcan_case(random, i):
    channels = int(random.integers(1, 12))
    b = custom("SignalPCAN", random, snr_shift=int(random.integers(0, 13)))
    b.input("uint32", (channels,), values=unsigned(random, channels))
    b.input("uint32", (channels,), values=unsigned(random, channels))
    b.constant(draw(random, "int16", (125,)) if i % 3 == 0
               else np.sort(random.integers(0, 32768, 125))[::-1].astype(np.int16))
    b.output("uint32", (channels,))
    return b


def filter_bank_log_case(random, i):
    channels = int(random.integers(1, 25))
    b = custom("SignalFilterBankLog", random, input_correction_bits=int(random.integers(0, 8)),
               output_scale=int(random.integers(1, 2000)))
    b.input("uint32", (channels,), values=unsigned(random, channels))
    b.output("int16", (channels,))
    return b


class _Streamed(Builder):
    """Runs whose outputs the reference has not written are left out by `keep`."""

    def keep(self, outputs):
        return outputs if bool(outputs[1]) else [None, outputs[1]]


def framer_case(random, i):
    step = int(random.integers(1, 5))
    size, count = step + int(random.integers(0, 9)), int(random.integers(1, 4))
    lead = (2,) if i % 4 == 0 else ()
    b = _Streamed("CUSTOM", random, {"frame_size": size, "frame_step": step,
                                     "prefill": bool(i % 2)}, "SignalFramer")
    b.runs = 4
    b.input("int16", (*lead, count * step))
    b.output("int16", (*lead, count, size))
    b.output("bool", ())
    return b


def stacker_case(random, i):
    channels, step = (int(n) for n in random.integers(1, 5, 2))
    left, right = (int(n) for n in random.integers(0, 4, 2))
    step = min(step, left + right + 1)
    b = _Streamed("CUSTOM", random, {"num_channels": channels, "stacker_left_context": left,
                                     "stacker_right_context": right, "stacker_step": step},
                  "SignalStacker")
    b.runs = 5
    b.input("int16", (channels,))
    b.output("int16", (channels * (left + right + 1),))
    b.output("bool", ())
    return b


def delay_case(random, i):
    n, lead = int(random.integers(1, 8)), (2,) if i % 3 == 0 else ()
    b = custom("SignalDelay", random, delay_length=int(random.integers(1, 12)))
    b.runs = 4
    b.input("int16", (*lead, n))
    b.output("int16", (*lead, n))
    return b


def overlap_add_case(random, i):
    dtype = ("int16", "float32")[i % 2]
    step = int(random.integers(1, 4))
    size, count = step + int(random.integers(0, 8)), int(random.integers(1, 4))
    lead = (2,) if i % 3 == 0 else ()
    b = custom("SignalOverlapAdd", random, T=TYPE_OPTION[dtype], frame_step=step)
    b.runs = 3
    b.input(dtype, (*lead, count, size))
    b.output(dtype, (*lead, count * step))
    b.tolerance = 1e-6 if dtype == "float32" else None
    return b


GOLDENS = {
    "SignalWindow": (window_case, 20),
    "SignalFftAutoScale": (fft_auto_scale_case, 20),
    "SignalRfft": (rfft_case, 30),
    "SignalIrfft": (irfft_case, 30),
    "SignalEnergy": (energy_case, 20),
    "SignalFilterBank": (filter_bank_case, 20),
    "SignalFilterBankSquareRoot": (square_root_case, 20),
    "SignalFilterBankSpectralSubtraction": (spectral_subtraction_case, 20),
    "SignalPCAN": (pcan_case, 20),
    "SignalFilterBankLog": (filter_bank_log_case, 20),
    "SignalFramer": (framer_case, 20),
    "SignalStacker": (stacker_case, 20),
    "SignalDelay": (delay_case, 20),
    "SignalOverlapAdd": (overlap_add_case, 20),
}
