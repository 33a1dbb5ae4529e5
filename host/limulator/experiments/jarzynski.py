"""Experiment 6: the Jarzynski equality, free energies from irreversible runs (Phys. Rev. Lett. 78, 2690, 1997)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..energy.estimate import mean_of
from ..energy.free_energy import annealed_log2_partition, log2_partition
from ..figure import BLUE, GREY, RED, layout
from ..problem import Problem
from ..stages import Stage, Stages
from .experiment import MODELS, Check, Experiment, Figure, Numbers, Setting, Table
from .master import solve_master

__all__ = ["EXPERIMENT", "random_problem"]

CELLS = 8
PROBLEM_SEED = 0
LARGEST = 3
"""Largest coupling and linear term."""

BETA_END = 1.0
"""Bits per unit of E."""

RAMPS = {"fast": 4, "slow": 64}
"""Sweeps in which beta rises to its end in equal steps."""

BIN_BITS = 0.25
"""Width of the histogram's bins: the step of the fast ramp, in which its works come."""


def random_problem() -> Problem:
    """Eight cells, every pair coupled at random, -3..3, and so are the linear terms."""
    rng = np.random.default_rng(PROBLEM_SEED)
    couplings = np.triu(rng.integers(-LARGEST, LARGEST + 1, (CELLS, CELLS)), 1)
    linear = rng.integers(-LARGEST, LARGEST + 1, CELLS)
    return Problem(couplings + couplings.T, linear, name=f"random {CELLS}-cell problem")


def measure(setting: Setting) -> Numbers:
    """Both ramps, beside the partition function by enumeration and the machine's own master equation."""
    replicas = setting.pick(10_000, 200_000)
    ramps = [
        {"name": name, **_run(setting, sweeps, replicas, seed=300_000 * k)}
        for k, (name, sweeps) in enumerate(RAMPS.items())
    ]
    return {"cells": CELLS, "replicas": replicas, "beta_end_bits": BETA_END, "bin_bits": BIN_BITS, "ramps": ramps}


def _run(setting: Setting, sweeps: int, replicas: int, seed: int) -> dict[str, Any]:
    problem = random_problem()
    schedule = Stages([Stage(sweeps, BETA_END / sweeps, beta_end=BETA_END)])
    result = setting.solve(problem, schedule, replicas=replicas, seed=seed)
    work = result.work_bits
    log2_z = float(log2_partition(problem, result.last_beta[:1]).log2_z[0])
    difference = CELLS - log2_z
    machine = solve_master(result.shape, problem, result.segments)
    estimate = annealed_log2_partition(work, CELLS)
    bins, counts = np.unique(np.rint(work / BIN_BITS).astype(int), return_counts=True)
    sizes = [n for n in np.unique(np.geomspace(10, len(work), 13).astype(int)).tolist() if n <= len(work)]
    partial = [annealed_log2_partition(work[:n], CELLS) for n in sizes]
    return {
        "sweeps": sweeps,
        "difference_bits": difference,
        "estimate_bits": CELLS - estimate.value,
        "estimate_error_bits": estimate.standard_error,
        "effective_replicas": estimate.effective_samples,
        "work_bits": list(mean_of(work)),
        "work_spread_bits": float(work.std(ddof=1)),
        "exact_work_bits": machine.work_bits,
        "gate_bits": machine.log2_mean + difference,
        "histogram_work_bits": (bins * BIN_BITS).tolist(),
        "histogram_share": (counts / len(work)).tolist(),
        "partial_replicas": sizes,
        "partial_bits": [CELLS - p.value for p in partial],
        "partial_error_bits": [p.standard_error for p in partial],
        "partial_mean_bits": [float(work[:n].mean()) for n in sizes],
    }


def checks(numbers: Numbers) -> list[Check]:
    """The equality and the second law, for both ramps."""
    found = []
    for ramp in numbers["ramps"]:
        name = f"{ramp['name']} ramp"
        work, error = ramp["work_bits"]
        found += [
            Check(
                f"log2 <2^-(W - dF)>, {name}",
                ramp["difference_bits"] - ramp["estimate_bits"],
                "=",
                0.0,
                ramp["estimate_error_bits"],
                "bits",
                "Jarzynski 1997, dF by enumeration; slack: the gate's rounding, exactly, by the master equation",
                abs(ramp["gate_bits"]),
                sigmas=4,
            ),
            Check(
                f"mean work, {name}", work, "=", ramp["exact_work_bits"], error, "bits", "master equation of the machine"
            ),
            Check(
                f"mean work is no less than dF, {name}", work, ">=", ramp["difference_bits"], error, "bits", "second law"
            ),
        ]
    return found


