"""`limulator experiment`, `report` and `project`: what they run, write, show and refuse."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chromium import needs_chromium, open_page, widths
from limulator import experiments
from limulator.errors import ExperimentError
from limulator.experiments.experiment import MODELS, Check, Experiment, Figure, Table
from limulator.problem import Problem
from limulator.stages import Stage, Stages


def coin(number, name, reference=0.5, backends=MODELS):
    """An experiment that throws coins: 40 cells without couplings at beta = 0, whose mean must be the reference."""

    def measure(setting):
        problem = Problem([[0] * 4] * 4, [1] * 4)
        result = setting.solve(problem, Stages([Stage(3, 0.0)]), replicas=setting.pick(10, 1000))
        share = sum(int(outcome.x.sum()) for outcome in result.outcomes) / (4 * len(result.outcomes))
        return {
            "share": share,
            "error": 0.5 / len(result.outcomes) ** 0.5 / 2,
            "curve": [1.0, 0.1, 0.01],
            "none": [float("nan")],
        }

    def checks(numbers):
        fair = Check("share of heads", numbers["share"], "=", reference, numbers["error"], unit="of throws", source="a < b")
        return [fair, Check("share", numbers["share"], ">=", 0.0)]

    def figures(numbers):
        import plotly.graph_objects as go

        figure = go.Figure()
        bars = {"array": [0.1, 0.01, 0.001]}
        figure.add_scatter(
            x=[1, 2, 4], y=numbers["curve"], error_y=bars, name="curve x<sup>2</sup>", line={"color": "black"}
        )
        figure.add_bar(x=[1, 2], y=[0.2, 0.3], marker={"color": "#2f6fb4", "opacity": 0.5}, name="bars")
        figure.add_hline(y=0.5, annotation_text="half")
        figure.update_yaxes(type="log", title_text="share")
        return [Figure(f"Coins of {name}.", figure)]

    def tables(numbers):
        return [Table("Throws", ["coin", "share"], [["[red] one", f"{numbers['share']:.3f}"]])]

    texts = {"title": f"Coin {name}", "question": "Is it fair?", "reference": "Bernoulli 1713"}
    return Experiment(
        number, name, **texts, measure=measure, checks=checks, figures=figures, tables=tables, backends=backends
    )


@pytest.fixture
def coins(monkeypatch):
    """Two experiments in place of the real ones; of the second, a check fails."""
    found = {"fair": coin(1, "fair", backends=(*MODELS, "verilator")), "bent": coin(2, "bent", reference=1.5)}
    monkeypatch.setattr(experiments, "NAMES", tuple(found))
    monkeypatch.setattr(experiments, "load", found.__getitem__)
    return found


def strict(path):
    def refuse(name):
        raise ValueError(name)

    return json.loads(path.read_text(), parse_constant=refuse)


def test_an_experiment_is_run_and_saved(limulator, coins, tmp_path):
    code, out, err = limulator("experiment", "fair", "--out", tmp_path / "ex", "--seed", 3)
    assert (code, err) == (0, "")
    for text in ("1. Coin fair", "[red] one", "share of heads, of throws", "pass", "all 2 checks pass", "fair/index.html"):
        assert text in out
    assert max(map(len, out.splitlines()[:-1])) <= 100
    document = strict(tmp_path / "ex" / "fair" / "result.json")
    assert [document[name] for name in ("number", "name", "title", "passed")] == [1, "fair", "Coin fair", True]
    assert document["setting"] == {"backend": "fast", "array": "event", "full": False, "seed": 3}
    assert document["numbers"]["none"] == ["nan"]
    assert [check["passed"] for check in document["checks"]] == [True, True]
    assert document["wall_s"] > 0
    assert "numpy" in document["versions"]
    page = (tmp_path / "ex" / "fair" / "index.html").read_text()
    assert f"limulator experiment fair --backend fast --quick --seed 3 --out {tmp_path / 'ex'}" in page
    cells = re.findall(r'data-value="(.*?)"', page.split('id="checks"')[1])
    assert [float(cell) for cell in cells] == [document["numbers"]["share"], 0.5, document["numbers"]["share"], 0.0]
    assert "a &lt; b" in page
    assert limulator("experiment", "fair", "--out", tmp_path / "ex", "--full")[0] == 0  # an earlier run makes place
    assert strict(tmp_path / "ex" / "fair" / "result.json")["setting"]["full"] is True


def test_a_failed_check_is_an_exit_code(limulator, coins, tmp_path):
    code, out, err = limulator("experiment", "bent", "--out", tmp_path)
    assert code == 10
    assert "FAIL" in out
    assert "1 of 2 checks fail" in out
    assert err == f"limulator: 1 check failed: share of heads (bent): see {tmp_path}/bent/index.html\n"
    assert strict(tmp_path / "bent" / "result.json")["passed"] is False
    assert "1 of 2 checks fail" in (tmp_path / "bent" / "index.html").read_text()


@needs_chromium
def test_all_of_them_have_an_index(limulator, coins, tmp_path):
    code, _, err = limulator("experiment", "all", "--out", tmp_path / "ex")
    assert code == 10
    assert "see " in err
    pages = [tmp_path / "ex" / name / "index.html" for name in ("", "fair", "bent")]
    for page, figures in zip(pages, (2, 1, 1), strict=True):
        document, said = open_page(page, tmp_path / "profile")
        assert said == []
        assert document.count("js-plotly-plot") == figures
        assert document.count('<svg class="main-svg"') >= figures
    index = pages[0].read_text()
    assert re.findall(r'<a href="(.*?)">', index)[:2] == ["fair/index.html", "bent/index.html"]
    assert "2 experiments, 4 checks," in index
    assert "failed: bent" in index
    assert all(wide <= place for wide, place in widths(pages, tmp_path / "profile"))


def interrupt(*_):
    raise KeyboardInterrupt


def test_ctrl_c_keeps_what_has_finished(limulator, coins, monkeypatch, tmp_path):
    monkeypatch.setitem(coins, "bent", replace(coins["bent"], measure=interrupt))
    code, out, err = limulator("experiment", "all", "--out", tmp_path)
    assert (code, err) == (130, "limulator: interrupted\n")
    assert "report: " not in out
    assert (tmp_path / "fair" / "result.json").exists()
    assert list((tmp_path / "bent").iterdir()) == []
    page = (tmp_path / "index.html").read_text()
    assert "interrupted after 1 of 2 experiments" in page
    assert "Experiments: not all have run" in page
    assert re.findall(r'<a href="(.*?)">', page)[0] == "fair/index.html"
    # an earlier index that says all pass does not outlive a run that was stopped in its first experiment
    monkeypatch.setitem(coins, "fair", replace(coins["fair"], measure=interrupt))
    assert limulator("experiment", "all", "--out", tmp_path)[0] == 130
    assert "interrupted after 0 of 2 experiments" in (tmp_path / "index.html").read_text()
    assert limulator("experiment", "bent", "--out", tmp_path)[::2] == (130, "limulator: interrupted\n")


def test_ctrl_c_ends_a_report(limulator, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("limulator.rundir.RunDirectory.load", interrupt)
    assert limulator("report", "run") == (130, "", "limulator: interrupted\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["fair", "all"])
@pytest.mark.parametrize("place", ["/dev/null/x", "/proc/x"])
def test_where_nothing_can_be_written_nothing_is_run(limulator, coins, monkeypatch, place, name):
    monkeypatch.setattr("limulator.experiments.experiment.solve", lambda *args, **more: 1 / 0)
    code, out, err = limulator("experiment", name, "--out", place)
    assert (code, out) == (8, "")
    assert err.startswith(f"limulator: cannot write to {place}/fair: ")
    assert err.endswith(": choose another --out\n")


def test_a_figure_that_cannot_be_written(limulator, coins, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is missing: pip install 'limulator[plots]'")
    assert limulator("experiment", "fair", "--out", tmp_path)[0] == 0
    (tmp_path / "fair" / "figure-1.svg").mkdir()
    code, _, err = limulator("experiment", "fair", "--svg", "--out", tmp_path)
    assert code == 8
    assert f"cannot write {tmp_path}/fair/figure-1.svg: Is a directory" in err


def test_the_allowed_standard_errors_are_shown(limulator, coins, monkeypatch, tmp_path):
    checks = [Check("mean", 1.0, "=", 0.0, error, sigmas=4) for error in (0.26, 0.24)] + [
        Check("other", 1.0, "=", 0.0, 0.22)
    ]
    assert [check.passed for check in checks] == [True, False, True]
    monkeypatch.setitem(coins, "fair", replace(coins["fair"], checks=lambda numbers: checks))
    assert limulator("experiment", "fair", "--out", tmp_path)[0] == 10
    assert [check["sigmas"] for check in strict(tmp_path / "fair" / "result.json")["checks"]] == [4, 4, 4.9]
    page = (tmp_path / "fair" / "index.html").read_text()
    assert re.findall(r'data-column="sigma">(.*?)<', page) == ["3.8 of 4", "4.2 of 4", "4.5 of 4.9"]


def test_all_on_a_machine_are_those_that_run_on_it(limulator, coins, monkeypatch, tmp_path):
    ran = []
    monkeypatch.setattr(
        "limulator.experiments.experiment.solve", lambda *args, **more: ran.append(more["backend"]) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        limulator("experiment", "all", "--backend", "verilator", "--out", tmp_path)
    assert ran == ["verilator"]
    code, _, err = limulator("experiment", "bent", "--backend", "icarus", "--out", tmp_path)
    assert (code, err) == (9, "limulator: experiment bent does not run on icarus: use fast or golden\n")
    assert [path.name for path in tmp_path.iterdir() if path.name == "bent"] == []


def test_the_list(limulator):
    code, out, err = limulator("experiment", "--list")
    assert (code, err) == (0, "")
    rows = [line.split() for line in out.splitlines()]
    assert [row[:2] for row in rows[1:]] == [[str(k), name] for k, name in enumerate(experiments.NAMES, start=1)]


def test_other_peoples_files_are_left_alone(limulator, coins, tmp_path):
    for content in ({"note.txt": ""}, {"result.json": '{"name": "another"}'}, {"result.json": "["}):
        place = tmp_path / f"place{len(list(tmp_path.iterdir()))}"
        (place / "fair").mkdir(parents=True)
        for name, text in content.items():
            (place / "fair" / name).write_text(text)
        code, out, err = limulator("experiment", "fair", "--out", place)
        assert (code, out) == (8, "")
        assert f"{place}/fair exists and holds no experiment fair: choose another --out, or remove it" in err
        assert {path.name for path in (place / "fair").iterdir()} == set(content)
    (tmp_path / "file").write_text("")
    code, _, err = limulator("experiment", "fair", "--out", tmp_path / "file")
    assert code == 8
    assert "Not a directory" in err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ("experiment nonsense", 9, "no experiment named 'nonsense': use one of rate, trajectories"),
        ("experiment", 2, "name an experiment, or all"),
        ("experiment rate --seed -1", 9, "limulator: seed must not be negative, got seed=-1"),
        ("experiment projection --seed -1", 9, "seed=-1"),
        ("experiment rate --backend abacus", 2, "abacus"),
        ("report missing", 8, "missing is not a run directory"),
        ("report", 2, "Missing argument"),
        ("report run --technology nowhere.toml", 3, "cannot read nowhere.toml"),
        ("project --params 1e15 --ops -1", 5, "operations=-1"),
        ("project --params 1e15", 2, "--ops"),
        ("project --params 1e-310 --ops 1e28", 5, "storage_J comes to 0.0"),
        ("project --params 1 --ops 1 --rate 1e-320", 5, "operations_J comes to 0.0"),
        ("project --params 1e308 --ops 1e308", 5, "comes to inf"),
        ("project --params 1e15 --ops 1e28 --bits 1" + 400 * "0", 5, "bits must be a whole number from 1 to 1024"),
        ("project --params 1e15 --ops 1e28 --bits 2000", 5, "bits=2000"),
    ],
)
def test_refusals(limulator, monkeypatch, tmp_path, arguments, code, said):
    monkeypatch.chdir(tmp_path)
    found, out, err = limulator(*arguments.split())
    assert (found, out) == (code, "")
    assert said in err
    assert list(tmp_path.iterdir()) == []


def test_report(limulator, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        assert limulator("demo", "--out", name)[0] == 0
    Path("mine.toml").write_text(Path(experiments.__file__).parents[1].joinpath("data/technology.toml").read_text())
    assert limulator("report", "one", "two", "-o", "both.html", "--technology", "mine.toml") == (0, "both.html\n", "")
    page = Path("both.html").read_text()
    assert page.count('class="ladder"') == 2
    assert "limulator rerun one" in page
    assert limulator("report", "one")[1] == "report.html\n"
    log = bytearray(Path("one/log.npz").read_bytes())
    log[len(log) // 2] ^= 255
    Path("one/log.npz").write_bytes(log)
    code, _, err = limulator("report", "one")
    assert code == 8
    assert "one is damaged" in err


def test_project(limulator):
    code, out, err = limulator("project", "--params", "1e15", "--ops", "1e28", "--bits", 16)
    assert (code, err) == (0, "")
    assert "4.59e+08" in out
    assert "1e+08..1e+09" in out
    assert "our derivation" in out
    assert "2.30e+08" in limulator("project", "--params", "1e15", "--ops", "1e28", "--temperature", 150)[1]
    assert limulator("project", "--params", "1e15", "--ops", "1e28", "--rate", 0.5)[1] != out


def test_figures_for_print(limulator, coins, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = limulator("experiment", "fair", "--svg", "--out", tmp_path)
    assert (code, out) == (ExperimentError.exit_code, "")
    assert "matplotlib is missing, which draws the SVG figures: pip install 'limulator[plots]'" in err
    monkeypatch.undo()


def test_figures_for_print_are_drawn(limulator, coins, tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is missing: pip install 'limulator[plots]'")
    for place in ("one", "two"):
        assert limulator("experiment", "fair", "--svg", "--out", tmp_path / place)[0] == 0
    one, two = ((tmp_path / place / "fair" / "figure-1.svg").read_text() for place in ("one", "two"))
    assert one == two
    for text in (">share<", "curve", "bars", "half"):
        assert text in one


def test_the_command_line_starts_fast():
    heavy = "[m for m in ('numpy', 'plotly', 'jinja2', 'rich.console', 'matplotlib', 'scipy') if m in sys.modules]"
    code = f"import sys, limulator.cli; print({heavy})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout.replace("'", '"')) in ([], ["rich.console"])
