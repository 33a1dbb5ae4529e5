"""The cells' values x, and the best state met."""

from amaranth.hdl import Module, Signal
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
    ``values``        out        lanes * bits      its x, lane 0 in the low bits, no latency
    ``best``          out        lanes * bits      the best state's values, likewise
    ``hold``          in         1                 keep ``values`` for ``copy``
    ``write``         in         lanes             write enables
    ``write_window``  in         window address    window that is written, or copied
    ``write_values``  in         lanes * bits      its new values
    ``copy``          in         1                 write the values kept to the best state at ``write_window``
    ================  =========  ================  ===========================================================
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        values = shape.lanes * shape.bits
        super().__init__(
            {
                "window": In(shape.window_address_bits),
                "values": Out(values),
                "best": Out(values),
                "hold": In(1),
                "write": In(shape.lanes),
                "write_window": In(shape.window_address_bits),
                "write_values": In(values),
                "copy": In(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        held = Signal.like(self.values)
        with m.If(self.hold):
            m.d.sync += held.eq(self.values)
        for name, source, enable, output in (
            ("now", self.write_values, self.write, self.values),
            ("best", held, self.copy.replicate(shape.lanes), self.best),
        ):
            m.submodules[name] = values = memory.Memory(shape=shape.lanes * shape.bits, depth=shape.windows, init=())
            write = values.write_port(granularity=shape.bits)
            read = values.read_port(domain="comb")
            m.d.comb += [
                read.addr.eq(self.window),
                output.eq(read.data),
                write.addr.eq(self.write_window),
                write.data.eq(source),
                write.en.eq(enable),
            ]
        return m
