"""Two Gaussian classes, for a classifier whose accuracy is known exactly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ..box import BoxQP

__all__ = ["FEATURES", "Task", "best_accuracy"]

Array = NDArray[np.float64]

FEATURES = 16
DISTANCE = 1.2815515655446004
"""Half the Mahalanobis distance of the classes: 90 % is the best accuracy there can be."""

WEIGHT = 1.0
"""Weights are within +-WEIGHT."""


def best_accuracy() -> float:
    """That of Bayes' classifier: Phi of half the Mahalanobis distance."""
    return float(ndtr(DISTANCE))


@dataclass(frozen=True)
class Task:
    """Two Gaussian classes, of means +-mean and one covariance, and samples of them: labels are +-1."""

    mean: Array
    covariance: Array
    training: Array
    targets: Array
    test: Array
    answers: Array

    @classmethod
    def draw(cls, training: int, test: int, seed: int = 2) -> Task:
        """The same task for a seed, whatever the machine."""
        generator = np.random.default_rng(seed)
        k = np.arange(FEATURES)
        covariance = 0.5 ** np.abs(k[:, None] - k)
        mean = generator.normal(size=FEATURES)
        mean *= DISTANCE / np.sqrt(mean @ np.linalg.solve(covariance, mean))
        root = np.linalg.cholesky(covariance)

        def sample(count: int) -> tuple[Array, Array]:
            labels = np.where(np.arange(count) % 2, 1.0, -1.0)
            return labels[:, None] * mean + generator.normal(size=(count, FEATURES)) @ root.T, labels

        return cls(mean, covariance, *sample(training), *sample(test))

    def least_squares(self) -> BoxQP:
        """Half the mean square of w.x - label over the training set, less its constant."""
        count = len(self.targets)
        moments = self.training.T @ self.training / count
        return BoxQP((moments + moments.T) / 2, -self.training.T @ self.targets / count, -WEIGHT, WEIGHT)

    def accuracy(self, weights: Array) -> Array:
        """Exact, of the class sign(w.x) over all there is to sample: weights (..., FEATURES) to (...)."""
        spread = np.sqrt(((weights @ self.covariance) * weights).sum(axis=-1))
        return np.asarray(ndtr(weights @ self.mean / spread))

    def correct(self, weights: Array) -> Array:
        """Share of the weights (runs, FEATURES) that get each test sample right."""
        return np.asarray(((self.test @ weights.T) * self.answers[:, None] > 0).mean(axis=1))
