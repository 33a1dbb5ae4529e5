"""The gateware in both simulators against the golden model, through the driver and the bus."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from instances import random_problem, random_schedule
from limulator_hdl.formats import Shape
from limulator_hdl.registers import Control, Status
from limulator_sim.driver import Driver
from limulator_sim.golden import Golden
from limulator_sim.icarus import IcarusLink
from limulator_sim.link import BusError, Link, SimulationError
from limulator_sim.schedule import Segment
from limulator_sim.verilator import VerilatorLink
from simulators import needs

LINKS: dict[str, Callable[[Shape], Link]] = {"icarus": IcarusLink, "verilator": VerilatorLink}
SHAPES = [
    Shape(cells=12, lanes=4, coupling_bits=4, segments=8),
    Shape(cells=3, lanes=1, bits=2, coupling_bits=3, segments=8),
    Shape(cells=6, lanes=3, bits=4, coupling_bits=3, coupling_shift=1, beta_frac=14, segments=8),
]


def link_or_skip(name: str, shape: Shape) -> Link:
    needs(name)
    return LINKS[name](shape)


@pytest.fixture(params=LINKS)
def link(request: pytest.FixtureRequest) -> Iterator[Link]:
    with link_or_skip(request.param, SHAPES[0]) as link:
        yield link


def run_and_compare(link: Link, shape: Shape, seed: int) -> int | None:
    """Load, run twice, the second time from where the first ended, and compare everything; the clocks it took."""
    rng = np.random.default_rng(seed)
    couplings, linear = random_problem(rng, shape)
    golden = Golden(shape, couplings, linear, [seed])
    driver = Driver(link, shape)
    before = link.clocks
    driver.load_problem(couplings, linear)
    driver.load_state(golden.x[0], int(golden.records["energy"][0]))
    driver.load_seed(seed)
    for _ in range(2):
        segments = random_schedule(rng, shape, int(rng.integers(1, shape.segments + 1)))
        driver.load_schedule(segments)
        driver.command(Control.START)
        driver.wait()
        golden.run(segments)
        assert driver.status == Status.DONE
        assert driver.read_log(len(segments)).tolist() == [record[0].tolist() for record in golden.log]
        assert driver.read_x().tolist() == golden.x[0].tolist()
        assert driver.read_best().tolist() == golden.best[0].tolist()
        assert (linear + driver.read_coupled_field()).tolist() == golden.g[0].tolist()
    return None if link.clocks is None or before is None else link.clocks - before


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_both_simulators_equal_the_golden_model_in_the_same_clocks(shape: Shape) -> None:
    clocks = {}
    for name in LINKS:
        with link_or_skip(name, shape) as link:
            clocks[name] = [run_and_compare(link, shape, seed) for seed in range(6)]
    assert clocks["icarus"] == clocks["verilator"]
    assert None not in clocks["icarus"]
    assert 0 not in clocks["icarus"]


def test_refused_accesses_name_the_address(link: Link) -> None:
    driver = Driver(link, SHAPES[0])
    regions = driver.map.regions
    for name, region in regions.items():
        end = region.base + region.words
        if name != "REGISTERS" and region.words & (region.words - 1):
            with pytest.raises(BusError, match=f"word address {end:#x}$"):
                link.write(end - 1, np.zeros(2, np.uint32)) if region.access.writable else link.read(end - 1, 2)
    with pytest.raises(BusError, match=f"write refused at word address {regions['BEST'].base:#x}$"):
        link.write(regions["BEST"].base, np.zeros(3, np.uint32))
    with pytest.raises(BusError, match=f"read refused at word address {regions['LINEAR'].base:#x}$"):
        link.read(regions["LINEAR"].base, 1)
    assert driver.status == Status(0)  # the link goes on after a refusal


def test_stop_ends_at_a_sweep_and_resume_goes_on(link: Link) -> None:
    shape = SHAPES[0]
    rng = np.random.default_rng(5)
    couplings, linear = random_problem(rng, shape)
    segments = [segment._replace(sweeps=4) for segment in random_schedule(rng, shape, 2)]
    golden = Golden(shape, couplings, linear, [5])
    driver = Driver(link, shape)
    driver.load_problem(couplings, linear)
    driver.load_state(golden.x[0], int(golden.records["energy"][0]))
    driver.load_seed(5)
    driver.load_schedule(segments)
    golden.start(segments)
    driver.command(Control.START | Control.STOP)
    for sweeps in range(1, 9):
        driver.wait()
        assert golden.sweep()
        assert driver.read_register("SWEEPS") == sweeps
        assert driver.read_x().tolist() == golden.x[0].tolist()
        if sweeps < 8:
            assert driver.status == Status.PAUSED
            driver.command(Control.RESUME | Control.STOP)
    assert driver.status == Status.DONE
    assert driver.read_log(2).tolist() == [record[0].tolist() for record in golden.log]


def test_an_abandoned_run_leaves_nothing_behind(link: Link) -> None:
    """What was under evaluation when a run was paused must not show when another problem is loaded and run."""
    driver = Driver(link, SHAPES[0])
    for seed in range(12):
        run_and_compare(link, SHAPES[0], seed)
        driver.load_schedule([Segment(0, 1 << 20, 0, 0, 50)])
        driver.command(Control.START | Control.STOP)
        driver.wait()
        assert driver.status == Status.PAUSED


def test_another_shape_is_recognised(link: Link) -> None:
    with pytest.raises(BusError, match="map hash"):
        Driver(link, Shape(cells=12, lanes=4, coupling_bits=4, segments=9))


def test_a_dead_simulator_is_reported() -> None:
    link = link_or_skip("icarus", SHAPES[0])
    assert isinstance(link, IcarusLink)
    os.kill(link._vvp.pid, signal.SIGKILL)
    with pytest.raises(SimulationError, match="vvp ended with status -9"):
        link.read(0, 1)
    link.close()


def test_a_missing_simulator_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SimulationError, match="apt-get install iverilog"):
        IcarusLink(SHAPES[0])
    with pytest.raises(SimulationError, match="install"):
        VerilatorLink(SHAPES[0])
