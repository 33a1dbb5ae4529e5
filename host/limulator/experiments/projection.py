"""Experiment 11: the brain-scale projection and the growth of training energy (arXiv 2402.14878, figs. 5 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from ..energy.projection import PAPER_LIM_J, PAPER_WORKLOAD, Projection, project
from ..energy.units import ROOM_TEMPERATURE_K
from ..figure import BLUE, GREEN, GREY, RED, layout
from .experiment import MODELS, Check, Experiment, Figure, Numbers, Setting, Table

__all__ = ["EXPERIMENT", "WORKLOADS", "Workload"]

BITS = 16
"""Precision of a parameter; an operation may fail with probability 2**-BITS."""

_MWH_J = 3.6e9


@dataclass(frozen=True)
class Workload:
    """A model, how much it took to train, and who says so."""

    name: str
    parameters: float
    operations: float
    source: str
    reported_J: float | None = None
    """Electrical energy of its training, where it was published."""


WORKLOADS = (
    Workload("BERT-large", 3.55e8, 5.33e20, "Brown et al. 2020, table D.1"),
    Workload("T5-11B", 1.1e10, 3.3e22, "Brown et al. 2020, table D.1; energy: Patterson et al. 2021", 85.7 * _MWH_J),
    Workload("GPT-3", 1.75e11, 3.14e23, "Brown et al. 2020, table D.1; energy: Patterson et al. 2021", 1287 * _MWH_J),
    Workload("PaLM", 5.4e11, 2.5e24, "Chowdhery et al. 2022"),
    Workload("Llama 3.1", 4.05e11, 3.8e25, "Grattafiori et al. 2024"),
    Workload("brain scale", *PAPER_WORKLOAD, "arXiv 2402.14878"),
)
"""Published models by their number of operations, and the paper's brain-scale one."""

_ERRORS = (0.99, 0.97, 0.94, 0.9, 0.8, 0.7, *(10 ** (-k / 4) for k in range(1, 49)))


def measure(setting: Setting) -> Numbers:
    """Nothing runs: the projection is arithmetic, the same on every machine."""
    models = [
        {
            "name": w.name,
            "parameters": w.parameters,
            "operations": w.operations,
            "source": w.source,
            "reported_J": w.reported_J,
            **_energies(project(w.parameters, w.operations, BITS)),
        }
        for w in WORKLOADS
    ]
    brain = [project(*PAPER_WORKLOAD, BITS, error=error) for error in _ERRORS]
    return {
        "bits": BITS,
        "temperature_K": ROOM_TEMPERATURE_K,
        "models": models,
        "errors": list(_ERRORS),
        "brain_lim_J": [projection.lim_J for projection in brain],
        "brain_rows": [list(row) for row in project(*PAPER_WORKLOAD, BITS).rows()],
    }


def _energies(projection: Projection) -> dict[str, float]:
    return {
        "digital_J": projection.digital_J,
        "lim_J": projection.lim_J,
        "operations_J": projection.operations_J,
        "storage_J": projection.storage_J,
    }


def checks(numbers: Numbers) -> list[Check]:
    """The brain-scale numbers, against published ones and worked by hand."""
    brain = numbers["models"][-1]
    low, high = PAPER_LIM_J
    lim = brain["lim_J"]
    bit = "kT ln 2 of 2.87098e-21 J, by hand; slack: half the last digit"
    paper = "arXiv 2402.14878, versions 1 and 2"
    gpt3 = next(model for model in numbers["models"] if model["name"] == "GPT-3")
    return [
        Check("LIM, brain scale", lim, "=", 4.5936e8, unit="J", slack=0.5e4, source=f"1e28 x 16 x {bit}"),
        Check("LIM, brain scale, above the paper's least", lim, ">=", low, unit="J", source=paper),
        Check("LIM, brain scale, below the paper's most", lim, "<=", high, unit="J", source=paper),
        Check(
            "Landauer, 1e15 parameters",
            brain["storage_J"],
            "=",
            4.5936e-5,
            unit="J",
            slack=0.5e-9,
            source=f"Landauer 1961: 1e15 x 16 x {bit}",
        ),
        Check(
            "digital, GPT-3", gpt3["digital_J"], "=", 3.14e12, unit="J", slack=0.5e10, source="3.14e23 operations of 10 pJ"
        ),
        Check(
            "log10 of digital GPT-3 over what it is said to have taken",
            _log10(gpt3["digital_J"] / gpt3["reported_J"]),
            "=",
            0.0,
            slack=0.5,
            source="Patterson et al. 2021: 1287 MWh; the price of an operation is a power of ten",
        ),
    ]


def _log10(value: float) -> float:
    return log(value) / log(10)


