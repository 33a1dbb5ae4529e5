"""The walls: what the events of a run would cost on machines that keep their parameters elsewhere.

Three walls stand between a digital machine and its thermodynamics (arXiv 2402.14878):

memory wall
    the coupling row is read from a memory for every attempt that is not computed in memory;
update wall
    every toggled bit is written, whatever the direction of the step;
consolidation wall
    the parameters are copied from short-term to long-term memory, here once a run: N b bits are read where the machine
    keeps them and written at the price of DRAM.

The accounting is ours. It favours the digital machines: states, random numbers and control are free, a row is stored
densely or as index and value, whichever is shorter, and memories of any size have one price. A program that kept the local
fields up to date would read rows for accepted steps only, and write fields instead; :attr:`Rung.what` says what share of
the attempts that is.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError
from .estimate import Estimate, mean_of
from .ledger import Ledger
from .units import bit_J

if TYPE_CHECKING:
    from ..result import Result

__all__ = ["Cost", "Price", "Rung", "Technology", "emulator_costs", "ladder"]

WORD_BITS = 64
"""Bits that move in one access to a memory."""

LARGEST_PRICE = {"J": 1e3, "W": 1e6}
"""Prices from there on are refused, by their unit: a machine's energies stay finite."""


class Price(NamedTuple):
    """A price and where it is from."""

    value: float
    source: str


@dataclass(frozen=True)
class Technology:
    """Prices in joules, and in watts where the name ends in ``_W``; explained in ``limulator/data/technology.toml``."""

    name: str
    dram_word_J: Price
    sram_word_J: Price
    local_word_J: Price
    add_J: Price
    multiply_J: Price
    float_multiply_J: Price
    cpu_W: Price
    fpga_clock_J: Price

    @classmethod
    def read(cls, file: Path | None = None) -> Technology:
        """The technology in a TOML file, by default the one that comes with the package.

        Raises :class:`.FileFormatError` for a file that cannot be read, and for unknown, missing or impossible values.
        """
        shipped = files("limulator") / "data" / "technology.toml"
        try:
            document = tomllib.loads((shipped if file is None else file).read_text())
        except OSError as error:
            raise FileFormatError(f"cannot read {file}: {error.strerror}: name a technology file like {shipped}") from None
        except ValueError as error:
            raise FileFormatError(f"{file} is not TOML ({error}): write it like {shipped}") from None
        known = [field.name for field in fields(cls)]
        for key in document:
            if key not in known:
                raise FileFormatError(f"{file}: unknown key {key}: use {', '.join(known)}")
        for key in known:
            if key not in document:
                raise FileFormatError(f"{file}: {key} is missing: copy it from {shipped}")
        name = document.pop("name")
        if not isinstance(name, str):
            raise FileFormatError(f"{file}: name must be text, got {name!r}")
        return cls(name, **{key: _price(file, key, entry) for key, entry in document.items()})


def _price(file: Path | None, key: str, entry: Any) -> Price:
    if not isinstance(entry, dict) or set(entry) != {"value", "source"}:
        raise FileFormatError(f"{file}: {key} must be a table of value and source, got {entry!r}")
    value, source = entry["value"], entry["source"]
    unit = key.rpartition("_")[2]
    # compared before it is converted: TOML's integers are as long as one likes
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LARGEST_PRICE[unit]:
        limit = f"that is not negative and less than {LARGEST_PRICE[unit]:g} {unit}"
        raise FileFormatError(f"{file}: {key} must have a finite value {limit}, got {value!r}")
    if not isinstance(source, str):
        raise FileFormatError(f"{file}: the source of {key} must be text, got {source!r}")
    return Price(float(value), source)


