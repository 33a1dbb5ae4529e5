"""What the estimators have in common: the cells, their training and their scales."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ..errors import ProblemError
from .consolidation import raised_bits
from .least_squares import continue_training, ridge_qp, train
from .training import Machine, held_account, training_account

__all__ = ["LinearInMemory", "check_positive"]

Array = NDArray[np.float64]


class LinearInMemory(BaseEstimator):  # type: ignore[misc]
    """Weights in cells: their training, and the way to the user's units."""

    def _machine(self) -> Machine:
        return Machine(self.bits, self.sweeps, self.replicas, self.barrier, self.backend)

    def _seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _learn_scale(self, X: Array) -> None:
        self.feature_mean_ = X.mean(axis=0)
        spread = X.std(axis=0)
        # equal numbers spread by their rounding errors
        self.feature_scale_ = np.where(spread > 1e-12 * np.abs(X).max(axis=0), spread, 1.0)

    def _standardised(self, X: Array) -> Array:
        """With the constant feature of the intercept, (n, N + 1)."""
        return np.column_stack([(X - self.feature_mean_) / self.feature_scale_, np.ones(len(X))])

    def _train(self, X: Array, targets: Array) -> Array:
        """Least squares from random states. Targets are (n, outputs); so are the weights, (outputs, N + 1)."""
        check_positive(alpha=self.alpha, plasticity=self.plasticity, w_max=self.w_max)
        self._learn_scale(X)
        Z, machine, seed = self._standardised(X), self._machine(), self._seed()
        trained = [train(Z, t, self.alpha, self.w_max, machine, seed + (k << 32)) for k, t in enumerate(targets.T)]
        self.w_max_ = np.array([each.w_max for each in trained])
        self.cells_ = np.array([each.solutions[-1].x for each in trained])
        self.confidence_ = (Z**2).sum(axis=0)
        self.batches_ = 1
        self.energy_ = training_account([run for each in trained for run in each.solutions], strictly_convex=True)
        return np.array([each.solutions[-1].y for each in trained])

    def _continue(self, X: Array, targets: Array) -> Array:
        """Least squares from the present cells, each behind a barrier of its own; shapes as for :meth:`_train`."""
        check_positive(alpha=self.alpha, plasticity=self.plasticity)
        Z, machine = self._standardised(X), self._machine()
        raised = raised_bits(self.confidence_, self.plasticity)
        seeds = np.random.SeedSequence([self._seed(), self.batches_]).generate_state(len(self.cells_))
        qps = [ridge_qp(Z, t, self.alpha, w_max) for t, w_max in zip(targets.T, self.w_max_, strict=True)]
        runs = [
            continue_training(qp, x, raised, machine, int(seed))
            for qp, x, seed in zip(qps, self.cells_, seeds, strict=True)
        ]
        self.cells_ = np.array([run.x for run in runs])
        self.confidence_ = self.confidence_ + (Z**2).sum(axis=0)
        self.batches_ += 1
        self.energy_ = held_account(runs)
        return np.array([qp.values(x, self.bits) for qp, x in zip(qps, self.cells_, strict=True)])

    def _unscaled(self, weights: Array) -> tuple[Array, Array]:
        """Coefficients, (outputs, N), and intercepts, (outputs,), for features as they come."""
        coefficients = weights[:, :-1] / self.feature_scale_
        return coefficients, weights[:, -1] - coefficients @ self.feature_mean_

    def _scores(self, X: ArrayLike) -> Array:
        check_is_fitted(self)
        samples = validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray(samples @ self.coef_.T + self.intercept_)


def check_positive(**values: float | None) -> None:
    """Raise :class:`.ProblemError` for a number that is not; None passes."""
    for name, value in values.items():
        if value is not None and not value > 0:
            raise ProblemError(f"{name} must be positive, got {name}={value}")
