"""The energy of training a model of any size: digital hardware, learning in memory, Landauer's limit for its storage.

From arXiv 2402.14878: that update operations, model size, speed and precision are all that counts; the brain-scale workload
of 1e15 parameters and 1e28 operations; about 1e17 J for it on digital hardware and, in its first two versions, 1e8 to
1e9 J for ideal learning in memory. The formula is our own derivation from standard stochastic thermodynamics:

    E = kT [P b ln 2 + OPS A],   A = -ln(1 - r e^(E0/kT))

P parameters of b bits are written once, and each of OPS update operations pays its affinity A: the least free energy that
must drive a transition to a net rate r, as a share of the largest rate e^(-E0/kT) that the barrier E0 lets through. An
operation that must succeed with error d has r e^(E0/kT) = 1 - d, so that A = ln(1/d).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log, log1p

from ..errors import RangeError
from .units import BOLTZMANN_J_PER_K, ROOM_TEMPERATURE_K, bit_J

__all__ = ["DIGITAL_J_PER_OPERATION", "PAPER_DIGITAL_J", "PAPER_LIM_J", "PAPER_WORKLOAD", "Projection", "project"]

PAPER_WORKLOAD = (1e15, 1e28)
"""Parameters and operations of the brain-scale model of arXiv 2402.14878."""

PAPER_DIGITAL_J = 1e17
"""What arXiv 2402.14878 expects digital hardware to need for it, about."""

PAPER_LIM_J = (1e8, 1e9)
"""What arXiv 2402.14878, versions 1 and 2, expects ideal learning in memory to need for it."""

LARGEST_BITS = 1024
"""Widest parameter: 2**-bits, the error of an operation, is a number down to there."""

DIGITAL_J_PER_OPERATION = PAPER_DIGITAL_J / PAPER_WORKLOAD[1]
"""10 pJ for an operation: the paper's two numbers divided. Beside it: GPT-3 took 1287 MWh (Patterson et al., arXiv
2104.10350) for 3.14e23 operations (Brown et al., arXiv 2005.14165), which is 14.8 pJ; a 32-bit multiplication and addition
without their operands' transport are 4.6 pJ in 45 nm (Horowitz, ISSCC 2014)."""


@dataclass(frozen=True)
class Projection:
    """What a workload costs; all energies in joules. Made by :func:`project`.

    Attributes
    ----------
    affinity : float
        A, energy of one update operation in units of kT.
    storage_J : float
        P b kT ln 2, Landauer's limit for the storage alone.
    operations_J : float
        OPS A kT.
    digital_J : float
        OPS times the price of a digital operation.
    """

    parameters: float
    operations: float
    bits: int
    temperature_K: float
    affinity: float
    storage_J: float
    operations_J: float
    digital_J: float

    @property
    def lim_J(self) -> float:  # noqa: N802
        """Ideal learning in memory: storage and operations."""
        return self.storage_J + self.operations_J

    @property
    def ratio(self) -> float:
        """Digital over learning in memory."""
        return self.digital_J / self.lim_J

    @property
    def dominant(self) -> str:
        """The larger of the two terms of learning in memory, that of the "operations" or of the "parameters"."""
        return "operations" if self.operations_J >= self.storage_J else "parameters"

    @property
    def dominance(self) -> float:
        """The larger of the two terms over the smaller."""
        return max(self.operations_J, self.storage_J) / min(self.operations_J, self.storage_J)

    def rows(self) -> list[tuple[str, str, str]]:
        """What, joules, and where the number comes from, for a reader."""
        low, high = PAPER_LIM_J
        parameters, operations = PAPER_WORKLOAD
        workload = f"{parameters:.0e} parameters, {operations:.0e} operations".replace("+", "")
        price = self.digital_J / self.operations / 1e-12
        return [
            ("digital", f"{self.digital_J:.2e}", f"{price:g} pJ an operation"),
            (
                "learning in memory",
                f"{self.lim_J:.2e}",
                f"our derivation; the {self.dominant} dominate, {self.dominance:.2g} times the rest",
            ),
            ("  operations", f"{self.operations_J:.2e}", f"our derivation: OPS kT A, A = {self.affinity:.4g}"),
            ("  parameters", f"{self.storage_J:.2e}", "Landauer: P b kT ln 2"),
            ("digital, published", f"{PAPER_DIGITAL_J:.0e}", f"arXiv 2402.14878, for {workload}"),
            ("LIM, published", f"{low:.0e}..{high:.0e}", f"arXiv 2402.14878 v1 and v2, for {workload}"),
        ]

    def __str__(self) -> str:
        """The rows, aligned, under a line that says what they are for."""
        rows = [("", "joules", ""), *self.rows()]
        widths = [max(len(row[k]) for row in rows) for k in range(2)]
        head = (
            f"{self.parameters:g} parameters of {self.bits} bits, {self.operations:g} operations, {self.temperature_K:g} K"
        )
        return "\n".join([head, *(f"{a:<{widths[0]}}  {b:>{widths[1]}}  {c}".rstrip() for a, b, c in rows)])


