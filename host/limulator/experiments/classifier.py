"""Experiment 10: a classifier trained in memory, least squares over a box: its accuracy, and heat for each update."""

from __future__ import annotations

from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..box import BoxQP
from ..energy import Ledger
from ..energy.estimate import mean_of
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..problem import Problem
from ..stages import Stage, Stages
from .experiment import Check, Experiment, Figure, Numbers, Setting, Table
from .gaussians import FEATURES, Task, best_accuracy

__all__ = ["EXPERIMENT", "continuous_minimum"]

Array = NDArray[np.float64]

LEVELS = 2047
"""Couplings of 12 bits: rounded to 8 they would move the least-squares weights by up to 0.05."""

STAGES = 16
"""Of the rise of beta, by a factor of 2 in each; the last, at constant beta, takes as long as all others."""

_GATE = 9e-4
"""Largest relative error of the gate's probabilities, with the rounding of t (docs/array.md)."""


def continuous_minimum(problem: Problem) -> tuple[Array, float]:
    """Where the energy of an array, as a function of real x, is least, and how low it is there (units of E)."""
    linear = problem.linear - problem.couplings.diagonal() / 2
    x = -np.linalg.solve(problem.couplings.toarray(), linear)
    return x, float(linear @ x / 2)


def measure(setting: Setting) -> Numbers:
    """Train at two precisions for several times, and at the finer one behind several barriers."""
    task = Task.draw(512, setting.pick(20_000, 100_000))
    qp = task.least_squares()
    sweeps = setting.pick((64, 256, 1024, 2048), (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384))
    runs = [(8, 0.0, count) for count in sweeps] + [(4, 0.0, count) for count in sweeps]
    runs += [(8, 1.0, 2048), (8, 2.0, 1024), *setting.pick([], [(8, 2.0, 4096)])]
    exact = task.correct(qp.minimum[None])
    return {
        "cells": FEATURES,
        "test_samples": len(task.answers),
        "bayes": best_accuracy(),
        "least_squares": float(exact.mean()),
        "least_squares_exact": float(task.accuracy(qp.minimum)),
        "thermal_exact": list(_thermal(task, qp, 8)),
        "kkt_residual": qp.kkt_residual(qp.minimum),
        "runs": [_run(setting, task, qp, exact, *run, seed=10_000 * k) for k, run in enumerate(runs)],
    }


def _thermal(task: Task, qp: BoxQP, bits: int) -> tuple[float, float]:
    """Exact accuracy of weights drawn from the Boltzmann law at the final beta, with no array: mean and standard error."""
    problem = qp.problem(bits, LEVELS)
    centre, _ = continuous_minimum(problem)
    stiffness = problem.couplings.toarray() * _final_beta(qp) * problem.scale * log(2)
    draws = np.random.default_rng(3).normal(size=(100_000, FEATURES)) @ np.linalg.cholesky(np.linalg.inv(stiffness)).T
    return mean_of(task.accuracy(qp.values(centre + draws, bits)))


def _final_beta(qp: BoxQP) -> float:
    """1 / (objective ln 2): at 8 bits the stiffest direction of the weights then spreads by one step of a cell."""
    return float(1 / (log(2) * np.linalg.eigvalsh(qp.P)[-1] * qp.step(8)[0] ** 2))


