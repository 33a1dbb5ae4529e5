"""Experiment 13: a second task does not erase the first where the barrier of a cell rises with what it knows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from ..energy.estimate import mean_of
from ..errors import ExperimentError
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..learn.consolidation import raised_bits
from ..qp.rounding import rounded
from ..schedule import Schedule
from .experiment import Check, Experiment, Figure, Numbers, Setting, Table
from .second_task import BITS, Course, learn_second
from .two_tasks import FEATURES, FIRST, SECOND, GaussianTask, least_squares

__all__ = ["EXPERIMENT"]

Array = NDArray[np.float64]

SAMPLES = 512
OVERWRITTEN = "A, shared weights for B"

ARMS: dict[str, tuple[float, float]] = {
    "fixed, E0 = 0": (0.0, np.inf),
    "fixed, E0 = 3": (3.0, np.inf),
    "rising by 6 bits": (0.0, 8.0),
    "rising by 9 bits": (0.0, 1.0),
}
"""The barrier that all cells share, bits, and the plasticity: so many samples of unit variance raise a barrier by a bit."""

FIXED, RISING = "fixed, E0 = 0", "rising by 9 bits"

KEPT = 0.2
"""Share of what the fixed barrier loses that the rising one may."""

FALSE_ALARM = 1e-6
"""Of a check: few pairs of tasks tell their own spread badly, so that their mean follows Student's law."""


def measure(setting: Setting) -> Numbers:
    """For several pairs of tasks: learn A from random states, then from there B behind each kind of barrier."""
    checkpoints = setting.pick((16, 32, 64, 128, 256, 512, 1024), (16, 32, 64, 128, 256, 512, 1024, 2048, 4096))
    pairs = setting.pick(12, 64)
    tasks = [[GaussianTask.draw(on, SAMPLES, 2 * k + i) for i, on in enumerate((FIRST, SECOND))] for k in range(pairs)]
    courses: dict[str, list[Course]] = {name: [] for name in ARMS}
    exact: dict[str, list[list[float]]] = {}
    trained = []
    raised: dict[str, list[int]] = {}
    for k, pair in enumerate(tasks):
        qp_a, qp_b, qp_both = least_squares(pair[0]), least_squares(pair[1]), least_squares(*pair)
        overwritten = np.where(np.isin(np.arange(FEATURES), SECOND), qp_b.minimum, qp_a.minimum)
        references = {"A": qp_a.minimum, "B": qp_b.minimum, "both": qp_both.minimum, OVERWRITTEN: overwritten}
        for name, weights in references.items():
            exact.setdefault(name, []).append([float(task.accuracy(weights)) for task in pair])
        problem = rounded(qp_a, qp_a.minimum, BITS)
        state = setting.solve(problem, Schedule.automatic(problem, 256), replicas=8, seed=100 * k).best_state
        weights = qp_a.values(state, BITS)
        trained.append([float(task.accuracy(weights)) for task in pair])
        for arm, (name, (barrier, plasticity)) in enumerate(ARMS.items()):
            bits = raised_bits((pair[0].samples ** 2).sum(axis=0), plasticity)
            raised[name] = sorted({*raised.get(name, []), *bits.tolist()})
            seed = (setting.seed * 100 + arm) * 10_000 + 100 * k
            courses[name].append(learn_second(setting, pair, qp_b, state, bits, barrier, checkpoints, seed))
    arms = {name: _mean(found, checkpoints) | {"raised_bits": raised[name]} for name, found in courses.items()}
    return {
        "cells": FEATURES,
        "pairs": pairs,
        "samples": SAMPLES,
        "exact": {name: np.mean(values, axis=0).tolist() for name, values in exact.items()},
        "trained_excess": list(mean_of(np.array(trained)[:, 0] - np.array(exact["A"])[:, 0])),
        "arms": arms,
        "match": _match(courses, np.array(trained)[:, 0], checkpoints),
    }


