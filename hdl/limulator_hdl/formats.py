"""Number formats and the shape of an array: the one place where a width is decided.

Gateware, golden model, host and documentation all read these; none of them states a width of its own.

========================  ==========  ============================================================
quantity                  format      meaning
========================  ==========  ============================================================
noise word                32 bits     ``run`` (21) | ``mantissa`` (10) | ``direction`` (1), run on top
penalty t, surprisal      UQ5.10      bits of energy, 1 bit = kT ln 2
barrier E0                UQ5.10      the top 15 bits of the schedule's UQ5.27 accumulator
inverse temperature beta  UQ          ``beta_bits`` wide, ``beta_frac`` fraction bits, in bits of energy per
                                      unit of E; the top bits of the schedule's 32-bit accumulator
heat                      SQ          unit 2**-beta_frac bits
x                         U           ``bits`` wide, one per cell
local field g, delta, c   S           ``field_bits`` wide, units of E
coupling q                S           ``coupling_bits`` wide; Q = q * 2**coupling_shift
========================  ==========  ============================================================
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import ceil, log2
from operator import index
from typing import Any, ClassVar

__all__ = [
    "BARRIER_BITS",
    "COUNTER_BITS",
    "DIRECTION_BITS",
    "MANTISSA_BITS",
    "MAX_COUPLING_SHIFT",
    "PENALTY_FRAC",
    "PENALTY_INT",
    "RAMP_BITS",
    "RUN_BITS",
    "SEGMENT_SPACING",
    "SEGMENT_WORDS",
    "SURPRISAL_BITS",
    "THRESHOLD_BITS",
    "WORD_BITS",
    "Shape",
    "integer",
    "signed_bits",
]

PENALTY_FRAC = 10
"""F: fraction bits of the penalty t = E0 + max(0, beta * delta), where the product has been rounded."""

THRESHOLD_BITS = 11
"""M: width of the random field that is compared with the threshold table T[f]."""

RUN_BITS = 21
"""K + 1: the run of random bits, whose leading zeros pay for the integer part of t (K = 20)."""

MANTISSA_BITS = THRESHOLD_BITS - 1
"""Low bits of the random field; its top bit is the bit of the run at position n."""

DIRECTION_BITS = 1
"""The bit of the word that proposes up or down when a cell holds more than one bit."""

WORD_BITS = RUN_BITS + MANTISSA_BITS + DIRECTION_BITS
"""A noise word: 32 bits, all of them fresh at every attempt."""

PENALTY_INT = 5
"""Integer bits of the penalty: it holds RUN_BITS, above which nothing is accepted."""

SURPRISAL_BITS = PENALTY_INT + PENALTY_FRAC
"""Width of a word's surprisal, the largest penalty that it lets through."""

BARRIER_BITS = SURPRISAL_BITS
"""Width of the barrier in use, UQ5.10."""

RAMP_BITS = 32
"""Width of the schedule's accumulators and steps. Their top bits are in use, the rest lets a slow ramp be slow."""

MAX_COUPLING_SHIFT = 15
"""Largest shift of the couplings."""

COUNTER_BITS = 64
"""Width in which every counter is reported."""

SEGMENT_WORDS = ("barrier", "beta", "barrier_step", "beta_step", "sweeps")
"""A segment of the schedule: where the accumulators start, the steps added after each sweep (modulo 2**RAMP_BITS), and
the number of sweeps, at least 1."""

SEGMENT_SPACING = 1 << (len(SEGMENT_WORDS) - 1).bit_length()
"""Words from a segment's first to that of the next."""

FULL_SPEED_HZ = 100e6
"""The clock at which no counter may wrap within a day."""

_DAY_CLOCKS = ceil(log2(FULL_SPEED_HZ * 86400))


def signed_bits(magnitude: int) -> int:
    """Bits of the narrowest signed number that holds -magnitude..magnitude."""
    return int(magnitude).bit_length() + 1


def integer(name: str, value: Any, low: int, high: int) -> int:
    """A parameter as an integer in low..high; raises ``TypeError`` or ``ValueError`` with its name and value."""
    try:
        value = index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {name}={value!r}") from None
    if not low <= value <= high:
        raise ValueError(f"{name} must be {low}..{high}, got {name}={value}")
    return value


