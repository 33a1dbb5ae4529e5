"""Numbers for readers, and for strict JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf, isfinite, isnan
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ..experiments.experiment import Check

__all__ = ["numeric_columns", "plain", "quantity", "sigmas"]


def quantity(value: float, error: float = 0.0) -> str:
    """A number to read, with its standard error if it has one: as many digits as the error allows, at most six."""
    if isnan(value):
        return "-"
    if not (error > 0 and isfinite(error) and isfinite(value)):
        return f"{value:.6g}"
    if 1e-3 <= abs(value) < 1e7 or value == 0:
        decimals = min(max(1 - _exponent(error), 0), 9)
        return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"
    exponent = _exponent(value)
    decimals = min(max(1 + exponent - _exponent(error), 0), 6)
    scale = 10.0**exponent
    return f"({value / scale:.{decimals}f} ± {error / scale:.{decimals}f})e{exponent:+03d}"


def sigmas(check: Check) -> float:
    """How far a check misses what is allowed, in standard errors; infinite where there are none to excuse it."""
    if check.deviation == 0:
        return 0.0
    return check.deviation / check.standard_error if check.standard_error else inf


def numeric_columns(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns to be set flush right: those of which every cell that is not empty is a number, or begins with one."""
    return [k for k in range(len(columns)) if all(re.match(r"[-+(]?\d|-?$", row[k]) for row in rows)]


def plain(value: Any) -> Any:
    """Numbers of an experiment for strict JSON: what is not finite becomes "nan", "inf" or "-inf", which float() reads."""
    if isinstance(value, dict):
        return {str(name): plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [plain(member) for member in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    return value if not isinstance(value, float) or isfinite(value) else str(value)


def _exponent(value: float) -> int:
    return int(f"{value:e}".split("e")[1])
