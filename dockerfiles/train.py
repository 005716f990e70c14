"""Trains the classifier on model/iris.csv and writes model/iris.npz.

Run it on a laptop (`python train.py`): it takes a second. The weights are checked in,
so no image needs this file or the data. The data are R. A. Fisher's 150 irises (1936).
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from classifier import WEIGHTS, Classifier, softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from classifier import Floats

HIDDEN = 8
STEPS = 1500
LEARNING_RATE = 0.1
WEIGHT_DECAY = 2e-3
TEST_SHARE = 0.2


def read_data() -> tuple[tuple[str, ...], Floats, NDArray[np.str_]]:
    with WEIGHTS.with_suffix(".csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    measurements = np.array([row[:-1] for row in rows], dtype=np.float64)
    return tuple(header[:-1]), measurements, np.array([row[-1] for row in rows])


def train(seed: int = 1936) -> tuple[Classifier, float]:
    """The trained classifier, and its accuracy on flowers it has not seen."""
    rng = np.random.default_rng(seed)
    features, data, species = read_data()
    labels, classes = np.unique(species, return_inverse=True)

    order = rng.permutation(len(data))
    held_out, seen = np.split(order, [int(len(order) * TEST_SHARE)])
    mean, scale = data[seen].mean(axis=0), data[seen].std(axis=0)
    x = (data[seen] - mean) / scale
    target = np.eye(len(labels))[classes[seen]]

    w1 = rng.normal(0, 0.5, (x.shape[1], HIDDEN))
    b1 = np.zeros(HIDDEN)
    w2 = rng.normal(0, 0.5, (HIDDEN, len(labels)))
    b2 = np.zeros(len(labels))
    for _ in range(STEPS):  # plain gradient descent on the cross-entropy
        hidden = np.tanh(x @ w1 + b1)
        error = (softmax(hidden @ w2 + b2) - target) / len(x)
        error_hidden = (error @ w2.T) * (1 - hidden**2)
        w2 -= LEARNING_RATE * (hidden.T @ error + WEIGHT_DECAY * w2)
        b2 -= LEARNING_RATE * error.sum(axis=0)
        w1 -= LEARNING_RATE * (x.T @ error_hidden + WEIGHT_DECAY * w1)
        b1 -= LEARNING_RATE * error_hidden.sum(axis=0)

    weights = {"mean": mean, "scale": scale, "w1": w1, "b1": b1, "w2": w2, "b2": b2}
    model = Classifier(
        features=features,
        labels=tuple(labels.tolist()),
        **{name: value.astype(np.float32) for name, value in weights.items()},
    )
    guesses = model.probabilities(data[held_out].astype(np.float32)).argmax(axis=1)
    return model, float((guesses == classes[held_out]).mean())


if __name__ == "__main__":
    trained, accuracy = train()
    trained.save()
    print(f"accuracy on unseen flowers: {accuracy:.3f}; wrote {WEIGHTS.name}")
