"""Real coefficients to the integers that an array holds, never silently: the caller sees scale and error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from .errors import ProblemError, RangeError

__all__ = ["COEFFICIENT_LIMIT", "Quantised", "as_matrix", "as_reals", "as_vector", "exact_integers", "quantise"]

COEFFICIENT_LIMIT = 1 << 31
"""Integer coefficients are smaller than this in magnitude."""

DENOMINATORS = tuple(sorted({2**k for k in range(11)} | {10, 100, 1000}))
"""The units tried for an exact fit are 1 / these, the coarsest first."""

TOLERANCE = 1e-12
"""Relative distance at which a coefficient counts as a multiple of a unit: decimal fractions are not exact doubles."""


@dataclass(frozen=True, eq=False)
class Quantised:
    """Integer coefficients and what they stand for.

    Attributes
    ----------
    couplings : csr_array of int64, shape (N, N)
        Integer couplings, without explicit zeros.
    linear : ndarray of int64, shape (N,)
        Integer linear coefficients.
    scale : float
        User units per integer unit: coefficient = ``scale`` * integer.
    error : float
        Largest ``|coefficient - scale * integer|``, user units; 0 if the fit is exact.
    """

    couplings: sparse.csr_array
    linear: NDArray[np.int64]
    scale: float
    error: float


def quantise(couplings: Any, linear: ArrayLike | None = None, levels: int | None = 127) -> Quantised:
    """Turn real coefficients into integers on one common scale.

    The fit is exact if all coefficients are multiples of a common unit: 1, 1/2, 1/4 ... 1/1024, 1/10, 1/100 or 1/1000.
    Otherwise, or if that makes a coupling larger than ``levels``, they are rounded to the nearest multiple of a unit at
    which the largest coupling becomes ``levels`` (without couplings: the largest linear coefficient).

    Parameters
    ----------
    couplings : array_like or sparse array, shape (N, N)
        Couplings, user units.
    linear : array_like, shape (N,), optional
        Linear coefficients, user units; default 0.
    levels : int or None
        Largest magnitude of an integer coupling, 1..2**31 - 1. None allows any, and nothing but an exact fit.

    Raises
    ------
    ProblemError
        For malformed coefficients, for ``levels`` out of range and, if ``levels`` is None, if there is no exact fit.
    RangeError
        If an integer coefficient reaches 2**31.
    """
    if levels is not None and not 1 <= levels < COEFFICIENT_LIMIT:
        raise ProblemError(f"levels must be 1..{COEFFICIENT_LIMIT - 1}, got levels={levels}")
    couplings = as_matrix(couplings)
    linear = as_vector(linear, couplings.shape[0])
    values = np.concatenate([couplings.data, linear])
    most = float(np.abs(couplings.data).max(initial=0.0))

    unit = next((d for d in DENOMINATORS if _multiples(values, d).all()), None)
    if unit is not None and (levels is None or round(most * unit) <= levels):
        scale, integers = 1 / unit, np.rint(values * unit)
        error = 0.0
    elif levels is None:
        name, value = _first(couplings, linear, ~_multiples(values, 1000))
        raise ProblemError(
            f"{name} = {value!r} is not an integer, and the coefficients are no multiples of a common unit "
            f"(1 to 1/1024, 1/10 to 1/1000): pass levels=127 (or any largest coupling) to round them"
        )
    else:
        scale = (most or float(np.abs(linear).max())) / levels
        # What does not fit becomes infinite here and is refused below.
        with np.errstate(all="ignore"):
            integers = np.rint(values / scale)
            error = float(np.abs(values - integers * scale).max())

    quantised = couplings.copy()
    quantised.data, quantised_linear = np.split(integers, [couplings.nnz])
    quantised, quantised_linear = exact_integers(quantised, quantised_linear)
    return Quantised(quantised, quantised_linear, scale, error)


def exact_integers(couplings: sparse.csr_array, linear: NDArray[np.float64]) -> tuple[Any, NDArray[np.int64]]:
    """Convert integral floats to int64.

    Parameters
    ----------
    couplings : csr_array of float64, shape (N, N)
    linear : ndarray of float64, shape (N,)

    Returns
    -------
    couplings : csr_array of int64, shape (N, N)
        Without explicit zeros.
    linear : ndarray of int64, shape (N,)

    Raises
    ------
    ProblemError
        If a coefficient is not integral.
    RangeError
        If a coefficient reaches 2**31 in magnitude.
    """
    values = np.concatenate([couplings.data, linear])
    large = ~(np.abs(values) < COEFFICIENT_LIMIT)
    if large.any():
        name, value = _first(couplings, linear, large)
        raise RangeError(f"{name} = {value:.17g} is beyond +-(2**31 - 1): scale the coefficients down or pass levels=")
    fractional = values != np.rint(values)
    if fractional.any():
        name, value = _first(couplings, linear, fractional)
        raise ProblemError(
            f"{name} = {value!r} is not an integer: use quantise(), or levels= with Problem.max_cut, qubo, ising or box"
        )
    integers = couplings.astype(np.int64)
    integers.eliminate_zeros()
    return integers, linear.astype(np.int64)


def as_matrix(source: Any) -> sparse.csr_array:
    """A square float64 csr_array, a copy with sorted indices and no explicit zeros, from a dense or sparse matrix.

    Raises
    ------
    ProblemError
        If it is not a square matrix of finite real numbers, or empty.
    """
    if not sparse.issparse(source):
        source = as_reals(source, "couplings")
    if len(source.shape) != 2 or source.shape[0] != source.shape[1] or not source.shape[0]:
        raise ProblemError(f"couplings must be a square matrix, got shape {tuple(source.shape)}")
    matrix = sparse.csr_array(source, copy=True)
    matrix.data = as_reals(matrix.data, "couplings")
    # Sums duplicates and sorts the indices too.
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    wrong = ~np.isfinite(matrix.data)
    if wrong.any():
        name, value = _first(matrix, np.empty(0), wrong)
        raise ProblemError(f"{name} = {value} is not a finite number: remove or replace it")
    return matrix


def as_vector(source: ArrayLike | None, cells: int) -> NDArray[np.float64]:
    """A float64 copy of ``cells`` finite real numbers, of zeros if ``source`` is None; else ``ProblemError``."""
    vector = np.zeros(cells) if source is None else as_reals(source, "linear").copy()
    if vector.shape != (cells,):
        raise ProblemError(f"linear must have shape ({cells},) like the couplings, got {vector.shape}")
    for i in np.flatnonzero(~np.isfinite(vector)):
        raise ProblemError(f"linear coefficient {i} = {vector[i]} is not a finite number: remove or replace it")
    return vector


def as_reals(source: ArrayLike, what: str) -> NDArray[np.float64]:
    """A float64 array, not always a copy, of real numbers; ``ProblemError`` naming ``what`` for anything else."""
    try:
        array = np.asarray(source)
        # Objects are numbers such as Fraction, Decimal or an int beyond 64 bits; strings are not parsed.
        if array.dtype.kind in "biufO":
            return array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise ProblemError(f"{what} must be real numbers: {error}") from None
    raise ProblemError(f"{what} must be real numbers, got {array.dtype}")


def _multiples(values: NDArray[np.float64], denominator: int) -> NDArray[np.bool_]:
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = values * denominator
        multiples: NDArray[np.bool_] = np.abs(scaled - np.rint(scaled)) <= TOLERANCE * np.abs(scaled)
    return multiples


def _first(couplings: sparse.csr_array, linear: NDArray[np.float64], where: NDArray[np.bool_]) -> tuple[str, float]:
    """Name and value of the first coefficient that is flagged in the couplings' data followed by linear."""
    k = int(np.argmax(where))
    if k < couplings.nnz:
        i = int(np.searchsorted(couplings.indptr, k, side="right")) - 1
        return f"coupling ({i}, {couplings.indices[k]})", float(couplings.data[k])
    return f"linear coefficient {k - couplings.nnz}", float(linear[k - couplings.nnz])
