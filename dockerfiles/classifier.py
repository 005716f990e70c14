"""The model: a small neural network that names an iris by its four measurements.

Only numpy is needed to serve it, so one file of weights works in every image.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

WEIGHTS = Path(__file__).resolve().parent / "model" / "iris.npz"


@dataclass(frozen=True)
class Classifier:
    """One hidden layer: softmax(tanh(x @ w1 + b1) @ w2 + b2), x standardised."""

    features: tuple[str, ...]
    labels: tuple[str, ...]
    mean: Floats
    scale: Floats
    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Classifier:
        # allow_pickle=False: a weights file is data and must not be able to run code.
        with np.load(path, allow_pickle=False) as file:
            return cls(
                features=tuple(file["features"].tolist()),
                labels=tuple(file["labels"].tolist()),
                **{name: file[name] for name in ("mean", "scale", "w1", "b1", "w2", "b2")},
            )

    def save(self, path: Path = WEIGHTS) -> None:
        np.savez(path, **vars(self))

    def probabilities(self, instances: Floats) -> Floats:
        """One row of class probabilities for each row of measurements."""
        hidden = np.tanh((instances - self.mean) / self.scale @ self.w1 + self.b1)
        return softmax(hidden @ self.w2 + self.b2)


def softmax(logits: Floats) -> Floats:
    # Taking the row's maximum away changes nothing but keeps exp() from overflowing.
    exponents: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    exponents /= exponents.sum(axis=1, keepdims=True)
    return exponents
