"""Experiment 8: max-cut on graphs of the G-set: cut against best known, and heat against its bound at several speeds."""

from __future__ import annotations

from importlib.resources import as_file, files
from itertools import pairwise
from typing import Any

import numpy as np

from ..energy import Ledger
from ..energy.estimate import mean_of
from ..energy.partition import LogPartition
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..problem import Problem
from ..readers import read_problem
from ..schedule import beta_range
from ..stages import Stage, Stages
from .experiment import SIGMAS, Check, Experiment, Figure, Numbers, Setting, Table

__all__ = ["BEST_KNOWN", "EXPERIMENT", "g_set"]

BEST_KNOWN = {"G1": 11624, "G11": 564, "G14": 3064, "G43": 6660}
"""Largest cuts found by anyone (Benlic and Hao, Eng. Appl. Artif. Intell. 26, 1162, 2013, and earlier)."""

BARRIER = 1.0
"""E0, bits: with no barrier an attempt may relax a cell at once, and the bound for its speed is nothing."""

_COLOURS = (BLUE, RED, GREEN, GREY)

_PIECES = 200


def g_set(name: str) -> Problem:
    """A graph of the G-set (Helmberg and Rendl 2000, made with Rinaldi's rudy)."""
    with as_file(files("limulator") / "data" / "gset" / f"{name}.txt.gz") as path:
        return read_problem(path)


def _steadily(sweeps: int, beta: float) -> Stages:
    """beta from 0 upwards in equal steps, with a record for every few of them."""
    ends = np.unique(np.linspace(0, sweeps, min(sweeps, _PIECES) + 1).astype(int))
    step = beta / sweeps
    return Stages(Stage(int(b - a), step * (a + 1), BARRIER, step * b, BARRIER) for a, b in pairwise(ends.tolist()))


def measure(setting: Setting) -> Numbers:
    """Each graph at three speeds, beta rising linearly from 0; a slow run of its own bounds the entropy of all."""
    replicas = setting.pick(64, 256)
    speeds = setting.pick((10, 50, 250), (10, 100, 1000, 10_000))
    graphs: Numbers = {}
    for number, (name, best_known) in enumerate(BEST_KNOWN.items()):
        problem = g_set(name)
        beta = beta_range(problem)[1] / 3
        # not so far into the cold that its works would tell nothing any more
        reference = setting.solve(problem, _steadily(speeds[-1], beta / 2), replicas=2 * replicas, seed=10_000 * number)
        partition = LogPartition.annealed(reference)
        runs = []
        for k, sweeps in enumerate(speeds, start=1):
            result = setting.solve(problem, _steadily(sweeps, beta), replicas=replicas, seed=10_000 * number + 1000 * k)
            ledger = Ledger.of(result, partition)
            cuts = np.array([problem.cut(outcome.best) for outcome in result.outcomes])
            records = result.records
            runs.append(
                {
                    "sweeps": sweeps,
                    "attempts": int(records["attempts"][0]),
                    "steps": float((records["down"] + records["up"] + records["flat"]).mean()),
                    "cut": list(mean_of(cuts)),
                    "best_cut": float(cuts.max()),
                    "heat_bits": list(ledger.heat_bits),
                    "bound_bits": list(ledger.bound_bits),
                    "entropy_drop_bits": list(ledger.entropy_drop_bits),
                    "finite_rate_bits": list(ledger.finite_rate_bits),
                    "heat_over_bound": list(ledger.heat_over_bound),
                    "heat_less_bound_bits": list(ledger.heat_less_bound_bits),
                    "landauer_bits": ledger.landauer_bits,
                }
            )
        graphs[name] = {"cells": problem.cells, "best_known": best_known, "runs": runs}
    return {"replicas": replicas, "barrier_bits": BARRIER, "graphs": graphs}


