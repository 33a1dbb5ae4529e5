"""Linear classifiers trained in memory, as an estimator of scikit-learn."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from ..errors import ProblemError
from .base import LinearInMemory, check_positive
from .support_vectors import dual_qp, dual_weights
from .training import training_account

__all__ = ["LIMClassifier"]

Array = NDArray[np.float64]

LOSSES = ("squared_error", "hinge")


class LIMClassifier(ClassifierMixin, LinearInMemory):  # type: ignore[misc]
    """A linear classifier trained in memory: least squares or support vectors, one class against the rest.

    With ``loss="squared_error"`` the cells of an array are the weights, as in :class:`LIMRegressor`, for targets +-1. With
    ``loss="hinge"`` they are the multipliers of the samples in the support-vector dual, from 0 to C, and the weights follow
    from these; see :mod:`limulator.learn.support_vectors`. Features are standardised inside. More than two classes have an
    array each.

    Parameters
    ----------
    loss : {"squared_error", "hinge"}
    alpha : float
        Strength of the ridge, of ``"squared_error"``; see :class:`LIMRegressor`.
    C : float
        Largest multiplier, of ``"hinge"``.
    bits, sweeps, replicas, barrier, w_max, plasticity, backend, random_state
        As of :class:`LIMRegressor`. ``w_max`` and ``plasticity`` matter to ``"squared_error"`` alone.

    Attributes
    ----------
    classes_ : ndarray
    coef_, intercept_
        As of scikit-learn's linear models: (1 or classes, N) and (1 or classes,).
    cells_ : ndarray of int, shape (1 or classes, cells)
        What the cells hold, 0..2**bits - 1: N + 1 weights, or as many multipliers as samples.
    w_max_, confidence_
        As of :class:`LIMRegressor`, of ``"squared_error"`` alone.
    energy_ : dict
        What the last training has cost, see :func:`limulator.learn.training.training_account`.
    """

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        alpha: float = 1.0,
        C: float = 1.0,
        bits: int = 8,
        sweeps: int = 200,
        replicas: int = 8,
        barrier: float = 0.0,
        w_max: float | None = None,
        plasticity: float = 100.0,
        backend: str | None = None,
        random_state: Any = None,
    ) -> None:
        self.loss = loss
        self.alpha = alpha
        self.C = C
        self.bits = bits
        self.sweeps = sweeps
        self.replicas = replicas
        self.barrier = barrier
        self.w_max = w_max
        self.plasticity = plasticity
        self.backend = backend
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Learn from samples X, (n, N), of classes y, (n,), from random states."""
        if self.loss not in LOSSES:
            raise ProblemError(f"loss must be one of {', '.join(LOSSES)}, got loss={self.loss!r}")
        samples, labels = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(labels)
        return self._fit(samples, labels, np.unique(labels))

    def _fit(self, X: Array, y: NDArray[Any], classes: NDArray[Any]) -> Self:
        if len(classes) < 2:
            raise ProblemError(f"a classifier needs samples of 2 classes or more, got one class: {classes}")
        self.classes_ = classes
        targets = self._targets(y)
        self.coef_, self.intercept_ = self._unscaled(
            self._train_dual(X, targets) if self.loss == "hinge" else self._train(X, targets)
        )
        return self

    def _train_dual(self, X: Array, targets: Array) -> Array:
        """The support-vector dual from random states; shapes as for :meth:`_train`."""
        check_positive(C=self.C)
        self._learn_scale(X)
        Z, machine, seed = self._standardised(X), self._machine(), self._seed()
        solutions = [machine.solve(dual_qp(Z, t, self.C), seed + (k << 32)) for k, t in enumerate(targets.T)]
        self.cells_ = np.array([solution.x for solution in solutions])
        self.energy_ = training_account(solutions, strictly_convex=False)
        return np.array([dual_weights(Z, t, found.y) for t, found in zip(targets.T, solutions, strict=True)])

    @available_if(lambda self: self.loss == "squared_error")  # type: ignore[untyped-decorator]
    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Learn more from samples that are new, without forgetting: a weight changes the less, the more is known about it.

        The first call wants all ``classes`` there will be, is a :meth:`fit`, and fixes the scales and the box. See
        :mod:`limulator.learn.consolidation`. The dual has a cell for each sample, and so cannot learn more.
        """
        first = not hasattr(self, "confidence_")
        samples, labels = validate_data(self, X, y, dtype=np.float64, reset=first)
        check_classification_targets(labels)
        known = np.unique(classes) if classes is not None else None if first else self.classes_
        if known is None:
            raise ProblemError("the first call of partial_fit needs all classes there will be: pass classes=")
        if not first and not np.array_equal(known, self.classes_):
            raise ProblemError(f"classes must stay what they were, {self.classes_}, got classes={known}")
        if (unknown := np.setdiff1d(labels, known)).size:
            raise ProblemError(f"y has labels that are not among the classes {known}: {unknown}")
        if first:
            return self._fit(samples, labels, known)
        self.coef_, self.intercept_ = self._unscaled(self._continue(samples, self._targets(labels)))
        return self

    def decision_function(self, X: ArrayLike) -> Array:
        """Of samples X, (n, N): (n, classes), or (n,) for two classes, positive for the second."""
        scores = self._scores(X)
        return scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Classes, (n,), of samples X, (n, N)."""
        scores = self.decision_function(X)
        chosen = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return np.asarray(self.classes_[chosen])

    def _targets(self, y: NDArray[Any]) -> Array:
        """+-1, (n, 1 or classes)."""
        positive = self.classes_[1:] if len(self.classes_) == 2 else self.classes_
        return np.where(y[:, None] == positive, 1.0, -1.0)
