"""The cells' values x, and the best state met."""

from amaranth.hdl import Module
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import Shape

__all__ = ["Cells"]


class Cells(wiring.Component):
    """x of every cell and of the best state, in two memories of one word for each window.

    The best state is copied without stopping the array: during the sweep after the one that ended in it, each window is
    copied when the scan first comes to it, which is before any of its cells has stepped again.

    ================  =========  ================  ===========================================================
    port              direction  width             meaning
    ================  =========  ================  ===========================================================
    ``window``        in         window address    window to read
    ``read``          in         1                 read it; the outputs hold otherwise
    ``values``        out        lanes * bits      x of the window read last, lane 0 in the low bits, after 1 clock
    ``best``          out        lanes * bits      the best state's values, likewise
    ``write``         in         lanes             write enables
    ``write_window``  in         window address    window that is written, or copied
    ``write_values``  in         lanes * bits      its new values
    ``copy``          in         1                 write ``values`` to the best state at ``write_window``
    ================  =========  ================  ===========================================================
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        values = shape.lanes * shape.bits
        super().__init__(
            {
                "window": In(shape.window_address_bits),
                "read": In(1),
                "values": Out(values),
                "best": Out(values),
                "write": In(shape.lanes),
                "write_window": In(shape.window_address_bits),
                "write_values": In(values),
                "copy": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        for name, source, enable, output in (
            ("now", self.write_values, self.write, self.values),
            ("best", self.values, self.copy.replicate(shape.lanes), self.best),
        ):
            m.submodules[name] = values = memory.Memory(shape=shape.lanes * shape.bits, depth=shape.windows, init=())
            write = values.write_port(granularity=shape.bits)
            read = values.read_port()
            m.d.comb += [
                read.en.eq(self.read),
                read.addr.eq(self.window),
                output.eq(read.data),
                write.addr.eq(self.write_window),
                write.data.eq(source),
                write.en.eq(enable),
            ]
        return m
