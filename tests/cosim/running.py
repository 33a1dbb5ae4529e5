"""Builds and runs the bench in a simulator."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import pytest

from limulator_hdl.formats import Shape
from limulator_hdl.generate import TOP
from limulator_hdl.graph import Graph
from limulator_sim.link import SimulationError
from limulator_sim.verilator import verilator_environment

__all__ = ["failures", "need"]

BENCH = "cosim.array_bench"

_BUILD = {
    "icarus": [],
    # Only the ports are public: it saves a third of the time of a build, and makes the simulation faster.
    "verilator": ["-Wno-lint", "--no-public-flat-rw", "--output-split-cfuncs", "1000"],
}

_PUBLIC = "`verilator_config\n" + "".join(
    f'public_flat_rw -module "{TOP}" -var "{port}"\n' for port in ("clk", "rst", "running", "wb_*")
)

_MAKEFLAGS = (
    "OPT_GLOBAL=-O0 OPT_SLOW=-O0 OPT_FAST=-O1 "
    # the wheel leaves this empty, and then g++ takes the precompiled header for an object file
    "CFG_CXXFLAGS_PCH_I=-include"
)


def need(simulator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip the test, with the reason, unless the simulator can be used."""
    if simulator == "icarus":
        if shutil.which("iverilog") is None or shutil.which("vvp") is None:
            pytest.skip("Icarus Verilog is missing: apt-get install iverilog")
        return
    try:
        environment = verilator_environment()
    except SimulationError as error:
        pytest.skip(str(error))
    for tool, package in (("make", "make"), ("perl", "perl")):
        if shutil.which(tool) is None:
            pytest.skip(f"Verilator needs {tool}: apt-get install {package}")
    for name in ("VERILATOR_ROOT", "PATH"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("MAKEFLAGS", _MAKEFLAGS)


def failures(
    simulator: str,
    verilog: str,
    shape: Shape,
    cases: list[int],
    place: Path,
    only: str | None = None,
    graph: Graph | None = None,
) -> dict[str, str]:
    """Run the bench, or the tests that match ``only``, in directory ``place``: the message of each one that failed. A
    colour array comes with its graph.

    Raises ``RuntimeError`` if the Verilog does not compile, or if the simulation ends without results.
    """
    from cocotb_tools.runner import get_runner

    source = place / f"{TOP}.v"
    source.write_text(verilog)
    sources = [source]
    if simulator == "verilator":
        sources.insert(0, place / "public.vlt")
        sources[0].write_text(_PUBLIC)
    log = place / "log.txt"
    log.touch()
    runner = get_runner(simulator)
    common = {"hdl_toplevel": TOP, "build_dir": place, "timescale": ("1ns", "1ps"), "log_file": log}
    config = {"shape": shape.as_dict(), "graph": graph and graph.dumps(), "cases": cases}
    try:
        runner.build(sources=sources, build_args=_BUILD[simulator], always=True, **common)
    except (SystemExit, Exception) as error:
        raise RuntimeError(f"{simulator} cannot compile {shape}: {log.read_text()[-2000:]}") from error
    results = place / "results.xml"
    with suppress(SystemExit):  # the results say which tests failed
        runner.test(
            test_module=BENCH,
            results_xml=str(results),
            test_filter=only,
            seed=1,
            extra_env={"LIMULATOR_COSIM": json.dumps(config)},
            **common,
        )
    if not results.exists():
        raise RuntimeError(f"{simulator} ended without results: {log.read_text()[-2000:]}")
    tests = ElementTree.parse(results).findall(".//testcase")
    if not tests:
        raise RuntimeError("the bench has no tests")
    found = {}
    for test in tests:
        for problem in [*test.findall("failure"), *test.findall("error")]:
            found[test.get("name", "")] = " ".join([problem.get("message", ""), problem.text or ""]).strip()
    return found
