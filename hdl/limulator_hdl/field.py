"""The local fields: every cell keeps its own, and all of them feel a step at once."""

from amaranth.hdl import Const, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .addsub import add_or_subtract
from .formats import Shape

__all__ = ["Fields"]


class Fields(wiring.Component):
    """For each cell i the coupled part of its field, f_i = sum_j q_ij x_j, so that g_i = c_i + f_i * 2**s.

    The fields are zero at x = 0 and change only by steps: when cell j steps by d, every cell adds d * q_ij. They are kept
    modulo 2**coupled_bits, which loses nothing as long as g_i itself fits in field_bits.

    ============  =========  ============================  =========================================================
    port          direction  width                         meaning
    ============  =========  ============================  =========================================================
    ``clear``     in         1                             f = 0 in every cell (wins over ``step``)
    ``step``      in         1                             add ``row`` to all fields at once
    ``minus``     in         1                             subtract it instead
    ``row``       in         cells * coupling_bits         q_ij of the cell j that steps, at ``shape.row_place(i)``
    ``select``    in         windows                       one-hot: the window to read
    ``fields``    out        lanes * coupled_bits          f of the cells in the selected window, no latency, signed
    ============  =========  ============================  =========================================================

    A step shows in ``fields`` one clock later.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.width = shape.coupled_bits
        super().__init__(
            {
                "clear": In(1),
                "step": In(1),
                "minus": In(1),
                "row": In(shape.cells * shape.coupling_bits),
                "select": In(shape.windows),
                "fields": Out(shape.lanes * self.width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        fields = [Signal(signed(self.width), name=f"f{cell}") for cell in range(shape.cells)]
        for cell, field in enumerate(fields):
            coupling = self.row.word_select(shape.row_place(cell), shape.coupling_bits)
            changed = add_or_subtract(m, str(cell), self.width, field, coupling.as_signed(), self.minus)
            with m.If(self.step):
                m.d.sync += field.eq(changed)
            with m.If(self.clear):
                m.d.sync += field.eq(0)
        for lane in range(shape.lanes):
            selected = Const(0, self.width)
            for window in range(shape.windows):
                selected |= fields[window * shape.lanes + lane] & self.select[window].replicate(self.width)
            m.d.comb += self.fields.word_select(lane, self.width).eq(selected)
        return m
