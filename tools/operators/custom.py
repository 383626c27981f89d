"""Custom operators that are not of the signal front end: CIRCULAR_BUFFER,
TFLite_Detection_PostProcess, TFLM_DECODE."""

import math

import numpy as np

from operators.case import Builder, draw, pick, random_scale, random_zero, shape_of
from tflite.schema import Operator, Step

F = np.float32


class EndOfRun(Exception):
    """An operator ends the run before its last step; not a failure."""


def circular_buffer(node):
    """The newest row goes last; every cycles_max-th run gets beyond this step."""
    node.machine.keep(node.graph, node.step.outputs[0],
                      np.concatenate([node.old()[:, 1:], node.value(0)], axis=1))
    left = node.state.get("left", node.option("cycles_max")) - 1
    node.state["left"] = left or node.option("cycles_max")
    if left:
        raise EndOfRun
    return node.old()


def _decoded(node):
    """Corners (ymin, xmin, ymax, xmax) of all boxes."""
    encoded = node.value(0)[0].astype(np.float64)
    anchors = node.value(2).astype(np.float64)
    ys, xs, hs, ws = (float(node.option(axis + "_scale")) for axis in "yxhw")
    y = encoded[:, 0] / ys * anchors[:, 2] + anchors[:, 0]
    x = encoded[:, 1] / xs * anchors[:, 3] + anchors[:, 1]
    h = 0.5 * np.exp(encoded[:, 2] / hs) * anchors[:, 2]
    w = 0.5 * np.exp(encoded[:, 3] / ws) * anchors[:, 3]
    y, x, h, w = (v.astype(F) for v in (y, x, h, w))
    return np.stack([y - h, x - w, y + h, x + w], axis=1)


def _overlap(a, b):
    def area(box):
        return (box[2] - box[0]) * (box[3] - box[1])

    if area(a) <= 0 or area(b) <= 0:
        return F(0)
    height = max(min(a[2], b[2]) - max(a[0], b[0]), F(0))
    width = max(min(a[3], b[3]) - max(a[1], b[1]), F(0))
    shared = height * width
    return shared / (area(a) + area(b) - shared)


def _suppressed(node, boxes, scores, limit):
    """Positions that survive, best first."""
    order = [int(i) for i in np.argsort(-scores, kind="stable")
             if scores[i] >= F(node.option("nms_score_threshold"))]
    chosen = []
    for i in order:
        if len(chosen) == limit:
            break
        if all(_overlap(boxes[i], boxes[k]) <= F(node.option("nms_iou_threshold"))
               for k in chosen):
            chosen.append(i)
    return chosen


def _fast(node, boxes, scores):
    """Rows (box, class, score): each chosen box with its best classes."""
    each = min(node.option("max_classes_per_detection"), node.option("num_classes"))
    chosen = _suppressed(node, boxes, scores.max(axis=1), node.option("max_detections"))
    rows = [(boxes[i], c, scores[i, c]) for i in chosen
            for c in np.argsort(-scores[i], kind="stable")[:each]]
    return rows, len(chosen)


def _regular(node, boxes, scores):
    rows = []
    for c in range(node.option("num_classes")):
        chosen = _suppressed(node, boxes, scores[:, c], node.option("detections_per_class", 100))
        rows += [(boxes[i], c, scores[i, c]) for i in chosen]
        rows = sorted(rows, key=lambda row: -row[2])[:node.option("max_detections")]
    return rows, len(rows)


def detection_post_process(node):
    scores = node.value(1)[0]
    scores = scores[:, scores.shape[1] - node.option("num_classes"):]
    run = _regular if node.option("use_regular_nms") else _fast
    rows, count = run(node, _decoded(node), scores)
    size = node.out(1).shape[1]
    boxes, classes, values = np.zeros((size, 4), F), np.zeros(size, F), np.zeros(size, F)
    for at, (box, c, score) in enumerate(rows):
        boxes[at], classes[at], values[at] = box, c, score
    return [boxes, classes, values, np.array(count, F)]


class _Bits:
    """Most significant bit first; zeros past the end."""

    def __init__(self, raw):
        self.bits, self.at = "".join(f"{byte:08b}" for byte in raw), 0

    def read(self, count):
        taken = self.bits[self.at:self.at + count].ljust(count, "0")
        self.at += count
        return int(taken, 2)


def _channel_of(out, element):
    channels = 1 if out.scales is None else out.scales.size
    if channels == 1:
        return 0
    count = math.prod(out.shape)
    return element % channels if out.axis else element // (count // channels)


def _decode_lut(bits, header, table, out):
    width, stride = header[5] & 7, header[6]
    values = np.frombuffer(table.tobytes(), out.dtype)
    return [values[_channel_of(out, k) * stride + bits.read(width)]
            for k in range(math.prod(out.shape))]