def _run(
    setting: Setting, task: Task, qp: BoxQP, exact: Array, bits: int, barrier: float, sweeps: int, seed: int
) -> dict[str, Any]:
    problem = qp.problem(bits, LEVELS, "classifier")
    beta = _final_beta(qp) * problem.scale
    each = sweeps // (2 * STAGES)
    rise = [Stage(each, beta * 2.0 ** (k - STAGES), barrier, beta * 2.0 ** (k + 1 - STAGES)) for k in range(STAGES)]
    result = setting.solve(
        problem, Stages([*rise, Stage(sweeps - STAGES * each, beta, barrier)]), replicas=setting.pick(128, 512), seed=seed
    )
    weights = qp.values(np.stack([outcome.x for outcome in result.outcomes]), bits)
    right = task.correct(weights)
    gap = mean_of(qp.objective(weights) - qp.objective(qp.minimum))
    ledger = Ledger.of(result)
    records, heat = result.records, result.heat_bits
    updates = (records["down"] + records["up"] + records["flat"]).astype(np.float64)
    each_heat = heat.mean() / updates.mean()
    centre, least = continuous_minimum(problem)
    return {
        "bits": bits,
        "barrier_bits": barrier,
        "sweeps": sweeps,
        "rounding_shift": float(np.abs(qp.values(centre, bits) - qp.minimum).max()),
        "accuracy": list(mean_of(right)),
        "accuracy_loss": list(mean_of(exact - right)),
        "accuracy_exact": list(mean_of(task.accuracy(weights))),
        "accuracy_best": float(task.accuracy(weights).max()),
        "gap": list(gap),
        "energy_kt": list(mean_of((records["energy"] - least) * result.last_beta * log(2))),
        "heat_bits": list(mean_of(heat)),
        "updates": list(mean_of(updates)),
        "net_updates": list(mean_of((records["down"] - records["up"]).astype(np.float64))),
        "heat_per_update_bits": [each_heat, mean_of((heat - each_heat * updates) / updates.mean()).standard_error],
        "entropy_drop_bits": FEATURES * bits - qp.entropy_bits(gap.value, bits),
        "entropy_drop_error": FEATURES / 2 / log(2) * gap.standard_error / gap.value,
        "finite_rate_bits": list(ledger.finite_rate_bits),
    }