@dataclass(frozen=True)
class Rung:
    """One machine's energy for the run: the mean over replicas, joules, and of a digital machine the parts."""

    name: str
    joules: Estimate
    parts: dict[str, float]
    what: str
    source: str

    def as_dict(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {**vars(self), "joules": list(self.joules)}


class Cost(NamedTuple):
    """What emulating one replica took, joules; no part of the physics."""

    name: str
    joules: float
    source: str


def ladder(result: Result, ledger: Ledger, technology: Technology) -> list[Rung]:
    """The run's energy on six machines, from Landauer's bound up; a bound that needs replicas may be not a number."""
    records = result.trace[1][:, -1]
    bit = bit_J(result.temperature_K)
    physics = [
        ("Landauer", Estimate(ledger.landauer_bits, 0.0), "erasing a random state into the one solution", "Landauer 1961"),
        ("LIM bound", ledger.bound_bits, "entropy drop, and what speed costs", "ours, docs/physics.md"),
        ("LIM heat", ledger.heat_bits, "heat into the reservoir, as measured", "the heat counter"),
    ]
    rungs = [
        Rung(name, Estimate(bits.value * bit, bits.standard_error * bit), {}, what, source)
        for name, bits, what, source in physics
    ]
    words, entries = _row(result)
    evaluated = (records["attempts"] - records["void"]).astype(np.float64)
    steps = (records["down"] + records["up"] + records["flat"]).sum()
    share = steps / max(evaluated.sum(), 1)
    rows = f"{words:.4g} x {WORD_BITS} bits for each attempt, {share:.1%} of which lead to a step"
    for name, price, memory in (
        ("compute in memory", technology.local_word_J, "couplings stay where they are used"),
        ("near memory (SRAM)", technology.sram_word_J, f"coupling rows from SRAM: {rows}"),
        ("von Neumann (DRAM)", technology.dram_word_J, f"coupling rows from DRAM: {rows}"),
    ):
        parts = _parts(result, technology, records, evaluated, price.value, entries)
        if price is not technology.local_word_J:
            parts = {"memory wall": evaluated * words * price.value, **parts}
        total = mean_of(np.sum(list(parts.values()), axis=0))
        means = {part: float(joules.mean()) for part, joules in parts.items()}
        rungs.append(Rung(name, total, means, memory, price.source))
    return rungs


def _row(result: Result) -> tuple[float, float]:
    """Words of a coupling row, and couplings in it: means over the cells."""
    cells, width, entries = result.problem.cells, result.shape.coupling_bits, np.diff(result.problem.couplings.indptr)
    dense = np.full(cells, cells * width)
    sparse = entries * (width + (cells - 1).bit_length())
    bits = min(dense, sparse, key=np.sum)
    return float(np.ceil(bits / WORD_BITS).mean()), float(entries.mean())


def _parts(
    result: Result,
    technology: Technology,
    records: NDArray[np.void],
    evaluated: NDArray[np.float64],
    word_J: float,
    entries: float,
) -> dict[str, NDArray[np.float64]]:
    """All but the memory wall of a machine that keeps its parameters at ``word_J`` a word: joules of each replica."""
    shape = result.shape
    # field: an addition for each coupling, and a product where the cell is no single bit; then beta * delta
    each = technology.add_J.value + (technology.multiply_J.value if shape.bits > 1 else 0.0)
    copied = -(-result.problem.cells * shape.bits // WORD_BITS)
    consolidation = copied * (word_J + technology.dram_word_J.value)
    return {
        "arithmetic": evaluated * (entries * each + technology.float_multiply_J.value),
        "update wall": records["toggles"] * (word_J / WORD_BITS),
        "consolidation wall": np.full(len(records), consolidation),
    }


def emulator_costs(result: Result, technology: Technology) -> list[Cost]:
    """What emulating a replica took, by processor time and, of gateware, by clocks; never part of the ladder."""
    replicas = len(result.outcomes)
    costs = [Cost("this computer", result.wall_s * technology.cpu_W.value / replicas, technology.cpu_W.source)]
    clocks = [outcome.clocks for outcome in result.outcomes if outcome.clocks is not None]
    if clocks:
        price = technology.fpga_clock_J
        costs.append(Cost("the same gateware on an FPGA", sum(clocks) / len(clocks) * price.value, price.source))
    return costs
