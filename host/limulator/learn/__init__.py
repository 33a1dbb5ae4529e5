"""Learning in memory: linear models whose weights are the cells of an array, by scikit-learn's conventions.

    >>> from limulator.learn import LIMClassifier, LIMRegressor

These two need scikit-learn, ``pip install 'limulator[ml]'``. What they are made of does not: :mod:`.least_squares`,
:mod:`.support_vectors`, and :mod:`.consolidation`, a barrier of its own for each cell.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["LIMClassifier", "LIMRegressor"]

_MODULES = {"LIMClassifier": ".classifier", "LIMRegressor": ".regressor"}


def __getattr__(name: str) -> Any:
    """The estimators, loaded when they are asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise ImportError(f"scikit-learn cannot be imported ({error}): pip install 'limulator[ml]'") from None
    return getattr(import_module(_MODULES[name], __name__), name)