def checks(numbers: Numbers) -> list[Check]:
    """Accuracies against exact ones, the thermal energy at the end, and heat against its bound."""
    runs = numbers["runs"]
    longest = max((run for run in runs if run["bits"] == 8 and not run["barrier_bits"]), key=lambda run: run["sweeps"])
    exact = numbers["least_squares_exact"]
    thermal, thermal_error = numbers["thermal_exact"]
    found = [
        Check("KKT residual of the exact weights", numbers["kkt_residual"], "<=", 1e-10, source="BVLS (scipy)"),
        Check(
            "test accuracy of exact least squares",
            numbers["least_squares"],
            "=",
            exact,
            float(np.sqrt(exact * (1 - exact) / numbers["test_samples"])),
            source="Phi(w.m / sqrt(w.S w)), binomial error",
        ),
        Check(
            "accuracy of the trained weights, 8 bits, longest run",
            longest["accuracy_exact"][0],
            "=",
            thermal,
            float(np.hypot(longest["accuracy_exact"][1], thermal_error)),
            source="that of the Boltzmann law at the final beta, sampled without an array",
        ),
        Check(
            "test accuracy lost to exact least squares, 8 bits, longest run",
            longest["accuracy_loss"][0],
            "=",
            exact - thermal,
            float(np.hypot(longest["accuracy_loss"][1], thermal_error)),
            source="what the Boltzmann law loses; paired error, on the same test samples",
        ),
        Check(
            "training loss above its minimum, 8 bits, longest run",
            longest["energy_kt"][0],
            "=",
            numbers["cells"] / 2,
            longest["energy_kt"][1],
            unit="kT",
            slack=_GATE * numbers["cells"] / 2,
            source="equipartition, kT / 2 for each weight; exact within 1e-7 as a step is no wider than the spread; gate",
        ),
        Check(
            "best accuracy of all runs",
            max(run["accuracy_best"] for run in runs),
            "<=",
            numbers["bayes"],
            source="Bayes: Phi(1.28)",
        ),
    ]
    for run in runs:
        name = f"heat, {run['bits']} bits, E0 = {run['barrier_bits']:g}, {run['sweeps']} sweeps"
        bound = run["entropy_drop_bits"] + run["finite_rate_bits"][0]
        error = float(np.linalg.norm([run["heat_bits"][1], run["finite_rate_bits"][1], run["entropy_drop_error"]]))
        source = "second law, with what speed costs"
        found.append(Check(name, run["heat_bits"][0], ">=", bound, error, unit="bits", source=source))
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """Accuracy against sweeps, and heat for each update."""
    import plotly.graph_objects as go

    style = layout(460)
    accuracy, heat = go.Figure(layout=style), go.Figure(layout=style)
    for bits, barrier, colour, symbol in ((8, 0, BLUE, "circle"), (4, 0, GREEN, "square"), (8, 1, RED, "diamond")):
        runs = [r for r in numbers["runs"] if r["bits"] == bits and bool(r["barrier_bits"]) == bool(barrier)]
        lines = {
            "x": [run["sweeps"] for run in runs],
            "name": f"{bits} bits" + (" behind a barrier" if barrier else ""),
            "mode": "markers+text" if barrier else "lines+markers",
            "text": [f"E0 = {run['barrier_bits']:g}" for run in runs],
            "textposition": "bottom left",
            "line": {"color": colour, "width": 2},
            "marker": {"color": colour, "size": 8, "symbol": symbol},
        }
        for figure, key in ((accuracy, "accuracy"), (heat, "heat_per_update_bits")):
            values, errors = zip(*(run[key] for run in runs), strict=True)
            figure.add_scatter(y=values, error_y={"array": errors}, **lines)
    span = [min(run["sweeps"] for run in numbers["runs"]), max(run["sweeps"] for run in numbers["runs"])]
    for key, name, dash in (("bayes", "Bayes", "dot"), ("least_squares", "least squares, exact", "dash")):
        line = {"color": GREY, "dash": dash, "width": 2}
        accuracy.add_scatter(x=span, y=[numbers[key]] * 2, name=name, mode="lines", line=line)
    for figure in (accuracy, heat):
        figure.update_xaxes(title="sweeps of the training", type="log", dtick=1)
    accuracy.update_yaxes(title="test accuracy", range=[0.5, 0.93])
    heat.update_yaxes(title="heat per update (bits)", type="log", exponentformat="power", showexponent="all", dtick=1)
    return [
        Figure(
            "Accuracy on the test set against the length of the training. Fine weights have further to go than coarse "
            "ones, and end higher. Dashed: least squares in double precision; dotted: the best there can be.",
            accuracy,
        ),
        Figure(
            "Heat for each accepted step of a weight. Slow training makes updates cheap: most of them are exchanges with "
            "the reservoir that cost nothing on average.",
            heat,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """The references, and all runs."""

    def shown(pair: list[float], digits: int) -> str:
        return f"{pair[0]:.{digits}f} +- {pair[1]:.{digits}f}"

    references = [
        ["Bayes", f"{numbers['bayes']:.4f}", ""],
        ["least squares, double precision", f"{numbers['least_squares_exact']:.4f}", f"{numbers['least_squares']:.4f}"],
    ]
    runs = [
        [
            str(run["bits"]),
            f"{run['barrier_bits']:g}",
            str(run["sweeps"]),
            shown(run["accuracy"], 4),
            shown(run["accuracy_loss"], 4),
            shown(run["heat_bits"], 1),
            f"{run['entropy_drop_bits'] + run['finite_rate_bits'][0]:.1f}",
            f"{run['updates'][0]:.0f}",
            f"{run['heat_per_update_bits'][0]:.3g} +- {run['heat_per_update_bits'][1]:.1g}",
        ]
        for run in numbers["runs"]
    ]
    head = ["bits", "E0, bits", "sweeps", "test accuracy", "lost to least squares", "heat, bits", "its bound, bits"]
    return [
        Table("References", ["classifier", "exact accuracy", f"of {numbers['test_samples']} test samples"], references),
        Table(f"{numbers['cells']} weights trained in memory", [*head, "updates", "heat per update, bits"], runs),
    ]


EXPERIMENT = Experiment(
    number=10,
    name="classifier",
    title="A classifier trained in memory",
    question=(
        "Can the array train a classifier in place, and what does an update cost? Two Gaussian classes whose best possible "
        "accuracy is known are told apart by a linear classifier, whose weights are the array's cells and whose squared "
        "error is its energy. Its accuracy on samples it has not seen is compared with least squares in double precision, "
        "and its heat, for each update, with the second law."
    ),
    reference="arXiv 2402.14878; Stark and Parker, Comput. Stat. 10, 129 (1995): bounded least squares; Landauer 1961",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
)
