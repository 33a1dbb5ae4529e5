"""The shape of a colour array: an array whose couplings are those of one sparse graph."""

from __future__ import annotations

from dataclasses import dataclass

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
    ``levels``          the largest magnitude of g: so many positive deltas have a threshold each;
                        default: what the field can hold
    ``deep``            1: the cells, those of a square torus, are in memory (:class:`.ColumnCells`)
    ==================  ==========================================================================

    The default ``field_bits`` hold ``degree`` couplings at -qmax..qmax.
    """

    degree: int = 4
    levels: int | None = None
    deep: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", integer("degree", self.degree, 1, 1 << 10))
        if self.bits != 1:
            raise ValueError(f"the cells of a colour array have one bit, got bits={self.bits}")
        if self.field_bits is None:
            widest = signed_bits(self.degree * self.q_max << self.coupling_shift)
            object.__setattr__(self, "field_bits", widest)
        super().__post_init__()
        object.__setattr__(self, "deep", integer("deep", self.deep, 0, 1))
        levels = self.g_max if self.levels is None else self.levels
        object.__setattr__(self, "levels", integer("levels", levels, 1, self.g_max))

    @property
    def counts(self) -> bool:
        """Couplings of -1, 0 and 1 are counted instead of added (see :func:`.coupled_field`)."""
        return self.coupling_bits == 2

    @property
    def excess_bits(self) -> int:
        """Width of abs(delta) - 1."""
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
