"""Skips a test whose simulator is not installed."""

from __future__ import annotations

import shutil

import pytest

from limulator_sim.link import SimulationError
from limulator_sim.verilator import verilator_environment


def needs(backend: str) -> None:
    """Skip unless the backend's tools are here."""
    if backend == "icarus" and shutil.which("vvp") is None:
        pytest.skip("Icarus Verilog is missing: apt-get install iverilog")
    if backend == "verilator":
        try:
            verilator_environment()
        except SimulationError as error:
            pytest.skip(str(error))
