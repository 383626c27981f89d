#!/usr/bin/python3
"""Makes scripts/apps/digits.tflite: a small network that reads handwritten digits.

    python3 tools/train/digits.py           train, quantise, write model, images, goldens
    python3 tools/train/digits.py --check   verify the files without training

Needs Debian's python3-sklearn (the images come with it), python3-numpy and
python3-flatbuffers. Training takes about a minute and gives the same bytes each time;
--check needs NumPy alone and takes a second.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1]))

from network import Network  # noqa: E402
from operators.interpreter import Interpreter  # noqa: E402
from quantize import multiplications, quantize, to_int8  # noqa: E402
from tflite.reader import read  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "scripts/apps/digits.tflite"
IMAGES = ROOT / "scripts/apps/digits_images.npy"  # uint8 {540, 8, 8}, 0 (paper) to 16 (ink)
LABELS = ROOT / "scripts/apps/digits_labels.npy"  # uint8 {540}
GOLDEN = ROOT / "scripts/tests/digits_golden.npy"  # int8 {540, 10}: the integer model's outputs

HELD_OUT_PER_CLASS = 54  # 540 of 1,797 images
LEAST_ACCURACY = 0.97
SEED = 1


def split(labels, random):
    """Positions of the training images and of the held-out ones, 54 of each digit."""
    held_out = np.sort(np.concatenate([
        random.permutation(np.flatnonzero(labels == digit))[:HELD_OUT_PER_CLASS]
        for digit in range(10)]))
    return np.setdiff1d(np.arange(len(labels)), held_out), held_out


def scaled(images):
    """Pixels 0..16 to the network's input, {N, 8, 8, 1} with 0..1."""
    return images.astype(np.float64)[..., np.newaxis] / 16


def integer_outputs(model, images):
    source = model.tensors[model.inputs[0]]
    quantised = to_int8(scaled(images), source.scale, source.zero_point)
    machine = Interpreter(model)
    return np.concatenate([machine.run([image[np.newaxis]])[0] for image in quantised])


def accuracy(outputs, labels):
    return float((outputs.argmax(axis=1) == labels).mean())


def save(path, array):
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, array)


def train():
    from sklearn.datasets import load_digits  # here, so that --check needs NumPy alone
    from tflite.writer import write  # this one needs python3-flatbuffers

    data = load_digits()
    images, labels = data.images.astype(np.uint8), data.target.astype(np.uint8)
    random = np.random.RandomState(SEED)  # the one generator NumPy promises never to change
    chosen, held_out = split(labels, random)

    network = Network(channels=(16, 48), classes=10, random=random)
    network.train(scaled(images[chosen]), labels[chosen], random,
                  epochs=60, batch=32, rate=0.005, decay=0.01, smoothing=0.1)
    model = quantize(network, scaled(images[chosen]), "Handwritten digits, 8x8, int8")

    MODEL.write_bytes(write(model))
    save(IMAGES, images[held_out])
    save(LABELS, labels[held_out])
    save(GOLDEN, integer_outputs(read(MODEL.read_bytes()), images[held_out]))

    print(f"trained on {len(chosen)} images, "
          f"float accuracy {network.accuracy(scaled(images[chosen]), labels[chosen]):.2%}")
    print(f"held-out float accuracy "
          f"{network.accuracy(scaled(images[held_out]), labels[held_out]):.2%}")


def check():
    """The committed goldens are what the committed model gives, and it is good enough."""
    data = MODEL.read_bytes()
    model = read(data)
    images, labels = np.load(IMAGES), np.load(LABELS)
    outputs = integer_outputs(model, images)
    correct = accuracy(outputs, labels)
    print(f"held-out int8 accuracy {correct:.2%} of {len(labels)} images")
    print(f"{MODEL.name}: {len(data):,} bytes, {len(model.steps)} operators, "
          f"{multiplications(model):,} multiply-accumulates")
    if not np.array_equal(outputs, np.load(GOLDEN)):
        return f"{GOLDEN.name} is not what {MODEL.name} gives"
    if correct < LEAST_ACCURACY:
        return f"accuracy below {LEAST_ACCURACY:.0%}"
    return None


def main():
    parser = argparse.ArgumentParser(description="Train, or verify, the digits model.")
    parser.add_argument("--check", action="store_true", help="verify the files, train nothing")
    if not parser.parse_args().check:
        train()
    sys.exit(check())


if __name__ == "__main__":
    main()
