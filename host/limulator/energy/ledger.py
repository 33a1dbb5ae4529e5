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


FEW = 8
"""Fewer replicas tell no finite-rate bound."""

STEPS = 20
"""Steps of a group of segments, down and up: counts fluctuate, and their logarithms with them, so that the bound of fewer
would be mostly noise. Segments taken together have a weaker bound than one by one, never a wrong one."""


def work_bits(heat_bits: Array, beta_end: Array | float, energy_end: NDArray[np.int64]) -> Array:
    """W = Q + beta_f U_f - beta_i U_i, bits, for each replica.

    A random initial state is thermal at beta_i = 0, so that the second term is zero: charging the array from beta = 0 to
    the schedule's first beta is part of the work. A given one is charged in the same way.
    """
    return heat_bits + beta_end * energy_end


@dataclass(frozen=True)
class Ledger:
    """Energy in and out of a run, in bits of kT ln 2 for a replica, from the counters of its segments.

    Made by :meth:`of`. Estimates are means over the replicas with their standard errors. Those of bounds are free of the
    bias of order 1 / replicas that a function of sample means has. Not a number is what cannot be told: standard errors
    from one replica, and finite-rate bounds from fewer than :data:`FEW`.

    =======================  =====================================================================================
    ``heat_bits``            Q, into the reservoir
    ``work_bits``            W = Q + beta_f U_f, by the first law
    ``entropy_drop_bits``    S_i - S_f at least: S_i = N b, or 0 for given states, and no ensemble of mean energy U_f has
                             more entropy than the thermal one, so that S_f <= log2 Z(beta) + beta U_f for every beta
    ``entropy_source``       how log2 Z is known, and the beta that bounds best
    ``finite_rate_bits``     what speed costs: the sum of :func:`.finite_rate_bits` over the segments
    ``bound_bits``           the sum of the last two; the second law wants <Q> to be no less
    ``heat_less_bound_bits`` Q - bound, with the error of the difference
    ``heat_over_bound``      Q / bound
    ``landauer_bits``        Landauer's bound for ending in the one solution (or one of two that mirror each other); a run
                             that ends elsewhere may dissipate less
    ``heat_over_landauer``   Q / Landauer's bound
    =======================  =====================================================================================

    Arrays over the segments, means over the replicas: ``sweeps`` done at the end and ``beta`` there, the lowest
    ``barrier``, ``energy`` at the end, and of the segment ``heat``, ``work``, steps ``down``, ``up`` and ``flat``,
    ``attempts`` and ``finite_rate``; standard errors ``energy_error``, ``heat_error`` and ``finite_rate_error``. The
    finite-rate bound is worked out for groups of neighbouring segments in which all replicas together made at least
    :data:`STEPS` steps down and as many up, and shared among the segments of a group by the sweep.
    """

    replicas: int
    heat_bits: Estimate
    work_bits: Estimate
    entropy_drop_bits: Estimate
    entropy_source: str
    finite_rate_bits: Estimate
    bound_bits: Estimate
    landauer_bits: float
    heat_less_bound_bits: Estimate
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
        own = log_partition is None
        if log_partition is None:
            log_partition = LogPartition.exact(result.problem, float(beta[-1])) or LogPartition.annealed(result)
        point = log_partition.best_for(mean_of(energy[:, -1]))
        at, states = float(log_partition.betas[point]), float(result.problem.cells * result.shape.bits)
        ties = log_partition.estimators[point] if own and log_partition.estimators else None
        groups = _groups(change["down"].sum(axis=0), change["up"].sum(axis=0))
        down, up = (np.add.reduceat(change[name], groups, axis=1) for name in ("down", "up"))
        lowest, count = np.minimum.reduceat(barrier, groups), len(groups)

        def evaluate(means: Array) -> Array:
            """All that hangs together, of the means: rate bounds, their sum, drop, bound, heat less bound, heat / bound."""
            heats, energies = means[:, 2 * count : 2 * count + 2].T
            log2_z = log_partition.log2_z[point] if ties is None else states + ties.of_means(means[:, 2 * count + 2 :])
            rates = finite_rate_bits(means[:, :count], means[:, count : 2 * count], lowest)
            drop = result.start_entropy_bits - log2_z - at * energies
            bound = drop + rates.sum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = np.where(bound > 0, heats / bound, np.nan)
            return np.column_stack([rates, rates.sum(axis=1), drop, bound, heats - bound, ratio])

        samples = [down, up, heat[:, -1:], energy[:, -1:], *([] if ties is None else [ties.samples])]
        values, errors = jackknife_all(evaluate, np.concatenate(samples, axis=1))
        # what the samples do not show: the error of a Z from elsewhere, or of a series cut short
        apart = log_partition.truncation[point] if ties else log_partition.standard_error[point]
        errors[-4:] = np.hypot(errors[-4:], apart * np.array([1, 1, 1, np.abs(values[-1] / values[-3])]))
        values[np.isnan(errors)] = np.nan
        if len(heat) < FEW:
            values[: count + 1] = errors[: count + 1] = values[-3:] = errors[-3:] = np.nan
        rate, drop, bound, margin, ratio = (
            Estimate(*map(float, pair)) for pair in zip(values[-5:], errors[-5:], strict=True)
        )
        # a group's share of the bound goes to its segments by the sweep
        lengths = np.diff(sweeps)
        group = np.searchsorted(groups, np.arange(len(lengths)), side="right") - 1
        share = lengths / np.add.reduceat(lengths, groups)[group]
        source = f"log2 Z {log_partition.source}, at beta = {at:.3g}" if at else "no Z tells more than S_f <= N b"
        total_heat = mean_of(heat[:, -1])
        return cls(
            replicas=len(heat),
            heat_bits=total_heat,
            work_bits=mean_of(work[:, -1]),
            entropy_drop_bits=drop,
            entropy_source=source,
            finite_rate_bits=rate,
            bound_bits=bound,
            landauer_bits=result.landauer_bits,
            heat_less_bound_bits=margin,
            heat_over_bound=ratio,
            heat_over_landauer=Estimate(*(np.array(total_heat) / (result.landauer_bits or np.nan)).tolist()),
            sweeps=sweeps[1:],
            beta=beta[1:],
            barrier=barrier,
            energy=energy[:, 1:].mean(axis=0),
            energy_error=_errors(energy[:, 1:]),
            heat=np.diff(heat, axis=1).mean(axis=0),
            heat_error=_errors(np.diff(heat, axis=1)),
            work=np.diff(work, axis=1).mean(axis=0),
            finite_rate=share * values[group],
            finite_rate_error=share * errors[group],
            **{name: steps.mean(axis=0) for name, steps in change.items()},
        )

    def rows(self) -> list[tuple[str, Estimate, str]]:
        """What there is to show: name, bits, remark."""
        return [
            ("work", self.work_bits, "first law: W = Q + beta_f U_f"),
            ("heat", self.heat_bits, "measured"),
            ("bound", self.bound_bits, "second law at this speed: the sum of the next two"),
            ("  finite rate", self.finite_rate_bits, "what speed costs"),
            ("  entropy drop", self.entropy_drop_bits, f"S_i - S_f at least; {self.entropy_source}"),
            ("Landauer", Estimate(self.landauer_bits, 0.0), "for ending in one solution; less is possible elsewhere"),
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


def _groups(down: Array, up: Array) -> NDArray[np.int64]:
    """First segments of groups with enough steps down and up; counts of each segment, (segments,), of all replicas."""
    first, total = [0], np.zeros(2)
    for k, steps in enumerate(np.column_stack([down, up])):
        if total.min() >= STEPS:
            first.append(k)
            total = np.zeros(2)
        total += steps
    if total.min() < STEPS and len(first) > 1:
        first.pop()
    return np.array(first)


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
        everywhere = np.full(len(logs), result.problem.cells * segment.sweeps)
        laws = [("attempts", change["attempts"][:, k], everywhere)]
        if segment.beta_step == 0:
            laws.append(("heat", change["heat"][:, k], -(segment.beta >> shape.beta_guard) * booked[:, k]))
        for name, counted, wanted in laws:
            if np.any(counted != wanted):
                raise LedgerError(f"the {name} of segment {k} does not close: counted {counted}, must be {wanted}")
    if np.any(steps + change["void"] > change["attempts"]):
        raise LedgerError("more steps and void attempts were counted than attempts")
