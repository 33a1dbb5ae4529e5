"""Ridge regression trained in memory, as an estimator of scikit-learn."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import validate_data

from ..errors import ProblemError
from .base import LinearInMemory

__all__ = ["LIMRegressor"]

Array = NDArray[np.float64]


class LIMRegressor(MultiOutputMixin, RegressorMixin, LinearInMemory):  # type: ignore[misc]
    """Ridge regression whose weights are the cells of an array, trained in memory.

    Features and targets are standardised inside, and ``alpha`` is meant for that. The loss and the box of the weights are
    those of :mod:`limulator.learn.least_squares`. Several targets have an array each.

    Parameters
    ----------
    alpha : float
        Strength of the ridge: as many samples of unit variance would hold a weight at 0 as firmly.
    bits : int
        Of a weight, 1..16.
    sweeps : int
        Of each stage of :meth:`fit`, and of each :meth:`partial_fit`.
    replicas : int
        Trainings from different random states side by side, of which :meth:`fit` keeps the best.
    barrier : float
        E0 of all cells, bits; training wants 2**barrier times as many sweeps.
    w_max : float, optional
        Largest weight, in units of standardised features and targets; by default the data choose it.
    plasticity : float
        How many samples of unit variance halve the rate at which :meth:`partial_fit` changes a weight; infinite if none do.
    backend : str, optional
        As of :func:`limulator.solve`.
    random_state : int, RandomState instance or None
        Fixes the noise.

    Attributes
    ----------
    coef_, intercept_
        As of scikit-learn's linear models, for features and targets as they come.
    cells_ : ndarray of int, shape (outputs, N + 1)
        What the cells hold, 0..2**bits - 1: the N weights, from -w_max_ to w_max_, and the intercept, from -1 to 1.
    w_max_ : ndarray, shape (outputs,)
    confidence_ : ndarray, shape (N + 1,)
        Sum of the squares of each standardised feature over all samples that were learned.
    energy_ : dict
        What the last training has cost, see :func:`limulator.learn.training.training_account`.
    """

    def __init__(
        self,
        alpha: float = 1.0,
        *,
        bits: int = 8,
        sweeps: int = 200,
        replicas: int = 8,
        barrier: float = 0.0,
        w_max: float | None = None,
        plasticity: float = 100.0,
        backend: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.alpha = alpha
        self.bits = bits
        self.sweeps = sweeps
        self.replicas = replicas
        self.barrier = barrier
        self.w_max = w_max
        self.plasticity = plasticity
        self.backend = backend
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from samples X, (n, N), with targets y, (n,) or (n, outputs), from random states."""
        samples, answers = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        targets = answers.astype(np.float64)
        self.target_mean_, spread = targets.mean(axis=0), targets.std(axis=0)
        self.target_scale_ = np.where(spread > 1e-12 * np.abs(targets).max(axis=0), spread, 1.0)
        return self._show(self._train(samples, self._reduced(targets)))

    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn more from samples that are new, without forgetting: a weight changes the less, the more is known about it.

        The first call is a :meth:`fit`, and fixes the scales and the box. See :mod:`limulator.learn.consolidation`.
        """
        if not hasattr(self, "confidence_"):
            return self.fit(X, y)
        samples, targets = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=False)
        if targets.shape[1:] != self.target_mean_.shape:
            raise ProblemError(f"y must have as many outputs as before, got shape {targets.shape}")
        return self._show(self._continue(samples, self._reduced(targets)))

    def predict(self, X: ArrayLike) -> Array:
        """Targets, (n,) or (n, outputs), of samples X, (n, N)."""
        return self._scores(X)

    def _reduced(self, y: Array) -> Array:
        return np.asarray((y - self.target_mean_) / self.target_scale_).reshape(len(y), -1)

    def _show(self, weights: Array) -> Self:
        coefficients, intercepts = self._unscaled(weights)
        shape = self.target_mean_.shape
        scale = self.target_scale_.reshape(-1)
        self.coef_ = (coefficients * scale[:, None]).reshape(*shape, -1)
        self.intercept_ = (intercepts * scale).reshape(shape) + self.target_mean_
        return self