def figures(numbers: Numbers) -> list[Figure]:
    """The works of both ramps; their exponential mean against the number of replicas."""
    import plotly.graph_objects as go

    style = layout(500, top=125)
    colours = {"fast": RED, "slow": BLUE}
    difference = numbers["ramps"][0]["difference_bits"]
    works, growth = go.Figure(layout=style), go.Figure(layout=style)
    for ramp in numbers["ramps"]:
        colour, name = colours[ramp["name"]], f"{ramp['name']}, {ramp['sweeps']} sweeps"
        works.add_bar(
            x=ramp["histogram_work_bits"],
            y=ramp["histogram_share"],
            width=numbers["bin_bits"],
            marker={"color": colour, "line": {"width": 0}},
            opacity=0.55,
            name=name,
        )
        mean = {"x": [ramp["work_bits"][0]], "y": [0], "marker": {"color": colour, "size": 12, "symbol": "triangle-up"}}
        works.add_scatter(**mean, mode="markers", name=f"mean, {ramp['name']}", cliponaxis=False)
        replicas = ramp["partial_replicas"]
        growth.add_scatter(
            x=replicas,
            y=ramp["partial_bits"],
            error_y={"array": ramp["partial_error_bits"]},
            mode="lines+markers",
            line={"color": colour, "width": 2},
            name=f"-log2 <2<sup>-W</sup>>, {ramp['name']}",
        )
        growth.add_scatter(
            x=replicas,
            y=ramp["partial_mean_bits"],
            mode="lines",
            line={"color": colour, "width": 1.5, "dash": "dot"},
            name=f"<W>, {ramp['name']}",
        )
    works.update_layout(barmode="overlay")
    works.add_vline(x=difference, line={"color": GREY, "width": 2, "dash": "dash"}, annotation_text="dF")
    works.update_xaxes(title="work W (bits)")
    works.update_yaxes(title=f"share of the runs in {numbers['bin_bits']:g} bits")
    growth.add_hline(y=difference, line={"color": GREY, "width": 2, "dash": "dash"}, annotation_text="dF")
    growth.update_xaxes(title="runs", type="log", dtick=1, exponentformat="power")
    growth.update_yaxes(title="energy (bits)")
    return [
        Figure(
            "Work of single runs: the fast ramp's spread widely and are, on the mean, well above the difference in free "
            "energy dF, but its rare cheap runs make up for it.",
            works,
        ),
        Figure(
            "The exponential mean of either ramp's works comes to dF as the runs grow many; the plain mean does not.",
            growth,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """Both ramps."""
    rows = [
        [
            ramp["name"],
            str(ramp["sweeps"]),
            "{:.4f} +- {:.4f}".format(*ramp["work_bits"]),
            f"{ramp['exact_work_bits']:.4f}",
            f"{ramp['work_spread_bits']:.3f}",
            f"{ramp['estimate_bits']:.4f} +- {ramp['estimate_error_bits']:.4f}",
            f"{ramp['difference_bits']:.4f}",
            f"{ramp['effective_replicas']:,.0f}",
        ]
        for ramp in numbers["ramps"]
    ]
    head = ["ramp", "sweeps", "mean work", "exact", "spread", "-log2 <2^-W>", "dF, exact", "effective runs"]
    return [Table(f"{numbers['replicas']:,} runs each of {numbers['cells']} cells, bits of kT ln 2", head, rows)]


EXPERIMENT = Experiment(
    number=6,
    name="jarzynski",
    title="The Jarzynski equality",
    question=(
        "Does the machine's account of work hold run by run? For any speed the exponential mean of the work is that of "
        "the difference in free energy, <2^-(W - dF)> = 1. A random problem of eight cells, of which all states can be "
        "enumerated, is ramped from beta = 0 to 1 bit per unit of energy, in 4 and in 64 sweeps; work is the first "
        "law's, from the heat counter and the final energy."
    ),
    reference="Jarzynski, Phys. Rev. Lett. 78, 2690 (1997); Jarzynski, Phys. Rev. E 56, 5018 (1997); Crooks 1999",
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    backends=(*MODELS, "verilator"),
)
