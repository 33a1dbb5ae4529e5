"""Experiment 5: the work of erasing a bit, against the time taken (Landauer 1961; Berut et al., Nature 483, 187, 2012)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..energy.bounds import finite_rate_bits
from ..energy.ledger import Ledger
from ..figure import BLUE, GREEN, GREY, RED, layout
from ..problem import Problem
from ..result import Result
from ..stages import Stage, Stages
from .experiment import MODELS, Check, Experiment, Figure, Numbers, Setting, Table
from .master import solve_master
from .rate import free_cells

__all__ = ["EXACT_WORK", "EXPERIMENT", "ramp"]

BARRIER = 1.0
BETA_END = 10.0

EXACT_WORK = {
    4: 2.5843,
    8: 1.7658,
    16: 1.3524,
    32: 1.1654,
    64: 1.0793,
    128: 1.0382,
    256: 1.0182,
    1024: 1.0035,
    4096: 0.9998,
}
"""Exact mean work, bits, in so many sweeps at acceptance probabilities of exactly 2^-t, worked out apart from this code."""

LEAST_WORK = float(1 - np.log2(1 + 2**-BETA_END))
"""F_f - F_i, bits: nothing less will do, however slow. 1 bit less what the last occupation of 2^-10 is worth."""

_DIGIT = 0.5001e-4

ON_GATEWARE = (4, 16)
"""Sweeps that are run on simulated gateware, one replica after the other, within a minute; the others take many."""

_STAGES = 256
_LANES = 8
"""With more, the simulated gateware is slower."""


def ramp(sweeps: int) -> Stages:
    """beta from 0 to 10 in equal steps of one sweep: beta_k = 10 k / K. Up to 256 sweeps have a record each."""
    stages = min(sweeps, _STAGES)
    each = sweeps // stages
    ends = BETA_END / sweeps * each * np.arange(1, stages + 1)
    first = ends - BETA_END / sweeps * (each - 1)
    return Stages(Stage(each, float(a), BARRIER, float(b), BARRIER) for a, b in zip(first, ends, strict=True))


def measure(setting: Setting) -> Numbers:
    """A run for each number of sweeps, or on gateware for two of them, beside the master equation of a cell."""
    runs = []
    for k, sweeps in enumerate(EXACT_WORK):
        # the faster, the more the works differ
        replicas = setting.pick(6400, 25_600) if sweeps <= 8 else setting.pick(1600, 6400)
        if (sweeps == 4096 and not setting.full) or (setting.backend not in MODELS and sweeps not in ON_GATEWARE):
            replicas = 0
        runs.append(_run(setting, sweeps, replicas, seed=100_000 * k))
    return {"barrier_bits": BARRIER, "beta_end_bits": BETA_END, "least_work_bits": LEAST_WORK, "runs": runs}


def _run(setting: Setting, sweeps: int, replicas: int, seed: int = 0) -> dict[str, Any]:
    """Numbers for one speed, per cell; without replicas only the exact ones."""
    problem, schedule = free_cells(), ramp(sweeps)
    shape = problem.array_shape(_LANES, beta_frac=schedule.beta_format(16))
    one = Problem([[0]], [1])
    segments = schedule.compile(shape)
    machine, ideal = (solve_master(shape, one, segments, ideal=ideal) for ideal in (False, True))
    continuous, discrete = (float(np.sum(finite_rate_bits(machine.down, machine.up, e0))) for e0 in (np.inf, BARRIER))
    found = {
        "sweeps": sweeps,
        "cells": replicas * problem.cells,
        "exact_work_bits": machine.work_bits,
        "ideal_work_bits": ideal.work_bits,
        "exact_heat_bits": machine.heat_bits,
        "exact_drop_bits": 1 - machine.entropy_bits,
        "exact_finite_rate_bits": discrete,
        "exact_continuous_bits": continuous,
    }
    if replicas:
        result = setting.solve(problem, schedule, replicas=replicas, seed=seed, lanes=_LANES)
        found |= _measured(result)
    return found


def _measured(result: Result) -> dict[str, Any]:
    """Of the ledger, per cell. Cells that are alike and independent have the entropy that it bounds theirs with."""
    ledger = Ledger.of(result)
    names = ("work_bits", "heat_bits", "bound_bits", "entropy_drop_bits", "finite_rate_bits")
    per_cell = {name: (np.array(getattr(ledger, name)) / result.shape.cells).tolist() for name in names}
    return {**per_cell, "heat_over_bound": list(ledger.heat_over_bound)}


def checks(numbers: Numbers) -> list[Check]:
    """The work at every speed, the second law, and what the formula for continuous time is worth here."""
    found = []
    for run in numbers["runs"]:
        name, listed = f"in {run['sweeps']} sweeps", EXACT_WORK[run["sweeps"]]
        source = "master equation, worked out apart from this code; slack: half its last digit"
        ideal, unit = run["ideal_work_bits"], "bits per cell"
        found.append(Check(f"exact work {name}", ideal, "=", listed, unit=unit, source=source, slack=_DIGIT))
        if not run["cells"]:
            continue
        work, error = run["work_bits"]
        ratio, ratio_error = run["heat_over_bound"]
        gate = abs(run["exact_work_bits"] - ideal)
        source += ", and what the gate's rounding makes of it, exactly"
        second_law = "second law: drop in entropy and finite rate, from the counters (our derivation)"
        found += [
            Check(f"work {name}", work, "=", listed, error, unit, source, _DIGIT + gate, sigmas=4),
            Check(f"standard error of the work {name}", error, "<=", 0.005, unit=unit, source="enough cells"),
            Check(f"heat {name}, of its bound", ratio, ">=", 1.0, ratio_error, source=second_law),
        ]
    fast = numbers["runs"][0]
    found.append(
        Check(
            f"the bound for continuous time, in {fast['sweeps']} sweeps, is above the heat",
            fast["exact_drop_bits"] + fast["exact_continuous_bits"],
            ">=",
            fast["exact_heat_bits"],
            unit="bits per cell",
            source="(D - U) log2(D / U) is no bound where time is discrete; exact, by the master equation",
        )
    )
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """Work, heat and bounds against the sweeps; the excess work on logarithmic axes."""
    import plotly.graph_objects as go

    style = layout(520, top=130)
    runs = numbers["runs"]
    least = numbers["least_work_bits"]
    sweeps = [run["sweeps"] for run in runs]
    ran = [run for run in runs if run["cells"]]
    powers = [4**k for k in range(1, 7)]
    ticks = {"title": "sweeps K", "type": "log", "tickvals": powers, "ticktext": [str(k) for k in powers]}
    ticks["range"] = np.log10([3.5, 4700]).tolist()

    def points(key: str, less: float, colour: str, name: str) -> go.Scatter:
        return go.Scatter(
            x=[run["sweeps"] for run in ran],
            y=[run[key][0] - less for run in ran],
            error_y={"array": [run[key][1] for run in ran]},
            mode="markers",
            marker={"color": colour, "size": 9},
            name=name,
        )

    def line(y: list[float], colour: str, name: str | None, dash: str = "solid") -> go.Scatter:
        style = {"color": colour, "width": 2, "dash": dash}
        return go.Scatter(x=sweeps, y=y, mode="lines", line=style, name=name, showlegend=name is not None)

    def bound(rate: str) -> list[float]:
        return [run["exact_drop_bits"] + run[rate] for run in runs]

    energy = go.Figure(layout=style)
    energy.add_traces(
        [
            line([run["exact_work_bits"] for run in runs], BLUE, None),
            line([run["exact_heat_bits"] for run in runs], RED, None),
            points("work_bits", 0.0, BLUE, "work"),
            points("heat_bits", 0.0, RED, "heat"),
            line(bound("exact_finite_rate_bits"), GREEN, None),
            points("bound_bits", 0.0, GREEN, "bound on the heat"),
            line(bound("exact_continuous_bits"), GREEN, "continuous time", "dot"),
            line([1.0] * len(runs), GREY, "Landauer", "dash"),
        ]
    )
    energy.update_xaxes(**ticks)
    energy.update_yaxes(title="energy per cell (bits)", rangemode="tozero")
    excess = go.Figure(layout=style)
    last = runs[-1]
    scale = (last["exact_work_bits"] - least) * last["sweeps"]
    excess.add_traces(
        [
            line([run["exact_work_bits"] - least for run in runs], BLUE, "master equation"),
            points("work_bits", least, BLUE, "measured"),
            line([scale / k for k in sweeps], GREY, "1 / K", "dash"),
        ]
    )
    excess.update_xaxes(**ticks)
    excess.update_yaxes(title="work - dF per cell (bits)", type="log", dtick=1, exponentformat="power")
    return [
        Figure(
            "Work and heat of erasing a bit against the sweeps taken: measured, with standard errors, and exact (lines). "
            "The bound on the heat is the drop in entropy and what the speed costs; with the formula for continuous time, "
            "dotted, it would lie above the heat.",
            energy,
        ),
        Figure("What speed costs: the work beyond the difference in free energy falls as one over the time taken.", excess),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Every speed."""
    head = ["sweeps", "cells", "work", "exact", "heat", "bound on heat", "exact heat", "continuous time"]
    rows = []
    for run in numbers["runs"]:
        ran = bool(run["cells"])
        rows.append(
            [
                str(run["sweeps"]),
                f"{run['cells']:,}",
                "{:.4f} +- {:.4f}".format(*run["work_bits"]) if ran else "",
                f"{run['exact_work_bits']:.4f}",
                "{:.4f} +- {:.4f}".format(*run["heat_bits"]) if ran else "",
                "{:.4f} +- {:.4f}".format(*run["bound_bits"]) if ran else "",
                f"{run['exact_heat_bits']:.4f}",
                f"{run['exact_drop_bits'] + run['exact_continuous_bits']:.4f}",
            ]
        )
    return [Table("Erasing a bit, bits of kT ln 2 per cell", head, rows)]


EXPERIMENT = Experiment(
    number=5,
    name="erasure",
    title="Erasing a bit in finite time",
    question=(
        "Erasing a bit takes at least kT ln 2 of work, and more if it is done fast. Independent cells begin at 0 or 1 "
        "with even odds; in K sweeps the energy of a 1 is raised from 0 to 10 bits behind a barrier of 1 bit, until all"
        " are 0. The mean work is compared with the exact solution of the master equation, the heat with its bounds. "
        "Where time is discrete the familiar (D - U) log2(D / U), of D steps down and U steps up, is no bound: an "
        "attempt carries a finite flux, which the populations feel only afterwards."
    ),
    reference="Landauer, IBM J. Res. Dev. 5, 183 (1961); Berut et al., Nature 483, 187 (2012)",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    backends=(*MODELS, "verilator"),
)