def _mean(courses: list[Course], checkpoints: tuple[int, ...]) -> dict[str, Any]:
    """Over the pairs of tasks."""
    accuracy, heat = (np.stack([getattr(course, name) for course in courses]) for name in ("accuracy", "heat_bits"))
    resting = np.array([course.resting for course in courses])
    return {
        "points": [
            {"sweeps": sweeps, "A": list(mean_of(a)), "B": list(mean_of(b)), "heat_bits": list(mean_of(bits))}
            for sweeps, a, b, bits in zip(checkpoints, *accuracy.T, heat.T, strict=True)
        ],
        "updates": list(mean_of(np.array([course.updates for course in courses], np.float64))),
        "resting": float(resting.mean()),
        "resting_excess": list(mean_of(accuracy[:, -1, 1] - resting)),
        "closure": max(course.closure for course in courses),
    }


def _match(courses: dict[str, list[Course]], trained: Array, checkpoints: tuple[int, ...]) -> dict[str, Any]:
    """What each rising barrier loses until its last checkpoint, and the fixed one until it knows B as well.

    The loss on A is interpolated between the checkpoints where the mean accuracy on B comes to what is wanted.
    """
    accuracy = {name: np.stack([course.accuracy for course in found]) for name, found in courses.items()}
    fixed = accuracy[FIXED]
    matches = {}
    for name in (name for name in ARMS if name.startswith("rising")):
        end = accuracy[name][:, -1]
        known, wanted = fixed[:, :, 1].mean(axis=0), end[:, 1].mean()
        if not known[0] < wanted <= known[-1]:
            raise ExperimentError(
                f"the fixed barrier's accuracy on B, {known[0]:.3f} to {known[-1]:.3f}, misses {wanted:.3f}"
            )
        k = int(np.argmax(known >= wanted))
        share = (wanted - known[k - 1]) / (known[k] - known[k - 1])
        lost = trained - end[:, 0]
        lost_fixed = trained - (1 - share) * fixed[:, k - 1, 0] - share * fixed[:, k, 0]
        matches[name] = {
            "B": list(mean_of(end[:, 1])),
            "lost": list(mean_of(lost)),
            "between": checkpoints[k - 1 : k + 1],
            "lost_fixed": list(mean_of(lost_fixed)),
            "excess": list(mean_of(lost - KEPT * lost_fixed)),
        }
    return matches


def checks(numbers: Numbers) -> list[Check]:
    """The arms against exact references, their energy balance, and what they forget."""
    arms, exact = numbers["arms"], numbers["exact"]
    sigmas = round(float(student.isf(FALSE_ALARM / 2, numbers["pairs"] - 1)), 1)
    known, (excess, error) = exact["A"][0], numbers["trained_excess"]
    what, source = "accuracy on A after training", "least squares, exact"
    found = [Check(what, known + excess, "=", known, error, source=source, sigmas=sigmas)]
    for name, arm in arms.items():
        what = f"heat over beta times the fall of the energy, less 1, {name}"
        found.append(Check(what, arm["closure"], "<=", 2.0**-15, source="first law; beta has 16 bits"))
    for name in (FIXED, RISING):
        what, (excess, error) = f"accuracy on B at the end, {name}", arms[name]["resting_excess"]
        reference, source = arms[name]["resting"], "Boltzmann law of the free weights"
        found.append(Check(what, reference + excess, "=", reference, error, source=source, sigmas=sigmas))
    (fixed, fixed_error), (rising, rising_error) = (arms[name]["points"][-1]["A"] for name in (FIXED, RISING))
    what = "accuracy on A at the end"
    overwritten, both = exact[OVERWRITTEN][0], exact["both"][0]
    match = numbers["match"][RISING]
    return [
        *found,
        Check(f"{what}, {FIXED}", fixed, "<=", overwritten, fixed_error, source=f"exact for {OVERWRITTEN}", sigmas=sigmas),
        Check(f"{what}, {RISING}", rising, ">=", both, rising_error, source="exact for both at once", sigmas=sigmas),
        Check(
            f"lost on A at the same accuracy on B, {RISING}",
            match["lost"][0],
            "<=",
            KEPT * match["lost_fixed"][0],
            match["excess"][1],
            source=f"{KEPT:g} of what is lost behind a fixed barrier",
            sigmas=sigmas,
        ),
    ]


