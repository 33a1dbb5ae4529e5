"""A mean and its standard error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Estimate", "jackknife", "jackknife_all", "mean_of"]


class Estimate(NamedTuple):
    """A value and its standard error, which is not a number where a single sample tells none."""

    value: float
    standard_error: float


def mean_of(samples: NDArray[Any]) -> Estimate:
    """Mean over independent samples, (samples,)."""
    error = samples.std(ddof=1) / np.sqrt(len(samples)) if len(samples) > 1 else np.nan
    return Estimate(float(samples.mean()), float(error))


def jackknife_all(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]], samples: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and standard errors of functions of means over independent samples, with the bias of order 1 / samples taken
    off (Quenouille, Biometrika 43, 353, 1956; Tukey 1958).

    ``samples`` are (samples, means); ``function`` takes means, (any, means), to values, (any, values).
    """
    count = len(samples)
    mean = samples.mean(axis=0, dtype=np.float64)
    value = function(mean[None])[0]
    if count < 2:
        return value, np.full_like(value, np.nan)
    without = function((samples.sum(axis=0, dtype=np.float64) - samples) / (count - 1))
    with np.errstate(invalid="ignore"):  # what is infinite without one of the samples becomes not a number
        centre = without.mean(axis=0)
        error = np.sqrt((count - 1) * np.mean((without - centre) ** 2, axis=0))
        return count * value - (count - 1) * centre, error


def jackknife(function: Callable[[NDArray[np.float64]], NDArray[np.float64]], samples: NDArray[Any]) -> Estimate:
    """:func:`jackknife_all` for one function and one mean: samples (samples,), ``function`` from (any,) to (any,)."""
    value, error = jackknife_all(lambda means: function(means[:, 0])[:, None], samples[:, None])
    return Estimate(float(value[0]), float(error[0]))
