"""What a run was and what it cost, for ``SampleSet.info``."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np

from ..energy import Ledger
from ..result import Result
from .schedules import bits_per_unit

__all__ = ["info_of"]

_BOUNDS = (
    *("heat_bits", "work_bits", "bound_bits", "finite_rate_bits", "entropy_drop_bits", "entropy_source"),
    *("landauer_bits", "heat_less_bound_bits", "heat_over_bound", "heat_over_landauer"),
)


def info_of(result: Result) -> dict[str, Any]:
    """What a run was and what it cost, as plain data for JSON."""
    unit, schedule = bits_per_unit(result.problem), result.schedule
    ends = np.array([0, schedule.sweeps - 1])
    replicas = result.as_dict()["replicas"]
    ledger = Ledger.of(result).as_dict()
    return {
        "backend": result.backend,
        "array": result.array,
        "lanes": result.shape.lanes,
        "seeds": [replica["seed"] for replica in replicas],
        "complete": result.complete,
        "num_sweeps": schedule.sweeps,
        "beta_range": (schedule.betas(ends) / unit).tolist(),
        "barrier": schedule.barriers(ends).tolist(),
        "scale": result.problem.scale,
        "quantisation_error": result.problem.quantisation_error,
        "temperature_K": result.temperature_K,
        **{name: [replica[name] for replica in replicas] for name in ("heat_bits", "work_bits", "heat_joule", "clocks")},
        "counters": {name: [replica["counters"][name] for replica in replicas] for name in replicas[0]["counters"]},
        "ledger": {name: _none_for_nan(ledger[name]) for name in _BOUNDS},
    }


def _none_for_nan(value: Any) -> Any:
    if isinstance(value, list):
        return [_none_for_nan(member) for member in value]
    return None if isinstance(value, float) and isnan(value) else value
