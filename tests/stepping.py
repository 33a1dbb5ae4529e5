"""Runs a component in Amaranth's simulator, one clock at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from amaranth.lib.wiring import Component
from amaranth.sim import Simulator


def simulate(component: Component, process: Callable[[Any], Awaitable[None]]) -> None:
    """Run the testbench ``process`` against the component, clocked."""
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    simulator.add_testbench(process)
    simulator.run()
