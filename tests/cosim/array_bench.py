"""An array against the golden model, over the bus, for cocotb: one body for every simulator, and for both arrays.

``LIMULATOR_COSIM`` in the environment holds, as JSON, the ``shape`` of the array under test, the ``graph`` of a colour
array as a text, or null, and the numbers of the ``cases`` to run on it. Every comparison that fails raises
:class:`MismatchError`.
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

from cosim.bus_master import CLOCK_NS, BusMaster
from cosim.cases import Case, make
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph
from limulator_hdl.ledger import RECORD_WORDS
from limulator_hdl.registers import REGISTERS, Access, Control, RegisterMap, Status
from limulator_sim.driver import Driver
from limulator_sim.golden import RECORD, Golden
from limulator_sim.link import BusError, Link, Words

CONFIG = json.loads(os.environ["LIMULATOR_COSIM"])
GRAPH = Graph.loads(CONFIG["graph"]) if CONFIG["graph"] else None
SHAPE = (ColorShape if GRAPH else Shape)(**CONFIG["shape"])
MAP = RegisterMap(SHAPE, GRAPH)
CASES = [make(SHAPE, number, GRAPH) for number in CONFIG["cases"]]
EMPTY = GRAPH.empty if GRAPH else ()

SMALL_CELLS = 16
"""Up to so many cells everything is compared after every sweep, not only after every segment."""

FILL_CLOCKS = 8 + SHAPE.cells * (3 + SHAPE.x_max)
"""A FILL takes no longer: three clocks a cell, and one for each unit of it."""

PAUSE = Control.STOP
SWEEP = {Control.START: Control.START | PAUSE, Control.RESUME: Control.RESUME | PAUSE}


class MismatchError(AssertionError):
    """The array does not do what the golden model does, or what the register map says."""


def same(what: str, got: Any, expected: Any) -> None:
    """Raise :class:`MismatchError` unless both are equal."""
    if not np.array_equal(got, expected):
        raise MismatchError(f"mismatch: {what} is {got}, expected {expected}")


class Tape(Link):
    """Keeps what a :class:`.Driver` writes, to be replayed by a coroutine, and shows it what has been read."""

    def __init__(self) -> None:
        self.writes: list[tuple[int, list[int]]] = []
        self.words = {MAP.register("MAP_HASH"): MAP.hash}

    def write(self, address: int, words: Words) -> None:
        self.writes.append((address, words.tolist()))

    def read(self, address: int, count: int) -> Words:
        return np.array([self.words[address + offset] for offset in range(count)], np.uint32)

    def wait(self) -> bool:
        return True

    def close(self) -> None:
        pass


class Bench:
    """The array under test with its clock, its bus and the protocol checker."""

    def __init__(self, dut: Any) -> None:
        self.bus = BusMaster(dut)
        self.tape = Tape()
        self.driver = Driver(self.tape, SHAPE, GRAPH)
        self.golden: Golden
        self.case: Case

    @classmethod
    async def start(cls, dut: Any) -> Bench:
        """Clock, reset, and a checker that fails the test by itself."""
        Clock(dut.clk, CLOCK_NS, "ns").start()
        bench = cls(dut)
        await FallingEdge(dut.clk)
        cocotb.start_soon(bench.bus.check())
        await bench.bus.reset()
        same("MAP_HASH", await bench.register("MAP_HASH"), MAP.hash)
        return bench

    async def replay(self) -> None:
        """Write what the driver wrote; a FILL is waited for."""
        control = MAP.register("CONTROL")
        for address, words in self.tape.writes:
            await self.bus.write(address, words)
            if address == control:
                await self.halted(FILL_CLOCKS)
        self.tape.writes.clear()

    async def load(self, case: Case, problem: bool = True) -> None:
        """Load a case into the array and into a new golden model."""
        self.case = case
        self.golden = golden = Golden(SHAPE, case.couplings, case.linear, [case.seed], case.x, EMPTY)
        if problem:
            self.driver.load_problem(case.couplings, case.linear)
        self.driver.load_state(golden.x[0], int(golden.records["energy"][0]))
        self.driver.load_seed(case.seed)
        self.driver.load_schedule(case.segments)
        await self.replay()
        golden.start(case.segments)

    async def register(self, name: str) -> int:
        return (await self.bus.read(MAP.register(name), 1))[0]

    async def command(self, control: int) -> None:
        await self.bus.write(MAP.register("CONTROL"), [control])

    async def refused(self, address: int, word: int | None = None) -> None:
        """An access that must be answered with ``err``."""
        try:
            await (self.bus.read(address, 1) if word is None else self.bus.write(address, [word]))
        except BusError:
            return
        what = f"read at {address:#x}" if word is None else f"write of {word:#x} at {address:#x}"
        raise MismatchError(f"mismatch: {what} was not refused")

    async def halted(self, limit: int | None = None) -> None:
        """Wait until the array has halted, for as long as the case can take at most: three clocks more for a step, of which
        a colour array takes none, and for a segment a wait for a record, that, and what is on its way."""
        if limit is None:
            sweep = SHAPE.windows + 3 * SHAPE.cells + 8
            segment = 3 * RECORD_WORDS + 16
            latency = 32 + SHAPE.reciprocal_bits // 2
            limit = latency + self.case.sweeps * (sweep + segment)
        if not await self.bus.halted(limit):
            raise MismatchError(f"mismatch: {self.case.name}: still running after {limit} clocks")

    async def compare(self, records: dict[int, Any], done: bool) -> None:
        """Compare state, fields, best state, status and log ``records`` with the golden model."""
        where, golden = self.case.name, self.golden
        for region in ("STATE", "FIELD", "BEST"):
            for cell in range(0, SHAPE.cells, SHAPE.lanes):
                await self._fetch(MAP.cell(region, cell), SHAPE.lanes)
        for number in records:
            await self._fetch(MAP.regions["LOG"].base + number * RECORD_WORDS, RECORD_WORDS)
        log = self.driver.read_log(max(records) + 1) if 0 in records else None
        for number, expected in records.items():
            record = log[number] if log is not None else self._record(number)
            for name in RECORD.names:
                same(f"{where}: {name} of segment {number}", int(record[name]), int(expected[name]))
        same(f"{where}: x", self.driver.read_x(), golden.x[0])
        # The array keeps g modulo 2**field_bits, which its coupled part alone may exceed.
        half = 1 << (SHAPE.field_bits - 1)
        g = (self.driver.read_coupled_field() + self.case.linear + half) % (2 * half) - half
        same(f"{where}: g", g, golden.g[0])
        same(f"{where}: best", self.driver.read_best(), golden.best[0])
        same(f"{where}: STATUS", await self.register("STATUS"), Status.DONE if done else Status.PAUSED)

    async def _fetch(self, address: int, count: int) -> None:
        self.tape.words.update(enumerate(await self.bus.read(address, count), address))

    def _record(self, number: int) -> Any:
        return self.tape.read(MAP.regions["LOG"].base + number * RECORD_WORDS, RECORD_WORDS).view(RECORD)[0]


def segment_ends(case: Case) -> list[tuple[int, bool]]:
    """For each sweep its segment, and whether it is the last one of it."""
    return [(k, left == 0) for k, s in enumerate(case.segments) for left in reversed(range(s.sweeps))]


async def loaded(dut: Any, most_sweeps: int = 100) -> AsyncIterator[Bench]:
    """The bench with each case of at most so many sweeps loaded in turn."""
    bench = await Bench.start(dut)
    for case in CASES:
        if case.sweeps <= most_sweeps:
            await bench.load(case)
            yield bench


@cocotb.test()
async def sweep_by_sweep(dut: Any) -> None:
    """One sweep at a time."""
    async for bench in loaded(dut):
        case, golden = bench.case, bench.golden
        ends = segment_ends(case)
        for sweep, (segment, last) in enumerate(ends, 1):
            await bench.command(SWEEP[Control.START if sweep == 1 else Control.RESUME])
            await bench.halted()
            golden.sweep()
            if last or SHAPE.cells <= SMALL_CELLS:
                await bench.compare({segment: golden.records[0]}, done=sweep == len(ends))
                same(f"{case.name}: SWEEPS", await bench.register("SWEEPS"), sweep)
                same(f"{case.name}: SEGMENT", await bench.register("SEGMENT"), segment + last)


@cocotb.test()
async def straight_through(dut: Any) -> None:
    """The whole schedule at once: final state and entire log. Then once more, without seeding and clearing."""
    async for bench in loaded(dut, most_sweeps=10_000):
        for _ in range(2 if bench.case.sweeps <= 100 else 1):
            await bench.command(Control.START)
            await bench.halted()
            bench.golden.run(bench.case.segments)
            await bench.compare({k: record[0] for k, record in enumerate(bench.golden.log)}, done=True)


@cocotb.test()
async def interrupted(dut: Any) -> None:
    """STOP at any clock, and other traffic while the array runs."""
    rng = np.random.default_rng(cocotb.RANDOM_SEED)
    async for bench in loaded(dut):
        case, golden = bench.case, bench.golden
        ends = segment_ends(case)
        swept = 0
        await bench.command(Control.START)
        while True:
            for _ in range(int(rng.integers(0, 4))):
                await bench.bus.clocks(int(rng.integers(0, 2 * SHAPE.windows + SHAPE.cells)))
                await traffic(bench, rng)
            await bench.bus.clocks(int(rng.integers(0, 8)))
            await bench.command(PAUSE)
            await bench.halted()
            now = await bench.register("SWEEPS")
            if not swept < now <= len(ends):
                raise MismatchError(f"mismatch: {case.name}: SWEEPS went from {swept} to {now} of {len(ends)}")
            for _ in range(swept, now):
                golden.sweep()
            swept = now
            await bench.compare({ends[now - 1][0]: golden.records[0]}, done=now == len(ends))
            if now == len(ends):
                break
            await bench.command(Control.RESUME)
        await bench.compare({k: record[0] for k, record in enumerate(golden.log)}, done=True)


async def traffic(bench: Bench, rng: np.random.Generator) -> None:
    """Accesses during a run: registers answer, all else is refused and changes nothing."""
    if await bench.register("SWEEPS") >= bench.case.sweeps:
        return
    # The last sweep is not over, so the array runs on for at least the clocks of a log record: time for one access.
    if rng.random() < 0.3:
        await bench.refused(MAP.register("CONTROL"), int(rng.choice([0, 1, 3, 4, 6, 8, 10, 16, 18, 34, 1 << 31])))
    elif rng.random() < 0.3:
        register = REGISTERS[int(rng.integers(len(REGISTERS)))]
        address = MAP.register(register.name)
        if register.access is Access.READ:
            await bench.bus.read(address, 1)
        else:
            await bench.refused(address)
        if not (register.access.writable and register.access.anytime) and await bench.register("SWEEPS") < (
            bench.case.sweeps
        ):
            await bench.refused(address, int(rng.integers(1 << 32)))
    else:
        region = list(MAP.regions.values())[int(rng.integers(1, len(MAP.regions)))]
        address = region.base + int(rng.integers(region.words))
        await bench.refused(address, int(rng.integers(1 << 32)) if rng.random() < 0.7 else None)


@cocotb.test()
async def reset_in_mid_run(dut: Any) -> None:
    """A reset ends whatever goes on, and leaves nothing behind that a full load would not overwrite."""
    bench = await Bench.start(dut)
    await bench.load(CASES[0])
    for clocks in (1, 17, 40):
        await bench.bus.write(MAP.register("SEGMENTS"), [len(CASES[0].segments)])
        await bench.command(Control.START)
        await bench.bus.clocks(clocks)
        await bench.bus.reset()
        for name, expected in (("STATUS", 0), ("SWEEPS", 0), ("SEGMENT", 0)):
            same(f"{name} after reset", await bench.register(name), expected)
        await bench.refused(MAP.register("CONTROL"), Control.START)  # SEGMENTS is 0 again
    await bench.load(CASES[0])
    await bench.command(Control.START)
    await bench.halted()
    bench.golden.run(bench.case.segments)
    await bench.compare({k: record[0] for k, record in enumerate(bench.golden.log)}, done=True)


@cocotb.test()
async def refused_commands(dut: Any) -> None:
    """Commands that make no sense now are refused, and do nothing."""
    bench = await Bench.start(dut)
    await bench.load(CASES[0])
    control, segments = MAP.register("CONTROL"), MAP.register("SEGMENTS")
    used = len(bench.case.segments)
    for count in (0, SHAPE.segments + 1, 1 << 31):
        await bench.bus.write(segments, [count])
        for command in (Control.START, Control.START | Control.STOP, Control.START | Control.CLEAR):
            await bench.refused(control, command)
    await bench.bus.write(segments, [used])
    for command in (Control.RESUME, Control.RESUME | Control.STOP, Control.START | Control.RESUME):
        await bench.refused(control, command)
    for command in (Control.START, Control.RESUME):
        await bench.refused(control, command | Control.FILL)
    same("STATUS", await bench.register("STATUS"), 0)

    ends = segment_ends(bench.case)
    await bench.command(Control.START | PAUSE)
    await bench.halted()
    bench.golden.sweep()
    if len(ends) > 1:
        # A refused command leaves the counters and the pause alone.
        await bench.refused(control, Control.START | Control.RESUME | Control.CLEAR)
        await bench.command(Control.RESUME | PAUSE)
        await bench.halted()
        bench.golden.sweep()
    await bench.compare({ends[min(1, len(ends) - 1)][0]: bench.golden.records[0]}, done=len(ends) <= 2)


@cocotb.test()
async def refused_stop(dut: Any) -> None:
    """A refused command does not take back the STOP before it."""
    bench = await Bench.start(dut)
    case = next(case for case in CASES if case.sweeps > 1)
    await bench.load(case)
    for refused in (Control.START, Control.CLEAR, 0):
        await bench.command(Control.START | PAUSE)
        await bench.refused(MAP.register("CONTROL"), refused)
        await bench.halted()
        same(f"{case.name}: SWEEPS after STOP and a refused write", await bench.register("SWEEPS"), 1)


@cocotb.test()
async def end_of_a_pause(dut: Any) -> None:
    """A setup write ends a pause, a read does not."""
    bench = await Bench.start(dut)
    case = next(case for case in CASES if case.sweeps > 1)
    writes = [(region.base, 0) for region in MAP.regions.values() if region.access.writable]
    writes += [(MAP.register(r.name), 0) for r in REGISTERS if r.access is Access.SETUP]
    control, segments = MAP.register("CONTROL"), MAP.register("SEGMENTS")
    await bench.load(case)
    for address, word in writes:
        await bench.bus.write(segments, [len(case.segments)])
        await bench.command(Control.START | PAUSE)
        await bench.halted()
        for region in MAP.regions.values():
            if region.access.readable and region.name != "REGISTERS":
                await bench.bus.read(region.base, 1)
        await bench.refused(MAP.regions["BEST"].base, 0)
        await bench.command(0)
        same("STATUS after reads", await bench.register("STATUS"), Status.PAUSED)
        await bench.bus.write(address, [word])
        same(f"STATUS after a write at {address:#x}", await bench.register("STATUS"), 0)
        await bench.refused(control, Control.RESUME)
        await bench.refused(control, Control.RESUME | PAUSE)
    await bench.bus.write(segments, [len(case.segments)])
    await bench.command(Control.START | PAUSE)
    await bench.halted()
    await bench.command(Control.FILL)
    await bench.halted(FILL_CLOCKS)
    await bench.refused(control, Control.RESUME)


@cocotb.test()
async def addresses(dut: Any) -> None:
    """What is not in the map is refused, and what is there can be accessed just as it says."""
    bench = await Bench.start(dut)
    await bench.load(CASES[0])
    used = {region.base + offset for region in MAP.regions.values() for offset in (0, region.words - 1)}
    for region in MAP.regions.values():
        if region.name == "REGISTERS":
            continue
        for address in (region.base, region.base + region.words - 1):
            if region.access.readable:
                await bench.bus.read(address, 1)
            else:
                await bench.refused(address)
            if not region.access.writable:
                await bench.refused(address, 0)
    everything = np.ones(1 << MAP.address_bits, bool)
    for region in MAP.regions.values():
        everything[region.base : region.base + region.words] = False
    holes = np.flatnonzero(everything)
    edges = holes[np.flatnonzero(np.diff(holes, prepend=-2, append=1 << 40)[:-1] > 1)]
    rng = np.random.default_rng(cocotb.RANDOM_SEED)
    chosen = set(edges.tolist()) | set(rng.choice(holes, min(20, len(holes)), replace=False).tolist())
    assert not chosen & used
    for address in sorted(chosen):
        await bench.refused(address)
        await bench.refused(address, int(rng.integers(1 << 32)))
    # none of which has changed anything
    await bench.command(Control.START)
    await bench.halted()
    bench.golden.run(bench.case.segments)
    await bench.compare({k: record[0] for k, record in enumerate(bench.golden.log)}, done=True)


@cocotb.test()
async def abandoned_accesses(dut: Any) -> None:
    """A master may give an access up before its answer: no answer comes, and an unanswered write changes nothing."""
    bench = await Bench.start(dut)
    await bench.load(CASES[0])
    # of the last cell, whose window a deep array writes with it
    state = MAP.cell("STATE", max(set(range(SHAPE.cells)) - set(EMPTY)))
    before = await bench.bus.read(state, 1)
    await bench.bus.abandon(state, 1 - (before[0] & 1), 1)
    for clocks in range(1, 6):
        await bench.bus.abandon(state, None, clocks)
        same("STATE", await bench.bus.read(state, 1), before)
    await bench.bus.abandon(MAP.register("CONTROL"), Control.START, 1)
    same("STATUS", await bench.register("STATUS"), 0)


@cocotb.test()
async def cleared(dut: Any) -> None:
    """CLEAR sets the counters to zero and makes the present state the best one; the noise goes on."""
    async for bench in loaded(dut):
        for clear_at_start in (False, True):
            await bench.command(Control.START)
            await bench.halted()
            bench.golden.run(bench.case.segments)
            bench.golden.clear()
            if clear_at_start:
                await bench.command(Control.START | Control.CLEAR)
            else:
                await bench.command(Control.CLEAR)
                await bench.command(Control.START)
            await bench.halted()
            bench.golden.run(bench.case.segments)
            await bench.compare({k: record[0] for k, record in enumerate(bench.golden.log)}, done=True)
