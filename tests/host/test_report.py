"""The report of runs: the page in a browser, its numbers against the run's, and runs read back from their directories."""

import json
import re

import numpy as np
import pytest

from chromium import needs_chromium, open_page, widths
from limulator.anneal import solve
from limulator.backends import Watch
from limulator.energy.ledger import Ledger
from limulator.energy.walls import Technology, ladder
from limulator.errors import RunDirectoryError
from limulator.problem import Problem
from limulator.report import Run, run_page
from limulator.report.text import numeric_columns, plain, quantity
from limulator.rundir import RunDirectory
from limulator.schedule import Schedule
from limulator.stages import Stage, Stages

EDGES = {(i, (i + step) % 12): 1 - i % 3 or 1 for step in (1, 5) for i in range(12)}
GRAPH = Problem.max_cut(EDGES, name="a <b>bold</b> </script> graph")
BOX = Problem.box(np.diag([2, 4, 6, 8]) + 2, [-30, 5, -7, 1], 5, offset=0.25)
SLOW = Stages([Stage(4, beta, 1.0) for beta in np.linspace(0, 2, 12)])
SETTINGS = {"backend": "golden", "lanes": None, "replicas": 40, "seed": 5, "temperature_K": 300.0}
TECHNOLOGY = Technology.read()


class OneSweep(Watch):
    """Stops a run at the end of its first sweep."""

    stop = False

    def advance(self, attempts):
        self.stop = True


def stored(path, problem, schedule, watch=None, **changes):
    settings = SETTINGS | changes
    directory = RunDirectory(path)
    directory.begin(problem, schedule, settings)
    result = solve(problem, schedule, watch=watch, **settings)
    directory.finish(result)
    return directory, result


@pytest.fixture
def slow(tmp_path):
    return stored(tmp_path / "slow & cold", GRAPH, SLOW)


def runs_in(tmp_path):
    """A run of every sort: many segments, one replica, interrupted before the end."""
    fast = Schedule("geometric", 300, 0.5, 4.0)
    for name, problem, schedule, changes in (
        ("slow", GRAPH, SLOW, {}),
        ("box", BOX, fast, {"replicas": 1}),
        ("stopped", GRAPH, fast, {"watch": OneSweep()}),
    ):
        stored(tmp_path / name, problem, schedule, **changes)
    places = [RunDirectory(tmp_path / name) for name in ("slow", "box", "stopped")]
    return [Run(str(place.path), place.load(), place.versions(), TECHNOLOGY) for place in places]


def values(html, table):
    """The data-value of every cell in the tables of that class, by table and first cell of the row."""
    found = []
    for body in re.findall(rf'<table class="{table}">(.*?)</table>', html, re.DOTALL):
        rows = re.findall(r"<tr><td[^>]*>(.*?)</td>.*?data-value=\"(.*?)\"", body, re.DOTALL)
        found.append({name.strip(): float(value) for name, value in rows})
    return found


@needs_chromium
def test_the_page_in_a_browser(tmp_path):
    runs = runs_in(tmp_path)
    page = tmp_path / "page.html"
    page.write_text(run_page(runs))
    for scheme in (0, 1):  # dark and light
        document, said = open_page(page, tmp_path / "profile", f"--blink-settings=preferredColorScheme={scheme}")
        assert said == []
        assert document.count("js-plotly-plot") == 9
        assert document.count('<svg class="main-svg"') >= 9
        assert ("rgb(213, 218, 225)" in document) is (scheme == 0)  # ink of the dark theme
    assert [wide <= place for wide, place in widths([page], tmp_path / "profile")] == [True]
    for run, rungs, ledger in zip(runs, values(document, "ladder"), values(document, "ledger"), strict=True):
        assert rungs == pytest.approx({rung.name: rung.joules.value for rung in run.rungs}, rel=0, nan_ok=True)
        found = json.loads((tmp_path / run.directory / "result.json").read_text())["replicas"]
        assert ledger["heat"] == pytest.approx(np.mean([replica["heat_bits"] for replica in found]))
        assert ledger["work"] == pytest.approx(np.mean([replica["work_bits"] for replica in found]))


@needs_chromium
def test_the_console_is_heard(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<script>JSON.parse('{')</script>")
    _, said = open_page(page, tmp_path / "profile")
    assert "Uncaught SyntaxError" in said[0]


def test_numbers_are_those_of_the_ledger(slow):
    directory, result = slow
    html = run_page([Run(str(directory.path), result, directory.versions(), TECHNOLOGY)])
    ledger = Ledger.of(result)
    ladder_values, ledger_values = values(html, "ladder")[0], values(html, "ledger")[0]
    assert ladder_values == {rung.name: rung.joules.value for rung in ladder(result, ledger, TECHNOLOGY)}
    assert ledger_values == {name.strip(): bits.value for name, bits, _ in ledger.rows()}
    assert f'data-value="{result.best_cut:.1f}">cut {result.best_cut:g}<' in html
    assert "counters close: U_end - U_start = sum_down + sum_up for all 40 replicas, exact" in html
    assert "limulator rerun &#39;" in html
    assert "slow &amp; cold" in html


def test_the_page_holds_all_it_needs(slow):
    directory, result = slow
    html = run_page([Run(str(directory.path), result, directory.versions(), TECHNOLOGY)] * 2)
    assert html.count("plotly.js v") == 1
    own = re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)
    assert not re.search(r"https?://|<link[^>]+stylesheet|@import", own)
    assert "a &lt;b&gt;bold&lt;/b&gt; &lt;/script&gt; graph" in own
    assert "<b>bold" not in own


