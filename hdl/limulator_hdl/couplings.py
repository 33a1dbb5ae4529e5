"""The couplings: one row for each cell, read when that cell steps."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import Shape

__all__ = ["Couplings"]


class Couplings(wiring.Component):
    """Block memory of the coupling matrix, a whole row wide.

    ==============  =========  =====================  ===========================================================
    port            direction  width                  meaning
    ==============  =========  =====================  ===========================================================
    ``address``     in         cell address           row to read: lane in the low bits, window above
    ``row``         out        cells * coupling_bits  its couplings, place 0 in the low bits, 1 clock later
    ``write``       in         row_words              write in the next clock: one bit for each bus word of the row
    ``write_row``   in         cell address           row that is written, in that clock
    ``write_data``  in         32                     couplings_per_word couplings, the first in the low bits, likewise
    ==============  =========  =====================  ===========================================================
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__(
            {
                "address": In(shape.cell_address_bits),
                "row": Out(shape.cells * shape.coupling_bits),
                "write": In(shape.row_words),
                "write_row": In(shape.cell_address_bits),
                "write_data": In(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        granularity = shape.couplings_per_word * shape.coupling_bits
        m.submodules.rows = rows = memory.Memory(
            shape=shape.row_words * granularity, depth=shape.windows << shape.lane_bits, init=()
        )
        write = rows.write_port(granularity=granularity)
        read = rows.read_port()
        word = Signal(granularity)
        writing = Signal.like(self.write)
        m.d.sync += writing.eq(self.write)
        m.d.comb += [
            word.eq(self.write_data),
            write.addr.eq(self.write_row),
            write.data.eq(word.replicate(shape.row_words)),
            write.en.eq(writing),
            read.addr.eq(self.address),
            read.en.eq(~writing.any()),  # no collision for synthesis to guard
            self.row.eq(read.data),
        ]
        return m
