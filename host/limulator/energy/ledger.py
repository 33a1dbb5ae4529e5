"""The ledger of a run: its work and heat, closed against the counters, beside the bounds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import PENALTY_FRAC
from limulator_sim.golden import RECORD
from limulator_sim.schedule import Segment

from ..errors import LedgerError
from .bounds import finite_rate_bits
from .estimate import Estimate, jackknife_all, mean_of
from .partition import LogPartition

if TYPE_CHECKING:
    from ..result import Result

__all__ = ["Ledger", "work_bits"]

Array = NDArray[np.float64]


def work_bits(heat_bits: Array, beta_end: Array | float, energy_end: NDArray[np.int64]) -> Array:
    """W = Q + beta_f U_f - beta_i U_i, bits, for each replica.

    The initial state is drawn uniformly, which is thermal at beta_i = 0, so that the second term is zero: charging the
    array from beta = 0 to the schedule's first beta is part of the work.
    """
    return heat_bits + beta_end * energy_end


@dataclass(frozen=True)
class Ledger:
    """Energy in and out of a run, in bits of kT ln 2 for a replica, from the counters of its segments.

    Made by :meth:`of`. Estimates are means over the replicas with their standard errors. Those of bounds are free of the
    bias of order 1 / replicas that a logarithm of sample means has; with one replica there are none.

    =======================  =====================================================================================
    ``heat_bits``            Q, into the reservoir
    ``work_bits``            W = Q + beta_f U_f, by the first law
    ``entropy_drop_bits``    S_i - S_f at least: S_i = N b, and no ensemble of mean energy U_f has more entropy than
                             the thermal one, so that S_f <= log2 Z(beta) + beta U_f for every beta
    ``entropy_source``       how log2 Z is known, and the beta that bounds best
    ``finite_rate_bits``     what speed costs: the sum of :func:`.finite_rate_bits` over the segments
    ``bound_bits``           the sum of the last two; the second law wants <Q> to be no less
    ``landauer_bits``        Landauer's bound for ending in the one solution (or one of two that mirror each other)
    ``heat_over_bound``      Q / bound
    ``heat_over_landauer``   Q / Landauer's bound
    =======================  =====================================================================================

    Arrays over the segments, means over the replicas: ``sweeps`` done at the end and ``beta`` there, the lowest
    ``barrier``, ``energy`` at the end, and of the segment ``heat``, ``work``, steps ``down``, ``up`` and ``flat``,
    ``attempts`` and ``finite_rate``; standard errors ``energy_error``, ``heat_error`` and ``finite_rate_error``.
    """

    replicas: int
    heat_bits: Estimate
    work_bits: Estimate
    entropy_drop_bits: Estimate
    entropy_source: str
    finite_rate_bits: Estimate
    bound_bits: Estimate
    landauer_bits: float
    heat_over_bound: Estimate
    heat_over_landauer: Estimate
    sweeps: NDArray[np.int64]
    beta: Array
    barrier: Array
    energy: Array
    energy_error: Array
    heat: Array
    heat_error: Array
    work: Array
    down: Array
    up: Array
    flat: Array
    attempts: Array
    finite_rate: Array
    finite_rate_error: Array

    @classmethod
    def of(cls, result: Result, log_partition: LogPartition | None = None) -> Ledger:
        """The ledger of the replicas that got furthest: as a rule, all.

        ``log_partition`` bounds the final entropy; by default the exact one where that is quick, or else what the run
        itself tells. A slow run of the same problem from beta = 0 tells more: :meth:`.LogPartition.annealed`.

        Raises :class:`.LedgerError` if counters do not close: a ledger that does not is never shown. (That
        U_end - U_start is the sum of the steps' deltas was checked when the result was made.)
        """
        sweeps, logs = result.trace
        segments = _shortened(result.segments, sweeps)
        _close(result, segments, logs)
        beta, work = result.works
        barrier = _barriers(result, segments)
        change = {name: np.diff(logs[name], axis=1).astype(np.float64) for name in ("down", "up", "flat", "attempts")}
        heat = logs["heat"] * 2.0**-result.shape.beta_frac
        energy = logs["energy"].astype(np.float64)
        final = mean_of(energy[:, -1])
        if log_partition is None:
            log_partition = LogPartition.exact(result.problem, float(beta[-1])) or LogPartition.annealed(result)
        entropy, at = log_partition.entropy_bound(final)
        drop = Estimate(result.shape.cells * result.shape.bits - entropy.value, entropy.standard_error)

        count = len(barrier)

        def evaluate(means: Array) -> Array:
            """Of mean D and U of each segment and mean heat: the rate bounds, their sum, and the ratio of heat to bound."""
            rates = finite_rate_bits(means[:, :count], means[:, count:-1], barrier)
            total = rates.sum(axis=1)
            limit = drop.value + total
            return np.column_stack([rates, total, means[:, -1] / np.where(limit > 0, limit, np.nan)])

        values, errors = jackknife_all(evaluate, np.column_stack([change["down"], change["up"], heat[:, -1]]))
        if len(heat) == 1:
            values[:] = np.nan
        rate = Estimate(float(values[-2]), float(errors[-2]))
        bound = Estimate(drop.value + rate.value, float(np.hypot(drop.standard_error, rate.standard_error)))
        ratio_error = np.hypot(errors[-1], values[-1] * drop.standard_error / bound.value) if bound.value else np.nan
        total_heat = mean_of(heat[:, -1])
        return cls(
            replicas=len(heat),
            heat_bits=total_heat,
            work_bits=mean_of(work[:, -1]),
            entropy_drop_bits=drop,
            entropy_source=f"log2 Z {log_partition.source}, at beta = {at:.3g}" if at else "no Z is known but at beta = 0",
            finite_rate_bits=rate,
            bound_bits=bound,
            landauer_bits=result.landauer_bits,
            heat_over_bound=Estimate(float(values[-1]), float(ratio_error)),
            heat_over_landauer=Estimate(*(np.array(total_heat) / result.landauer_bits).tolist()),
            sweeps=sweeps[1:],
            beta=beta[1:],
            barrier=barrier,
            energy=energy[:, 1:].mean(axis=0),
            energy_error=_errors(energy[:, 1:]),
            heat=np.diff(heat, axis=1).mean(axis=0),
            heat_error=_errors(np.diff(heat, axis=1)),
            work=np.diff(work, axis=1).mean(axis=0),
            finite_rate=values[:count],
            finite_rate_error=errors[:count],
            **{name: steps.mean(axis=0) for name, steps in change.items()},
        )

    def rows(self) -> list[tuple[str, Estimate, str]]:
        """What there is to show: name, bits, remark; from what was done down to the weakest bound."""
        return [
            ("work", self.work_bits, "first law: W = Q + beta_f U_f"),
            ("heat", self.heat_bits, "measured"),
            ("bound", self.bound_bits, "second law at this speed: the sum of the next two"),
            ("  finite rate", self.finite_rate_bits, "what speed costs"),
            ("  entropy drop", self.entropy_drop_bits, f"S_i - S_f at least; {self.entropy_source}"),
            ("Landauer", Estimate(self.landauer_bits, 0.0), "for ending in one solution"),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain data: estimates as [value, standard error], arrays as lists."""
        plain: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            plain[field.name] = value.tolist() if isinstance(value, np.ndarray) else value
            if isinstance(value, Estimate):
                plain[field.name] = list(value)
        return plain


def _shortened(segments: list[Segment], sweeps: NDArray[np.int64]) -> list[Segment]:
    """The segments that were run, each with the sweeps that were done of it."""
    return [s._replace(sweeps=int(n)) for s, n in zip(segments, np.diff(sweeps), strict=False)]


def _barriers(result: Result, segments: list[Segment]) -> Array:
    """Lowest barrier of each segment, bits, as the array used it."""
    guard = result.shape.barrier_guard
    heights = [min(s.barrier, s.barrier + (s.sweeps - 1) * s.barrier_step) >> guard for s in segments]
    return np.array(heights) * 2.0**-PENALTY_FRAC


def _errors(samples: Array) -> Array:
    """Standard error of each column's mean; not a number for one row."""
    if len(samples) == 1:
        return np.full(samples.shape[1], np.nan)
    return np.asarray(samples.std(axis=0, ddof=1) / np.sqrt(len(samples)))


def _close(result: Result, segments: list[Segment], logs: NDArray[np.void]) -> None:
    """What the counters of each segment must obey, exactly."""
    shape = result.shape
    change = {name: np.diff(logs[name], axis=1) for name in RECORD.names or ()}
    steps = change["down"] + change["up"] + change["flat"]
    booked = change["sum_down"] + change["sum_up"]
    for k, segment in enumerate(segments):
        everywhere = np.full(len(logs), shape.cells * segment.sweeps)
        laws = [("attempts", change["attempts"][:, k], everywhere)]
        if segment.beta_step == 0:
            laws.append(("heat", change["heat"][:, k], -(segment.beta >> shape.beta_guard) * booked[:, k]))
        for name, counted, wanted in laws:
            if np.any(counted != wanted):
                raise LedgerError(f"the {name} of segment {k} does not close: counted {counted}, must be {wanted}")
    if np.any(steps + change["void"] > change["attempts"]):
        raise LedgerError("more steps and void attempts were counted than attempts")