def test_a_run_is_read_back(slow):
    directory, result = slow
    again = directory.load()
    assert again.as_dict() == result.as_dict()
    assert [segment._asdict() for segment in again.segments] == [segment._asdict() for segment in result.segments]
    for one, other in zip(again.outcomes, result.outcomes, strict=True):
        assert one.log.tolist() == other.log.tolist()
        assert one.sweeps.tolist() == other.sweeps.tolist()
        assert one.x.tolist() == other.x.tolist()
        assert one.best.tolist() == other.best.tolist()


def test_runs_of_wide_cells_and_interrupted_ones_are_read_back(tmp_path):
    wide = Problem.box(np.diag([2, 4]) + 2, [-3000, 500], 12)
    directory, result = stored(tmp_path / "wide", wide, SLOW)
    assert max(outcome.x.max() for outcome in result.outcomes) > 255
    assert directory.load().as_dict() == result.as_dict()
    directory, result = stored(tmp_path / "stopped", GRAPH, SLOW, OneSweep())
    assert not result.complete
    assert directory.load().as_dict() == result.as_dict()


def edit(path, change):
    with np.load(path) as log:
        arrays = {name: log[name].copy() for name in log.files}
    change(arrays)
    np.savez_compressed(path, **arrays)


def bump(name, row):
    def change(arrays):
        arrays["replica7"][name][row] += 1

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (bump("sum_up", 3), "seed 12 do not close"),
        (bump("energy", 0), "seed 12 do not close"),
        (bump("up", -1), "has up of seed 12"),
        (bump("best_energy", -1), "best_energy of seed 12 is"),
        (lambda arrays: arrays.pop("replica39"), "replica39"),
        (lambda arrays: arrays.update(replica3=arrays["replica3"][:0]), "index"),
        (lambda arrays: arrays.update(replica3=np.zeros(4)), "is damaged"),
    ],
)
def test_a_damaged_log_is_noticed(slow, change, said):
    directory, _ = slow
    edit(directory.path / "log.npz", change)
    with pytest.raises(RunDirectoryError, match=said):
        directory.load()


def test_other_damage_is_noticed(slow):
    directory, _ = slow
    result = directory.path / "result.json"
    found = json.loads(result.read_text())
    found["replicas"][2]["state"] = found["replicas"][2]["state"][:-2]
    result.write_text(json.dumps(found))
    with pytest.raises(RunDirectoryError, match="is damaged"):
        directory.load()
    found["shape"]["beta_frac"] += 1
    result.write_text(json.dumps(found))
    with pytest.raises(RunDirectoryError, match=r"result\.json is of another array"):
        directory.load()
    result.write_text("{}")
    with pytest.raises(RunDirectoryError, match="is damaged"):
        directory.load()
    result.unlink()
    with pytest.raises(RunDirectoryError, match=r"holds no finished run, result\.json is missing: rerun it"):
        directory.load()


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1234.5678, 0.0, "1234.57"),
        (1234.5678, 1.23, "1,234.6 ± 1.2"),
        (0.0314159, 0.00052, "0.03142 ± 0.00052"),
        (79.3, 180.0, "79 ± 180"),
        (0.0, 0.5, "0.00 ± 0.50"),
        (2.275e-19, 5.2e-21, "(2.275 ± 0.052)e-19"),
        (float("nan"), 1.0, "-"),
        (2.0, float("nan"), "2"),
        (float("inf"), 0.0, "inf"),
    ],
)
def test_quantities(value, error, text):
    assert quantity(value, error) == text


def test_plain_numbers_are_strict_json():
    given = {"a": [np.float64("nan"), float("-inf"), 1.5, None, "text"], "b": np.arange(3), "c": (np.int64(2), True), 3: {}}
    text = json.dumps(plain(given), allow_nan=False)
    assert json.loads(text) == {"a": ["nan", "-inf", 1.5, None, "text"], "b": [0, 1, 2], "c": [2, True], "3": {}}


def test_numeric_columns():
    rows = [["4 sweeps", "1.5 +- 0.2", "text", "-3e5"], ["8", "", "1", "(2 ± 1)e-05"]]
    assert numeric_columns(["a", "b", "c", "d"], rows) == [0, 1, 3]


def test_a_bound_that_vanishes_says_nothing(recwarn):
    """Of too few replicas to tell a bound on the heat, or where it is zero without one of them, there is no ratio, and no
    warning of it."""
    ratios = []
    for seed in range(30):
        result = solve(GRAPH, Schedule("constant", 3, 2.0, 2.0), replicas=(2, 40)[seed % 2], seed=seed)
        ratios.append(Ledger.of(result).heat_over_bound)
    assert any(np.isnan(ratio.value) for ratio in ratios)
    assert any(np.isfinite(ratio.value) for ratio in ratios)
    assert not recwarn.list