def project(
    parameters: float,
    operations: float,
    bits: int = 16,
    *,
    error: float | None = None,
    rate: float | None = None,
    temperature_K: float = ROOM_TEMPERATURE_K,
    digital_J_per_operation: float = DIGITAL_J_PER_OPERATION,
) -> Projection:
    """What training costs; the formula and its sources are at the head of this module.

    Parameters
    ----------
    parameters, operations : float
        P and OPS, positive.
    bits : int
        b, the precision of a parameter, up to 1024.
    error : float, optional
        d, with which an operation may fail, between 0 and 1; default 2**-bits, one unit in the last place.
    rate : float, optional
        Instead of ``error``: the normalised update rate r e^(E0/kT), between 0 and 1. From 1 on it is inadmissible.
    temperature_K : float
        Of the reservoir.
    digital_J_per_operation : float
        Price of a digital operation, positive.

    Raises
    ------
    RangeError
        For anything out of range, naming it, and where a result leaves the range of floating point.
    """
    for name, value in (
        ("parameters", parameters),
        ("operations", operations),
        ("digital_J_per_operation", digital_J_per_operation),
    ):
        if not (value > 0 and isfinite(value)):
            raise RangeError(f"{name} must be positive and finite, got {name}={value}")
    if not (1 <= bits <= LARGEST_BITS and float(bits).is_integer()):
        raise RangeError(f"bits must be a whole number from 1 to {LARGEST_BITS}, got bits={bits}")
    if rate is None:
        error = 2.0 ** -int(bits) if error is None else error
        if not 0 < error < 1:
            raise RangeError(f"the error of an operation must be between 0 and 1, got error={error}: it is a probability")
        affinity = -log(error)
    else:
        if error is not None:
            raise RangeError(f"an error fixes the rate, got error={error} and rate={rate}: give one of them")
        if not 0 < rate < 1:
            raise RangeError(f"the update rate must be between 0 and 1, got rate={rate}: from 1 on no energy suffices")
        affinity = -log1p(-rate)
    found = Projection(
        parameters=parameters,
        operations=operations,
        bits=int(bits),
        temperature_K=temperature_K,
        affinity=affinity,
        storage_J=parameters * bits * bit_J(temperature_K),
        operations_J=operations * affinity * BOLTZMANN_J_PER_K * temperature_K,
        digital_J=operations * digital_J_per_operation,
    )
    # in this order none divides by zero
    for name in ("affinity", "storage_J", "operations_J", "digital_J", "lim_J", "ratio", "dominance"):
        value = getattr(found, name)
        if not (value > 0 and isfinite(value)):
            given = f"parameters={parameters}, operations={operations}, bits={bits}, temperature_K={temperature_K}"
            chosen = f"error={error}" if rate is None else f"rate={rate}"
            raise RangeError(
                f"{name} comes to {value}, beyond floating point, from {given}, {chosen}: give less extreme values"
            )
    return found