def checks(numbers: Numbers) -> list[Check]:
    """The second law at every speed; slower is nearer to the bound; no cut better than the best, the slow ones near it."""
    found = []
    for name, graph in numbers["graphs"].items():
        runs, best = graph["runs"], graph["best_known"]
        for run in runs:
            margin, error = run["heat_less_bound_bits"]
            what = f"{name}, {run['sweeps']} sweeps: heat less bound"
            found.append(Check(what, margin, ">=", 0.0, error, "bits", "second law"))
        fast, slow = (runs[k]["heat_over_bound"] for k in (0, -1))
        # both share a partition function, so that this error is too large, if anything
        surely = SIGMAS * float(np.hypot(fast[1], slow[1]))
        found += [
            Check(
                f"{name}: heat / bound, slowest", slow[0], "<=", fast[0] - surely, 0.0, "", f"fastest less {SIGMAS} sigma"
            ),
            Check(f"{name}: best cut", max(run["best_cut"] for run in runs), "<=", best, 0.0, "", "best known"),
            Check(f"{name}: mean cut, slowest", runs[-1]["cut"][0], ">=", 0.95 * best, 0.0, "", "95 % of best known"),
        ]
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """Heat over bound against sweeps, and the cut against the heat that it took."""
    import plotly.graph_objects as go

    ratio, cut = go.Figure(), go.Figure()
    for colour, (name, graph) in zip(_COLOURS, numbers["graphs"].items(), strict=True):
        runs = graph["runs"]
        style: dict[str, Any] = {"name": name, "mode": "lines+markers", "line": {"color": colour}}

        def bars(key: str, scale: float = 1.0, runs: list[dict[str, Any]] = runs) -> dict[str, Any]:
            return {"type": "data", "array": [run[key][1] * scale for run in runs]}

        ratio.add_scatter(
            x=[run["sweeps"] for run in runs],
            y=[run["heat_over_bound"][0] for run in runs],
            error_y=bars("heat_over_bound"),
            **style,
        )
        cut.add_scatter(
            x=[run["heat_bits"][0] / graph["cells"] for run in runs],
            y=[100 * run["cut"][0] / graph["best_known"] for run in runs],
            error_x=bars("heat_bits", 1 / graph["cells"]),
            error_y=bars("cut", 100 / graph["best_known"]),
            **style,
        )
    ratio.add_hline(y=1, line={"color": GREY, "dash": "dash"})
    speeds = [run["sweeps"] for run in next(iter(numbers["graphs"].values()))["runs"]]
    ratio.update_xaxes(type="log", title="sweeps", tickvals=speeds)
    ratio.update_yaxes(title="heat / bound")
    cut.update_xaxes(title="heat, bits per cell")
    cut.update_yaxes(title="mean cut, % of best known")
    for figure in (ratio, cut):
        figure.update_layout(layout(420, left=60, top=50, bottom=50))
    return [
        Figure("Heat over its bound (entropy drop and finite rate): the slower, the nearer to 1.", ratio),
        Figure("What a better cut costs: a slow run finds one with less heat, not more.", cut),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Every run in a row."""
    columns = (
        "graph",
        "sweeps",
        "mean cut",
        "best",
        "best known",
        "heat, bits",
        "bound, bits",
        "heat / bound",
        "steps / attempt",
    )
    rows = []
    for name, graph in numbers["graphs"].items():
        for run in graph["runs"]:
            heat, bound, ratio, cut = (run[key] for key in ("heat_bits", "bound_bits", "heat_over_bound", "cut"))
            rows.append(
                (
                    name,
                    f"{run['sweeps']}",
                    f"{cut[0]:.1f}",
                    f"{run['best_cut']:g}",
                    f"{graph['best_known']}",
                    f"{heat[0]:.1f} ± {heat[1]:.1f}",
                    f"{bound[0]:.1f} ± {bound[1]:.1f}",
                    f"{ratio[0]:.3f} ± {ratio[1]:.3f}",
                    f"{run['steps'] / run['attempts']:.3f}",
                )
            )
    return [Table(f"{numbers['replicas']} replicas, barrier {numbers['barrier_bits']:g} bit", columns, rows)]


EXPERIMENT = Experiment(
    number=8,
    name="maxcut",
    title="Max-cut on the G-set",
    question=(
        "How much heat does a good cut take, and how near is that to what the second law wants at that speed? beta rises "
        "linearly from 0 behind a barrier of one bit, at several speeds. The heat counted is set beside the drop of the "
        "entropy, bounded with a partition function from a slow run of its own, and the finite-rate bound; that "
        "one, and how the entropy is bounded, is our derivation from stochastic thermodynamics."
    ),
    reference="Helmberg and Rendl 2000 (the graphs); Benlic and Hao 2013 (best known cuts); arXiv 2402.14878",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
)