@dataclass(frozen=True)
class Shape:
    """What has to be fixed before an array can be built.

    ==================  ==========================================================================
    parameter           meaning
    ==================  ==========================================================================
    ``cells``           N, 1..65536 (:class:`.ColorShape`: 1..262144)
    ``lanes``           candidates evaluated in a clock; divides ``cells``
    ``bits``            b, width of a cell, 1..16
    ``coupling_bits``   width of a signed coupling q, 2..16
    ``coupling_shift``  s: the coupling in the energy is Q = q * 2**s, 0..15
    ``field_bits``      width of g, delta and c; default: all couplings at -qmax..qmax with every cell full
    ``beta_bits``       width of beta in use, 2..32
    ``beta_frac``       its fraction bits, above PENALTY_FRAC
    ``segments``        segments that the schedule memory and the log hold
    ==================  ==========================================================================

    Raises ``TypeError`` for a parameter that is not an integer, and ``ValueError`` for one out of range and for lanes
    that do not divide cells.
    """

    most_cells: ClassVar[int] = 1 << 16

    cells: int
    lanes: int = 1
    bits: int = 1
    coupling_bits: int = 2
    coupling_shift: int = 0
    field_bits: int | None = None
    beta_bits: int = 16
    beta_frac: int = 12
    segments: int = 256

    def __post_init__(self) -> None:
        def put(name: str, low: int, high: int) -> None:
            object.__setattr__(self, name, integer(name, getattr(self, name), low, high))

        put("cells", 1, self.most_cells)
        put("lanes", 1, 1 << 10)
        if self.cells % self.lanes:
            raise ValueError(f"lanes must divide cells, got cells={self.cells} lanes={self.lanes}")
        put("bits", 1, 16)
        put("coupling_bits", 2, 16)
        put("coupling_shift", 0, MAX_COUPLING_SHIFT)
        if self.field_bits is None:
            object.__setattr__(self, "field_bits", signed_bits(self.cells * self.x_max * self.q_max << self.coupling_shift))
        put("field_bits", self.coupling_shift + 2, 32)
        put("beta_bits", 2, RAMP_BITS)
        put("beta_frac", PENALTY_FRAC + 1, 48)
        put("segments", 1, 1 << 14)

    @property
    def array(self) -> str:
        """Which array has this shape: "event", or of :class:`.ColorShape` "color" or "deep"."""
        return "event"

    @property
    def windows(self) -> int:
        """Groups of ``lanes`` cells; a sweep visits each once."""
        return self.cells // self.lanes

    @property
    def lane_bits(self) -> int:
        """Bits of a lane's number: the low part of a cell's address."""
        return (self.lanes - 1).bit_length()

    @property
    def window_address_bits(self) -> int:
        """Bits of a window's number."""
        return (self.windows - 1).bit_length()

    @property
    def cell_address_bits(self) -> int:
        """Bits of a cell's address: window << lane_bits | lane, cell = window * lanes + lane."""
        return self.window_address_bits + self.lane_bits

    @property
    def x_max(self) -> int:
        """Largest value of a cell, 2**b - 1."""
        return (1 << self.bits) - 1

    @property
    def q_max(self) -> int:
        """Largest stored coupling; the smallest is -q_max."""
        return (1 << (self.coupling_bits - 1)) - 1

    @property
    def g_max(self) -> int:
        """Largest magnitude of a local field and of a step's delta."""
        assert self.field_bits is not None
        return (1 << (self.field_bits - 1)) - 1

    @property
    def coupled_bits(self) -> int:
        """Width of the coupled part of a field, in units of 2**s: all of it, or, where linear terms keep g in fewer bits
        than that takes, a bit more than g has, since that is what allowance - delta takes."""
        assert self.field_bits is not None
        return min(signed_bits(self.cells * self.x_max * self.q_max), self.field_bits + 1 - self.coupling_shift)

    @property
    def allowance_bits(self) -> int:
        """Width of an allowance: the largest delta that a noise word lets through, saturated at g_max."""
        assert self.field_bits is not None
        return self.field_bits - 1

    @property
    def product_shift(self) -> int:
        """Fraction bits of beta * delta that rounding (half up) removes to make a penalty."""
        return self.beta_frac - PENALTY_FRAC

    @property
    def reciprocal_frac(self) -> int:
        """k: fraction bits of beta's reciprocal, as many as make the allowance exact (see :mod:`.barrier`)."""
        return SURPRISAL_BITS + 1 + self.beta_bits

    @property
    def reciprocal_bits(self) -> int:
        """Width of (2**(k + product_shift - 1) - 1) // beta."""
        return self.reciprocal_frac + self.product_shift - 1

    @property
    def beta_guard(self) -> int:
        """Accumulator bits below the beta in use."""
        return RAMP_BITS - self.beta_bits

    @property
    def barrier_guard(self) -> int:
        """Accumulator bits below the barrier in use."""
        return RAMP_BITS - BARRIER_BITS

    @property
    def energy_bits(self) -> int:
        """Width of the running energy: cells * x_max steps of at most g_max lead anywhere from x = 0, where E = 0."""
        return signed_bits(self.cells * self.x_max * self.g_max)

    @property
    def attempt_bits(self) -> int:
        """Width of the counters of attempts: up to ``lanes`` each clock."""
        return _DAY_CLOCKS + self.lane_bits

    @property
    def step_bits(self) -> int:
        """Width of the counters of accepted steps: a step takes more than two clocks."""
        return _DAY_CLOCKS - 1

    @property
    def sum_bits(self) -> int:
        """Width of the sums of delta over down and over up steps.

        With a field of more than 22 bits they could wrap in less than a day, if every step were as large as the field
        allows; the host refuses a run in which they could.
        """
        return min(self.step_bits + self.allowance_bits + 1, COUNTER_BITS)

    @property
    def heat_bits(self) -> int:
        """Width of the heat counter.

        beta is monotone in a segment, so by Abel's summation a segment's heat -sum(beta dU) is at most twice the largest
        beta times the range of U. Where that takes more bits than there are, the host refuses a run that could wrap.
        """
        return min(self.beta_bits + self.energy_bits + self.segments.bit_length() + 2, COUNTER_BITS)

    @property
    def couplings_per_word(self) -> int:
        """Couplings packed in a 32-bit bus word, the first in the low bits."""
        return 32 // self.coupling_bits

    @property
    def row_words(self) -> int:
        """Bus words in a coupling row."""
        return -(-self.cells // self.couplings_per_word)

    def row_place(self, cell: Any) -> Any:
        """Place of a cell, or of each of an array of cells, in a coupling row: a lane's cells are neighbours."""
        return cell % self.lanes * self.windows + cell // self.lanes

    def as_dict(self) -> dict[str, int]:
        """The constructor's arguments, complete: ``Shape(**shape.as_dict()) == shape``."""
        return asdict(self)