def figures(numbers: Numbers) -> list[Figure]:
    """Accuracies against the sweep, and against each other."""
    import plotly.graph_objects as go

    style = layout(500)
    by_sweep, plane = go.Figure(layout=style), go.Figure(layout=style)
    for (name, arm), colour in zip(numbers["arms"].items(), (RED, "#d9a441", GREEN, BLUE), strict=True):
        sweeps = [point["sweeps"] for point in arm["points"]]
        a, b = (np.array([point[task] for point in arm["points"]]).T.tolist() for task in "AB")
        line = {"color": colour, "width": 2}
        if name in (FIXED, RISING):
            for task, (mean, error), dash in (("A", a, "solid"), ("B", b, "dot")):
                dashed, bars = line | {"dash": dash}, {"array": error}
                by_sweep.add_scatter(x=sweeps, y=mean, error_y=bars, name=f"{task}, {name}", line=dashed)
        plane.add_scatter(x=b[0], y=a[0], name=name, mode="lines+markers", line=line, marker={"size": 5})
    for (name, (a_exact, b_exact)), symbol in zip(numbers["exact"].items(), ("square", "diamond", "star"), strict=False):
        marker = {"color": GREY, "size": 12, "symbol": symbol}
        plane.add_scatter(x=[b_exact], y=[a_exact], name=f"exact for {name}", mode="markers", marker=marker)
    by_sweep.update_xaxes(title="sweeps on B", type="log", dtick=1)
    by_sweep.update_yaxes(title="accuracy")
    plane.update_xaxes(title="accuracy on B")
    plane.update_yaxes(title="accuracy on A")
    return [
        Figure(
            "Accuracy on both tasks while the second is learned. Behind a fixed barrier what was learned of A is written "
            "over where B needs the same weights, and leaks away where it does not. Behind rising ones it stays. Error "
            "bars: over pairs of tasks.",
            by_sweep,
        ),
        Figure(
            "The same against each other: time goes from left to right. A higher barrier that is the same for all cells "
            "is slower, but follows the same path. Where barriers rise with what a cell knows, B uses what is left, and "
            "little of A is lost.",
            plane,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """All arms at their ends, beside exact weights."""

    def shown(pair: list[float], digits: int = 4) -> str:
        return f"{pair[0]:.{digits}f} +- {pair[1]:.{digits}f}"

    exact = [[name, *(f"{accuracy:.4f}" for accuracy in pair)] for name, pair in numbers["exact"].items()]
    ends = []
    for name, arm in numbers["arms"].items():
        last, raised = arm["points"][-1], ", ".join(map(str, arm["raised_bits"]))
        heat, updates = shown(last["heat_bits"], 0), f"{arm['updates'][0]:.0f}"
        ends.append([name, raised, str(last["sweeps"]), shown(last["A"]), shown(last["B"]), heat, updates])
    matches = [
        [name, *map(shown, (m["B"], m["lost"], m["lost_fixed"])), "{} to {}".format(*m["between"])]
        for name, m in numbers["match"].items()
    ]
    head = ["barrier", "raised by, bits", "sweeps", "accuracy on A", "accuracy on B", "heat, bits", "updates"]
    same = ["barrier", "accuracy on B", "lost on A", "lost behind a fixed barrier", "after sweeps"]
    return [
        Table(f"Exact weights, means of {numbers['pairs']} pairs of tasks", ["for", "on A", "on B"], exact),
        Table("After learning B", head, ends),
        Table("What is lost, beside the fixed barrier where that knows B as well", same, matches),
    ]


EXPERIMENT = Experiment(
    number=13,
    name="consolidation",
    title="A second task that does not erase the first",
    question=(
        "Does a memory that learns a second task forget the first? Two classification tasks have features of their own, "
        "and share some; one linear classifier learns the first, then the second. The barrier is the same for all its "
        "cells, or it has risen where the first task told something about a weight: by log2(1 + sum x**2 / m) bits after "
        "samples x of its feature. The accuracies are exact ones of the weights as they are at each checkpoint."
    ),
    reference=(
        "Kirkpatrick et al., PNAS 114, 3521 (2017); Fusi, Drew and Abbott, Neuron 45, 599 (2005); Benna and Fusi, Nat. "
        "Neurosci. 19, 1697 (2016); Aitchison et al., Nat. Neurosci. 24, 565 (2021); arXiv 2402.14878"
    ),
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
)
