"""The shape of a colour array: an array whose couplings are those of one sparse graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from .formats import Shape, integer, signed_bits

__all__ = ["ColorShape"]


@dataclass(frozen=True)
class ColorShape(Shape):
    """A shape in which all lanes of a window step at once, as no two of its cells are coupled.

    Beyond the parameters of :class:`.Shape`, of which ``bits`` is 1:

    ==================  ==========================================================================
    parameter           meaning
    ==================  ==========================================================================
    ``degree``          couplings of a cell, at most, 1..1024
    ``field_shift``     all of c, Q and so g are multiples of 2**field_shift, 0..coupling_shift
    ``levels``          the largest magnitude of g, in units of 2**field_shift: so many positive deltas
                        have a threshold each; default: what the field can hold
    ``compact``         1: for small FPGAs whose logic cells have a flip-flop each: registers that only make it faster are
                        left out, and noise generators serve eight lanes (:mod:`.quad`)
    ``deep``            1: the cells, those of a square torus, are in memory (:class:`.ColumnCells`)
    ==================  ==========================================================================

    The default ``field_bits`` hold ``degree`` couplings at -qmax..qmax.
    """

    most_cells: ClassVar[int] = 1 << 18

    degree: int = 4
    field_shift: int = 0
    levels: int | None = None
    compact: int = 0
    deep: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", integer("degree", self.degree, 1, 1 << 10))
        if self.bits != 1:
            raise ValueError(f"the cells of a colour array have one bit, got bits={self.bits}")
        if self.field_bits is None:
            widest = signed_bits(self.degree * self.q_max << self.coupling_shift)
            object.__setattr__(self, "field_bits", widest)
        super().__post_init__()
        object.__setattr__(self, "compact", integer("compact", self.compact, 0, 1))
        object.__setattr__(self, "deep", integer("deep", self.deep, 0, 1))
        object.__setattr__(self, "field_shift", integer("field_shift", self.field_shift, 0, self.coupling_shift))
        most = self.g_max >> self.field_shift
        levels = most if self.levels is None else self.levels
        object.__setattr__(self, "levels", integer("levels", levels, 1, most))

    @property
    def array(self) -> str:
        """A colour array whose cells are in memory is a deep one."""
        return "deep" if self.deep else "color"

    @property
    def counts(self) -> bool:
        """Couplings of -1, 0 and 1 are counted instead of added (see :func:`.coupled_field`)."""
        return self.coupling_bits == 2

    @property
    def noise_steps(self) -> int:
        """Steps that a noise generator makes at once, for a window."""
        return 2 if self.compact else 1

    @property
    def site_bits(self) -> int:
        """Width of g and c in the cells, in units of 2**field_shift."""
        assert self.field_bits is not None
        return self.field_bits - self.field_shift

    @property
    def excess_bits(self) -> int:
        """Width of abs(delta) - 1, in units of 2**field_shift."""
        assert self.levels is not None
        return (self.levels - 1).bit_length()

    @property
    def coupled_bits(self) -> int:
        """Width of the coupled part of a field, in units of 2**s."""
        return signed_bits(self.degree * self.q_max)

    @property
    def step_bits(self) -> int:
        """Width of the counters of accepted steps: every lane may step in every clock."""
        return self.attempt_bits

    @property
    def row_words(self) -> int:
        """Bus words of a cell's couplings."""
        return -(-self.degree // self.couplings_per_word)

    @property
    def row_bits(self) -> int:
        """Bits of a cell's couplings in its memory: what its bus words hold of them."""
        return self.row_words * min(self.degree, self.couplings_per_word) * self.coupling_bits
