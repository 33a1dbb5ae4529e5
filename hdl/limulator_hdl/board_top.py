"""What a board holds: the array behind a serial line. Boards add their clock and their pins."""

from __future__ import annotations

import sys

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .array import EventArray
from .bridge import Bridge
from .color_array import ColorArray
from .color_shape import ColorShape
from .formats import Shape
from .generate import fresh_process
from .graph import Graph
from .registers import RegisterMap
from .uart import UartReceiver, UartTransmitter

__all__ = ["BOARD_TOP", "BoardTop", "generate_board_verilog"]

BOARD_TOP = "board_top"
"""Name of the generated module."""


class BoardTop(wiring.Component):
    """Array, bridge and UART in the clock domain ``sync``.

    The bridge's constants are the fields of the shape and, as MAP_HASH of a colour array covers its graph, which the board
    does not tell, the hash of its map without one.

    ============  =============================================================================
    parameter     meaning
    ============  =============================================================================
    ``shape``     of the array
    ``divisor``   clocks of a bit on the line, see :func:`.clocks_per_bit`
    ``timeout``   clocks between two bytes of a request, at most; a tenth of a second on boards
    ``graph``     of a colour array
    ============  =============================================================================

    ============  =========  =====  ===================================================================
    port          direction  width  meaning
    ============  =========  =====  ===================================================================
    ``rx``        in         1      the line from the host, asynchronous, high when idle
    ``tx``        out        1      the line to the host
    ``running``   out        1      light: the array runs
    ``active``    out        1      light: a request is in progress
    ``error``     out        1      light: something has gone wrong on the line, see :class:`.Bridge`
    ============  =========  =====  ===================================================================
    """

    def __init__(self, shape: Shape, divisor: int, timeout: int, graph: Graph | None = None) -> None:
        self.receiver, self.transmitter = UartReceiver(divisor), UartTransmitter(divisor)
        constants = list(shape.as_dict().values())
        if graph is None:
            self.array: EventArray | ColorArray = EventArray(shape)
        else:
            assert isinstance(shape, ColorShape)
            self.array = ColorArray(shape, graph)
            constants.append(RegisterMap(shape).hash)
        self.bridge = Bridge(self.array.map.address_bits, timeout, constants)
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1), "running": Out(1), "active": Out(1), "error": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = self.receiver
        m.submodules.transmitter = transmitter = self.transmitter
        m.submodules.bridge = bridge = self.bridge
        m.submodules.array = array = self.array
        wiring.connect(m, bridge.wishbone, array.wishbone)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            bridge.rx_data.eq(receiver.data),
            bridge.rx_valid.eq(receiver.valid),
            bridge.fault.eq(receiver.error),
            transmitter.data.eq(bridge.tx_data),
            transmitter.valid.eq(bridge.tx_valid),
            bridge.tx_ready.eq(transmitter.ready),
            self.tx.eq(transmitter.tx),
            self.running.eq(array.running),
            self.active.eq(bridge.active),
            self.error.eq(bridge.error),
        ]
        return m


def generate_board_verilog(shape: Shape, graph: Graph | None = None, *, divisor: int, timeout: int) -> str:
    """Verilog of :class:`BoardTop`, byte-identical whenever the parameters are the same; ``clk``, ``rst`` (synchronous,
    active high) and the ports."""
    wires = "" if graph is None else graph.dumps()
    return fresh_process(__name__, wires, divisor=divisor, timeout=timeout, **shape.as_dict())


def _main() -> None:
    from amaranth.back import verilog

    given = {name: int(value) for name, value in (argument.split("=") for argument in sys.argv[1:])}
    divisor, timeout = given.pop("divisor"), given.pop("timeout")
    wires = sys.stdin.read()
    if wires:
        top = BoardTop(ColorShape(**given), divisor, timeout, Graph.loads(wires))
    else:
        top = BoardTop(Shape(**given), divisor, timeout)
    sys.stdout.write(verilog.convert(top, name=BOARD_TOP, strip_internal_attrs=True))


if __name__ == "__main__":
    _main()
