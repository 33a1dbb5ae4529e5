"""Runs a component in Amaranth's simulator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from amaranth.lib.wiring import Component
from amaranth.sim import Simulator


def simulate(component: Component, process: Callable[[Any], Awaitable[None]], clocked: bool = True) -> None:
    """Run the testbench ``process`` against the component."""
    simulator = Simulator(component)
    if clocked:
        simulator.add_clock(1e-6)
    simulator.add_testbench(process)
    simulator.run()
