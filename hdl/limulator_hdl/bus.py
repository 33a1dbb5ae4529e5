"""The bus: Wishbone signals in, one access to a register or a region out."""

from amaranth.hdl import Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .registers import REGISTERS, Access, RegisterMap

__all__ = ["Bus", "WishboneSignature"]


class WishboneSignature(wiring.Signature):
    """A classic Wishbone (revision B4) bus of 32-bit words, seen from the master.

    =========  =========  ============  =========================================
    member     direction  width         meaning
    =========  =========  ============  =========================================
    ``cyc``    out        1             a bus cycle is in progress
    ``stb``    out        1             the address and data are valid
    ``we``     out        1             write
    ``adr``    out        address_bits  word address
    ``dat_w``  out        32            data to the slave
    ``dat_r``  in         32            data from the slave, with ``ack``
    ``ack``    in         1             done
    ``err``    in         1             refused
    =========  =========  ============  =========================================
    """

    def __init__(self, address_bits: int) -> None:
        super().__init__(
            {
                "cyc": Out(1),
                "stb": Out(1),
                "we": Out(1),
                "adr": Out(address_bits),
                "dat_w": Out(32),
                "dat_r": In(32),
                "ack": In(1),
                "err": In(1),
            }
        )


class Bus(wiring.Component):
    """Answers one access at a time: decodes the address, refuses what the map does not allow now, and waits until the
    array has found the word.

    =============  =========  =============  ======================================================================
    port           direction  width          meaning
    =============  =========  =============  ======================================================================
    ``wishbone``   slave                     to the host
    ``halted``     in         1              the array is neither running nor filling
    ``refused``    in         1              with ``write`` to CONTROL: not possible in this state
    ``region``     out        regions        one-hot, in the map's order: where the access is,
    ``offset``     out        address_bits   at which offset, in as many low bits as the region has,
    ``data``       out        32             and what is to be written: all known a clock before ``write`` and ``command``,
                                             and stay for two clocks after
    ``write``      out        regions        one-hot, in the map's order, for one clock: write ``data`` at ``offset``
    ``command``    out        registers      one-hot, for one clock: write ``data`` to this register
    ``registers``  in         registers * 32 what the registers read
    ``values``     in         regions * 32   what the regions read, ``READ_CLOCKS`` after ``offset``
    =============  =========  =============  ======================================================================

    Latency: a write, and what is refused, is answered after 3 clocks, a read after 2 + ``READ_CLOCKS``.
    """

    READ_CLOCKS = 8

    def __init__(self, registers: RegisterMap) -> None:
        self.map = registers
        super().__init__(
            {
                "wishbone": In(WishboneSignature(registers.address_bits)),
                "halted": In(1),
                "refused": In(1),
                "write": Out(len(registers.regions)),
                "command": Out(len(REGISTERS)),
                "region": Out(len(registers.regions)),
                "offset": Out(registers.address_bits),
                "data": Out(32),
                "registers": In(32 * len(REGISTERS)),
                "values": In(32 * len(registers.regions)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        bus = self.wishbone
        address = Signal.like(bus.adr)
        writing, permission, allowed = Signal(), Signal(), Signal()
        asked = bus.cyc & bus.stb
        waited = Signal(range(self.READ_CLOCKS))
        single, result = Signal(32), Signal(32)

        def permitted(access: Access) -> Value:
            direction = Mux(writing, Const(access.writable, 1), Const(access.readable, 1))
            return direction & (self.halted | Const(access.anytime, 1))

        chosen = self.region
        for k, region in enumerate(self.map.regions.values()):
            size_bits = (region.words - 1).bit_length()
            offset = address[:size_bits]
            with m.If(address[size_bits:] == region.base >> size_bits):
                m.d.comb += chosen[k].eq(1)
                if region.name == "REGISTERS":
                    with m.Switch(offset):
                        for number, register in enumerate(REGISTERS):
                            with m.Case(number):
                                m.d.comb += permission.eq(permitted(register.access))
                                m.d.comb += single.eq(self.registers.word_select(number, 32))
                else:
                    m.d.comb += permission.eq(permitted(region.access) & (offset < region.words))

        # What an access does reaches far, so the address is decoded in a clock of its own.
        target = Signal.like(chosen)
        read = Const(0, 32)
        for k in range(len(self.map.regions)):
            read |= (self.values.word_select(k, 32) if k else single) & target[k].replicate(32)
        m.d.sync += result.eq(read)
        m.d.comb += [bus.dat_r.eq(result), self.offset.eq(address)]
        m.d.sync += [bus.ack.eq(0), bus.err.eq(0), target.eq(chosen)]
        with m.FSM():
            with m.State("IDLE"):
                m.d.sync += [address.eq(bus.adr), self.data.eq(bus.dat_w), writing.eq(bus.we), waited.eq(0)]
                with m.If(asked & ~bus.ack & ~bus.err):
                    m.next = "DECODE"
            with m.State("DECODE"):
                m.d.sync += allowed.eq(permission)
                with m.If(~asked):
                    m.next = "IDLE"
                with m.Elif(writing):
                    m.next = "WRITE"
                with m.Else():
                    m.next = "READ"
            with m.State("WRITE"):
                with m.If(asked & ~allowed):
                    m.d.sync += bus.err.eq(1)
                with m.Elif(asked):
                    m.d.comb += self.write.eq(target)
                    with m.If(target[0]):
                        m.d.comb += self.command.eq(1 << self.offset[: len(REGISTERS).bit_length()])
                    m.d.sync += [bus.ack.eq(~self.refused), bus.err.eq(self.refused)]
                m.next = "IDLE"
            with m.State("READ"):
                m.d.sync += waited.eq(waited + 1)
                with m.If(~asked):
                    m.next = "IDLE"
                with m.Elif(~allowed):
                    m.d.sync += bus.err.eq(1)
                    m.next = "IDLE"
                with m.Elif(waited == self.READ_CLOCKS - 1):
                    m.d.sync += bus.ack.eq(1)
                    m.next = "IDLE"
        return m
