"""The walls: prices on counters, each against a sum made by hand, and technology files."""

import re
from dataclasses import fields
from importlib.resources import files
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest

from limulator.anneal import solve
from limulator.energy import bit_J
from limulator.energy.ledger import Ledger
from limulator.energy.walls import Technology, emulator_costs, ladder
from limulator.errors import FileFormatError
from limulator.problem import Problem
from limulator.schedule import Schedule

SHIPPED = (files("limulator") / "data" / "technology.toml").read_text()
TECHNOLOGY = Technology.read()


def rungs_of(problem, **settings):
    result = solve(problem, Schedule.automatic(problem, 40), **{"replicas": 4, "seed": 3} | settings)
    return result, {rung.name: rung for rung in ladder(result, Ledger.of(result), TECHNOLOGY)}


def test_shipped_prices():
    picojoules = {f.name: getattr(TECHNOLOGY, f.name).value * 1e12 for f in fields(Technology) if f.name.endswith("_J")}
    assert picojoules == pytest.approx(
        {
            "dram_word_J": 1300,
            "sram_word_J": 100,
            "local_word_J": 10,
            "add_J": 0.1,
            "multiply_J": 3.1,
            "float_multiply_J": 3.7,
            "fpga_clock_J": 1e4,
        }
    )


def test_a_sparse_graph_by_hand():
    """A torus of 256 cells: 4 couplings of 2 + 8 bits in a row, in one word; 256 bits of state are four words."""
    problem = Problem.max_cut(nx.grid_2d_graph(16, 16, periodic=True))
    result, rungs = rungs_of(problem, temperature_K=77.0)
    assert list(rungs)[3:] == ["compute in memory", "near memory (SRAM)", "von Neumann (DRAM)"]
    attempts, toggles = 256 * 40, result.records["toggles"].mean()
    arithmetic = attempts * (4 * 0.1e-12 + 3.7e-12)
    for name, word in (("compute in memory", 10e-12), ("near memory (SRAM)", 100e-12), ("von Neumann (DRAM)", 1.3e-9)):
        parts = {"arithmetic": arithmetic, "update wall": toggles * word / 64, "consolidation wall": 4 * (word + 1.3e-9)}
        if name != "compute in memory":
            parts["memory wall"] = attempts * word
        assert rungs[name].parts == pytest.approx(parts)
        assert rungs[name].joules.value == pytest.approx(sum(parts.values()))
        spread = result.records["toggles"].std(ddof=1) / 2 * word / 64
        assert rungs[name].joules.standard_error == pytest.approx(spread)
    assert rungs["LIM heat"].joules.value == pytest.approx(result.heat_bits.mean() * bit_J(77.0))
    assert rungs["Landauer"].joules.value == pytest.approx(255 * bit_J(77.0))
    joules = [rung.joules.value for rung in rungs.values()][2:]
    assert joules == sorted(joules)


def test_a_dense_box_by_hand():
    """Five cells of 3 bits: a dense row of 5 couplings is shorter than indices and values; void attempts read nothing."""
    rng = np.random.default_rng(8)
    half = rng.integers(-9, 9, (5, 5))
    problem = Problem.box(half @ half.T, rng.integers(-50, 50, 5), bits=3)
    result, rungs = rungs_of(problem)
    evaluated = (result.records["attempts"] - result.records["void"]).mean()
    assert 0 < evaluated < 200
    assert result.shape.coupling_bits * 5 <= 64
    parts = rungs["von Neumann (DRAM)"].parts
    assert parts["memory wall"] == pytest.approx(evaluated * 1.3e-9)
    assert parts["arithmetic"] == pytest.approx(
        evaluated * (np.mean(np.diff(problem.couplings.indptr)) * 3.2e-12 + 3.7e-12)
    )
    assert parts["consolidation wall"] == pytest.approx(2.6e-9)


def test_one_replica_has_no_error():
    _, rungs = rungs_of(Problem.max_cut(nx.cycle_graph(6)), replicas=1)
    assert np.isnan(rungs["LIM bound"].joules.value)
    assert np.isnan(rungs["LIM heat"].joules.standard_error)
    assert rungs["LIM heat"].joules.value > 0


def test_the_emulator_is_apart():
    outcomes = [SimpleNamespace(clocks=100), SimpleNamespace(clocks=300)]
    costs = emulator_costs(SimpleNamespace(wall_s=4.0, outcomes=outcomes), TECHNOLOGY)
    assert [cost.joules for cost in costs] == pytest.approx([20.0, 2e-6])
    golden = [SimpleNamespace(clocks=None)]
    assert len(emulator_costs(SimpleNamespace(wall_s=4.0, outcomes=golden), TECHNOLOGY)) == 1


def test_prices_can_be_replaced(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(SHIPPED.replace("value = 1.3e-9", "value = 1").replace("45 nm", "7 nm"))
    mine = Technology.read(file)
    assert (mine.name, mine.dram_word_J.value) == ("7 nm CMOS, 0.9 V", 1.0)
    assert mine.sram_word_J == TECHNOLOGY.sram_word_J


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "value = 1.3e-9",
            "value = -1.3e-9",
            "dram_word_J must have a finite value that is not negative and less than 1000 J, got -1.3e-09",
        ),
        ("value = 1.3e-9", "value = nan", "dram_word_J must have a finite value"),
        ("value = 1.3e-9", "value = true", "dram_word_J must have a finite value"),
        ("value = 1.3e-9", 'value = "much"', "dram_word_J must have a finite value"),
        (
            "value = 1.3e-9",
            "value = 1" + 400 * "0",
            "dram_word_J must have a finite value that is not negative and less than 1000 J",
        ),
        ("value = 1.3e-9", "value = 1e308", "dram_word_J must have a finite value"),
        ("value = 1.3e-9", "price = 1.3e-9", "dram_word_J must be a table of value and source"),
        ("value = 1.0e-10\nsource = ", "value = 1.0e-10\nsource = 5 #", "the source of sram_word_J must be text, got 5"),
        ("[add_J]", "[addition]", "unknown key addition: use name, dram_word_J"),
        ('name = "45 nm CMOS, 0.9 V"', "", "name is missing: copy it from"),
        ('name = "45 nm CMOS, 0.9 V"', "name = 45", "name must be text, got 45"),
        ("[cpu_W]", "[cpu_W", "is not TOML"),
    ],
)
def test_bad_technology_is_refused(tmp_path, old, new, said):
    file = tmp_path / "bad.toml"
    text = SHIPPED.replace(old, new)
    assert text != SHIPPED
    file.write_text(text)
    with pytest.raises(FileFormatError, match=re.escape(said)) as caught:
        Technology.read(file)
    assert str(caught.value).startswith(str(file))


def test_a_missing_technology_is_refused(tmp_path):
    with pytest.raises(FileFormatError, match=r"cannot read .*nowhere: No such file"):
        Technology.read(tmp_path / "nowhere")
