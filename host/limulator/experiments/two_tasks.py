"""Two classification tasks for the same weights, each with its own features and some that it shares with the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ..box import BoxQP
from .gaussians import DISTANCE

__all__ = ["FEATURES", "FIRST", "SECOND", "GaussianTask", "least_squares"]

Array = NDArray[np.float64]

OWN, SHARED = 10, 2
"""Features of each task alone, and of both."""

FEATURES = 2 * OWN + SHARED
FIRST = np.arange(OWN + SHARED)
SECOND = np.arange(OWN, FEATURES)

RIDGE = 1.0
"""As many samples of unit variance would hold a weight at 0 as firmly."""

WEIGHT = 1.0
"""Weights are within +-WEIGHT."""


@dataclass(frozen=True)
class GaussianTask:
    """Two Gaussian classes, of means +-mean and one covariance, on some of the features; the others are silent: zero.

    Bayes' classifier is right in 90 % of all cases.
    """

    mean: Array
    covariance: Array
    samples: Array
    targets: Array

    @classmethod
    def draw(cls, features: NDArray[np.intp], count: int, seed: int) -> GaussianTask:
        """A task on these features, and so many samples of it."""
        generator = np.random.default_rng(seed)
        covariance = 0.5 ** np.abs(features[:, None] - features)
        mean = generator.normal(size=len(features))
        mean *= DISTANCE / np.sqrt(mean @ np.linalg.solve(covariance, mean))
        targets = np.where(np.arange(count) % 2, 1.0, -1.0)
        noise = generator.normal(size=(count, len(features))) @ np.linalg.cholesky(covariance).T
        everywhere = np.zeros((FEATURES, FEATURES))
        everywhere[np.ix_(features, features)] = covariance
        means, samples = np.zeros(FEATURES), np.zeros((count, FEATURES))
        means[features] = mean
        samples[:, features] = targets[:, None] * mean + noise
        return cls(means, everywhere, samples, targets)

    def accuracy(self, weights: Array) -> Array:
        """Exact, of the class sign(w.x) over all there is to sample: weights (..., FEATURES) to (...)."""
        spread = np.sqrt(((weights @ self.covariance) * weights).sum(axis=-1))
        return np.asarray(ndtr(weights @ self.mean / spread))


def least_squares(*tasks: GaussianTask) -> BoxQP:
    """Half the mean square of w.x - target over the samples of the tasks, with a ridge, less its constant."""
    samples = np.vstack([task.samples for task in tasks])
    targets = np.concatenate([task.targets for task in tasks])
    moments = (samples.T @ samples + RIDGE * np.eye(FEATURES)) / len(targets)
    return BoxQP((moments + moments.T) / 2, -samples.T @ targets / len(targets), -WEIGHT, WEIGHT)