def _decode_pruned(bits, header, table, out):
    values = iter(np.frombuffer(table.tobytes(), out.dtype))
    zeros = out.zero_points if out.dtype == np.int8 else [0]
    return [next(values) if bits.read(1) else zeros[_channel_of(out, k) if len(zeros) > 1 else 0]
            for k in range(math.prod(out.shape))]


def _decode_huffman(bits, header, table, out):
    wide = header[5] & 1
    entries = np.frombuffer(table.tobytes(), np.uint32 if wide else np.uint16)
    value_bits = 27 if wide else 11
    first, symbols = (header[5] >> 4) + 1, []
    while len(symbols) < math.prod(out.shape):
        read, index = first, bits.read(first)
        while True:
            entry = int(entries[index])
            count, value = entry >> value_bits & 15, entry & (1 << value_bits) - 1
            if entry >> (value_bits + 4):
                break
            read = count + 1
            index += value + bits.read(read)
        bits.at -= read - count
        symbols.append(value)
    return np.array(symbols).astype(out.dtype)


def decode(node):
    results = []
    for pair in range(node.count // 2):
        header = node.value(2 * pair + 1).reshape(-1).view(np.uint8)
        method = (_decode_lut, _decode_huffman, _decode_pruned)[header[0]]
        bits = _Bits(node.value(2 * pair).reshape(-1).view(np.uint8))
        out = node.out(pair)
        results.append(np.array(method(bits, header, header[16:], out), out.dtype))
    return results


EVALUATE = {
    "CIRCULAR_BUFFER": circular_buffer,
    "TFLite_Detection_PostProcess": detection_post_process,
    "TFLM_DECODE": decode,
}


def circular_buffer_case(random, i):
    """RESHAPE stands behind: its output is there only in every cycles_max-th run."""
    slots, height, depth = (int(n) for n in random.integers(1, 5, 3))
    quantised = (random_scale(random), random_zero(random, "int8"))
    b = Builder("CUSTOM", random, {"cycles_max": 1 + i % 3}, "CIRCULAR_BUFFER")
    b.runs = 5
    b.input("int8", (1, 1, height, depth), *quantised)
    full = (1, slots, height, depth)
    held = b.tensor("int8", full, *quantised, variable=True)
    b.steps.append(Step(Operator.CUSTOM, b.inputs, [held], b.options, b.custom))
    b.operator, b.inputs, b.options, b.custom = "RESHAPE", [held], {}, ""
    b.output("int8", (slots * height * depth,), *quantised)
    return b


class _Detections(Builder):
    def keep(self, outputs):
        """Rows past the count are not written by the fast method."""
        full = int(outputs[3][0]) * self.per_box == outputs[1].shape[1]
        return outputs if full or self.regular else [None, None, None, outputs[3]]


def detection_case(random, i):
    classes, boxes = int(random.integers(1, 5)), int(random.integers(6, 16))
    regular, background = i % 2, int(random.integers(0, 2))
    each = 1 if regular else int(random.integers(1, 4))
    most = int(random.integers(1, 5))
    options = {
        "max_detections": most, "max_classes_per_detection": each, "num_classes": classes,
        "nms_score_threshold": float(pick(random, [0.0, 0.25])),
        "nms_iou_threshold": float(pick(random, [0.5, 0.75])), "use_regular_nms": bool(regular),
        "y_scale": 10.0, "x_scale": 10.0, "h_scale": 5.0, "w_scale": 5.0}
    if regular:
        options["detections_per_class"] = int(random.integers(1, 6))
    b = _Detections("CUSTOM", random, options, "TFLite_Detection_PostProcess")
    b.per_box, b.regular = min(each, classes), regular
    b.input("float32", (1, boxes, 4), spread=1.5)
    columns = classes + background
    b.input("float32", (1, boxes, columns), values=random.permutation(boxes * columns).reshape(
        1, boxes, columns) / F(boxes * columns))
    centres, sizes = random.integers(0, 65, (boxes, 2)), random.integers(8, 33, (boxes, 2))
    anchors = np.concatenate([centres, sizes], axis=1) / F(64)
    b.constant(anchors.astype(F))
    rows = most * b.per_box
    b.output("float32", (1, rows, 4))
    b.output("float32", (1, rows))
    b.output("float32", (1, rows))
    b.output("float32", (1,))
    b.tolerance = 1e-6
    return b


def _packed(codes):
    """A string of bits as bytes, with a few zeros behind."""
    codes += "0" * (-len(codes) % 8 + 32)
    return np.array([int(codes[k:k + 8], 2) for k in range(0, len(codes), 8)], np.uint8)


def _ancillary(method, byte5, byte6, table):
    header = np.zeros(16, np.uint8)
    header[[0, 1, 4, 5, 6]] = method, 1, 1, byte5, byte6
    return np.concatenate([header, np.frombuffer(table.tobytes(), np.uint8)])


def _lut(random, dtype, out):
    width, channels = int(random.integers(1, 6)), 1 if out.scales is None else out.scales.size
    stride = 1 << width
    table = draw(random, dtype, (channels * stride,))
    index = random.integers(0, stride, math.prod(out.shape))
    return (_packed("".join(f"{k:0{width}b}" for k in index)), _ancillary(0, width, stride, table))


def _pruned(random, dtype, out):
    kept = random.random(math.prod(out.shape)) < 0.4
    table = draw(random, dtype, (int(kept.sum()) + 1,))
    return _packed("".join("01"[int(k)] for k in kept)), _ancillary(2, 0, 0, table)


def _huffman_codes(random, count):
    """A random complete prefix code of `count` words, none longer than 6 bits."""
    words = [""]
    while len(words) < count:
        word = words.pop(int(random.integers(len(words))))
        if len(word) == 6:
            words.append(word)
            continue
        words += [word + "0", word + "1"]
    return words


def _table(words, values, first, value_bits, kind):
    """One level of `first` bits, and one of the rest for longer words."""
    def found(used, value):
        return 1 << (value_bits + 4) | used << value_bits | value & (1 << value_bits) - 1

    def spread(entries, at, word, width, value):
        free = width - len(word)
        base = at + (int(word, 2) if word else 0) * (1 << free)
        for k in range(1 << free):
            entries[base + k] = found(len(word), value)

    entries = {}
    longer = {}
    for word, value in zip(words, values):
        if len(word) <= first:
            spread(entries, 0, word, first, value)
        else:
            longer.setdefault(word[:first], []).append((word[first:], value))
    end = 1 << first
    for prefix, rest in sorted(longer.items()):
        width, index = max(len(word) for word, _ in rest), int(prefix, 2)
        entries[index] = (width - 1) << value_bits | (end - index)
        for word, value in rest:
            spread(entries, end, word, width, value)
        end += 1 << width
    return np.array([entries[k] for k in range(end)], kind)


def _huffman(random, dtype, out):
    wide = dtype == "int16"
    words = _huffman_codes(random, int(random.integers(2, 13)))
    values = [int(v) & (0xffff if wide else 0xff) for v in draw(random, dtype, (len(words),))]
    longest = max(map(len, words))
    first = longest if random.random() < 0.6 else max(1, longest - 2)
    table = _table(words, values, first, 27 if wide else 11, np.uint32 if wide else np.uint16)
    chosen = random.integers(0, len(words), math.prod(out.shape))
    return (_packed("".join(words[k] for k in chosen)),
            _ancillary(1, int(wide) | (first - 1) << 4, 0, table))


def decode_case(random, i):
    """All inputs are constant; RESHAPE stands behind, and another one serves the input that
    a model needs."""
    method, dtype = ((_lut, "int8"), (_lut, "int16"), (_lut, "float32"), (_pruned, "int8"),
                     (_pruned, "int16"), (_pruned, "float32"), (_huffman, "int8"),
                     (_huffman, "int16"))[i % 8]
    shape = shape_of(random, 2 + i % 3, 4)
    b = Builder("CUSTOM", random, {}, "TFLM_DECODE")
    quantised, axis = (), 0
    if dtype != "float32":
        axis = int(pick(random, [0, len(shape) - 1]))
        channels = shape[axis] if random.random() < 0.5 else 1
        axis = axis if channels > 1 else 0
        zeros = random.integers(-20, 21, channels) if dtype == "int8" else 0
        quantised = (np.exp(random.uniform(-5, 0, channels)), zeros)
    decoded = b.tensor(dtype, shape, *quantised, axis=axis)
    encoded, ancillary = method(random, dtype, b.tensors[decoded])
    b.constant(encoded)
    b.constant(ancillary)
    b.steps.append(Step(Operator.CUSTOM, b.inputs, [decoded], {}, b.custom))
    b.operator, b.inputs, b.custom = "RESHAPE", [decoded], ""
    per_tensor = quantised and len(quantised[0]) == 1
    first = b.output(dtype, (math.prod(shape),), *(quantised if per_tensor else ()))
    b.steps.append(Step(Operator.RESHAPE, b.inputs, b.outputs))
    b.inputs, b.outputs = [], []
    b.input("float32", (2, 3))
    b.output("float32", (3, 2))
    b.results = [first, *b.outputs]
    return b


GOLDENS = {
    "CIRCULAR_BUFFER": (circular_buffer_case, 20),
    "TFLite_Detection_PostProcess": (detection_case, 20),
    "TFLM_DECODE": (decode_case, 24),
}
