"""How a model is trained: the array's settings, and the account of what training has cost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..box import BoxQP
from ..energy import ROOM_TEMPERATURE_K, Ledger, bit_J
from ..energy.ledger import FEW
from ..errors import ProblemError
from ..qp import BoxQPSolution, solve_box_qp
from .consolidation import Held

__all__ = ["Machine", "held_account", "training_account"]


@dataclass(frozen=True)
class Machine:
    """The array that trains: bits of a cell, sweeps of each stage, replicas, the barrier E0 in bits, and the backend."""

    bits: int = 8
    sweeps: int = 200
    replicas: int = 8
    barrier: float = 0.0
    backend: str | None = None

    def solve(self, qp: BoxQP, seed: int) -> BoxQPSolution:
        """Anneal from random states."""
        return solve_box_qp(
            qp.P,
            qp.q,
            qp.lb,
            qp.ub,
            self.bits,
            sweeps=self.sweeps,
            replicas=self.replicas,
            seed=seed,
            backend=self.backend,
            barrier=self.barrier,
        )


def training_account(solutions: Sequence[BoxQPSolution], strictly_convex: bool) -> dict[str, Any]:
    """What annealing has cost, all stages, replicas and outputs together, as plain data for JSON.

    ==================  =========================================================================================
    ``attempts``        of a step
    ``updates``         accepted steps
    ``heat_bits``       into the reservoir, bits of kT ln 2; ``heat_J`` in joule at ``temperature_K``
    ``first_stage``     the stages that start from random states: their ``heat_bits`` and ``heat_J``, and what the
                        second law and their speed demand of these at least, ``bound_bits`` and ``bound_J``, by the
                        :class:`.Ledger`; 0 if that tells nothing, as for fewer than 8 replicas. The others start
                        from known states, of whose entropy nothing is known.
    ``replicas``        trainings that were run side by side, of which the best was kept
    ==================  =========================================================================================
    """
    results = [result for solution in solutions for result in solution.results]
    first = {
        "heat": float(sum(solution.results[0].heat_bits.sum() for solution in solutions)),
        "bound": sum(_bound(solution, strictly_convex) for solution in solutions),
    }
    return {
        "attempts": sum(int(result.records["attempts"].sum()) for result in results),
        "updates": sum(solution.updates for solution in solutions),
        **_in_joule("heat", sum(solution.heat_bits for solution in solutions)),
        "first_stage": {name: value for each in first.items() for name, value in _in_joule(*each).items()},
        "temperature_K": ROOM_TEMPERATURE_K,
        "replicas": len(results[0].seeds),
    }


def held_account(runs: Sequence[Held]) -> dict[str, Any]:
    """The same for runs from known states."""
    return {
        "attempts": sum(run.attempts for run in runs),
        "updates": sum(run.updates for run in runs),
        **_in_joule("heat", sum(run.heat_bits for run in runs)),
        "first_stage": None,
        "temperature_K": ROOM_TEMPERATURE_K,
        "replicas": 1,
    }


def _in_joule(name: str, bits: float) -> dict[str, float]:
    return {f"{name}_bits": bits, f"{name}_J": bits * bit_J(ROOM_TEMPERATURE_K)}


def _bound(solution: BoxQPSolution, strictly_convex: bool) -> float:
    """Bits that all replicas of the first stage must dissipate at least.

    The ledger knows little of a partition function from few replicas. The mean objective of a strictly convex program
    bounds the final entropy too (:meth:`.BoxQP.entropy_bits`).
    """
    result, qp = solution.results[0], solution.qp
    if len(result.seeds) < FEW:
        return 0.0
    bits, ledger = result.shape.bits, Ledger.of(result)
    drop = ledger.entropy_drop_bits.value
    if strictly_convex:
        ended = qp.values(np.stack([outcome.x for outcome in result.outcomes]), bits)
        with suppress(ProblemError):  # no unique minimum within rounding errors, or all replicas are at it
            gap = float(np.mean(qp.objective(ended) - qp.objective(qp.minimum)))
            drop = max(drop, result.start_entropy_bits - qp.entropy_bits(gap, bits))
    return max(float(drop + np.nan_to_num(ledger.finite_rate_bits.value)), 0.0) * len(result.seeds)