def figures(numbers: Numbers) -> list[Figure]:
    """Energy against the operations of training; energy of the brain-scale model against the error."""
    import plotly.graph_objects as go

    style = layout(480)
    powers = {"exponentformat": "power", "showexponent": "all"}
    models = numbers["models"]
    operations = [model["operations"] for model in models]
    names = [model["name"] for model in models]
    growth = go.Figure(layout=style)
    for key, name, colour in (
        ("digital_J", "digital", RED),
        ("lim_J", "LIM", BLUE),
        ("storage_J", "Landauer (storage)", GREY),
    ):
        growth.add_scatter(
            x=operations,
            y=[model[key] for model in models],
            name=name,
            mode="lines+markers+text" if key == "digital_J" else "lines+markers",
            text=names,
            textfont={"size": 11},
            textposition=["bottom right", *["top left"] * (len(models) - 1)],
            line={"color": colour, "width": 2},
            marker={"size": 8},
        )
    reported = [model for model in models if model["reported_J"]]
    growth.add_scatter(
        x=[model["operations"] for model in reported],
        y=[model["reported_J"] for model in reported],
        name="reported",
        mode="markers",
        marker={"color": GREEN, "size": 12, "symbol": "diamond-open", "line": {"width": 2}},
    )
    middle = PAPER_WORKLOAD[1]
    growth.add_scatter(
        x=[middle, middle],
        y=list(PAPER_LIM_J),
        name="LIM, published",
        mode="lines",
        line={"color": "black", "width": 6},
        opacity=0.5,
    )
    growth.update_xaxes(title="operations of training", type="log", dtick=2, **powers)
    growth.update_yaxes(title="energy (J)", type="log", dtick=4, **powers)

    speed = go.Figure(layout=style)
    speed.add_scatter(
        x=numbers["errors"],
        y=numbers["brain_lim_J"],
        name="learning in memory",
        mode="lines",
        line={"color": BLUE, "width": 2},
    )
    speed.add_scatter(
        x=[2.0 ** -numbers["bits"]],
        y=[models[-1]["lim_J"]],
        name="2<sup>-16</sup>",
        mode="markers",
        marker={"color": RED, "size": 10},
    )
    speed.add_hrect(y0=PAPER_LIM_J[0], y1=PAPER_LIM_J[1], fillcolor=GREY, opacity=0.2, line_width=0)
    speed.update_xaxes(title="error of an operation", type="log", dtick=2, **powers)
    speed.update_yaxes(title="energy (J)", type="log", dtick=1, **powers)
    return [
        Figure(
            "Energy of training at 16 bits and 300 K against the number of operations. Digital hardware at 10 pJ an "
            "operation and learning in memory (LIM) both grow with the operations; storing the parameters, Landauer's "
            "limit, is nothing beside them. Black: the published range for learning in memory at brain scale.",
            growth,
        ),
        Figure(
            "The brain-scale model against the error of an operation (our derivation). The published range, shaded grey, "
            "belongs to errors from 0.09 down to 3e-11. Towards an error of 1 updates become slow and reversible, and the "
            "energy of the operations falls to nothing.",
            speed,
        ),
    ]


def tables(numbers: Numbers) -> list[Table]:
    """The models, and what the brain-scale one is made of."""
    rows = [
        [
            model["name"],
            f"{model['parameters']:.3g}",
            f"{model['operations']:.3g}",
            "" if model["reported_J"] is None else f"{model['reported_J']:.1e}",
            f"{model['digital_J']:.1e}",
            f"{model['lim_J']:.1e}",
            f"{model['storage_J']:.1e}",
            model["source"],
        ]
        for model in numbers["models"]
    ]
    head = ["model", "parameters", "operations", "reported, J", "digital, J", "LIM, J", "Landauer (storage), J", "source"]
    title = f"Training energy at {numbers['bits']} bits and {numbers['temperature_K']:g} K"
    return [
        Table(title, head, rows),
        Table("The brain-scale projection", ["", "joules", "where it comes from"], numbers["brain_rows"]),
    ]


EXPERIMENT = Experiment(
    number=11,
    name="projection",
    title="Brain-scale projection",
    question=(
        "How much energy would it take to train a model with as many parameters as a brain has synapses, and how does that "
        "grow with the model? Every parameter is written once, and every update operation pays the affinity that drives it "
        "to its rate; the sum is set beside digital hardware at 10 pJ an operation, and beside the published estimate."
    ),
    reference=(
        "Chen et al., arXiv 2402.14878 (figs. 5 and 6); Landauer 1961; Brown et al., arXiv 2005.14165; Patterson et al., "
        "arXiv 2104.10350; Chowdhery et al., arXiv 2204.02311; Grattafiori et al., arXiv 2407.21783"
    ),
    measure=measure,
    checks=checks,
    figures=figures,
    tables=tables,
    backends=(*MODELS, "icarus", "verilator"),
)
