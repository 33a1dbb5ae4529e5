"""The pictures of a run's energy: all machines on one axis, and the price of speed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..energy.estimate import Estimate
from ..energy.ledger import Ledger
from ..energy.units import bit_J
from ..energy.walls import Rung
from ..figure import BLUE, GREY, RED, layout
from ..result import Result

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["bound_figure", "distinct", "ladder_figure"]


_GROUPS = 40
"""Points of the figure of the bound: more would be more noise."""


def distinct(bits: Estimate) -> bool:
    """Whether a measured energy stands out from zero: by three standard errors, and beyond rounding."""
    return bits.value > max(1e-6, 3 * float(np.nan_to_num(bits.standard_error)))


def ladder_figure(rungs: Sequence[Rung], temperature_K: float) -> go.Figure:
    """The energy of one run on each machine, joules on a log axis; what is not distinct from zero is left out."""
    import plotly.graph_objects as go

    bit = bit_J(temperature_K)
    shown = [rung for rung in rungs if distinct(Estimate(rung.joules.value / bit, rung.joules.standard_error / bit))]
    joules = np.array([rung.joules.value for rung in shown])
    errors = np.nan_to_num([rung.joules.standard_error for rung in shown])
    low, high = np.floor(np.log10(joules.min())) - 1, np.ceil(np.log10(joules.max())) + 0.5
    figure = go.Figure()
    for height, rung in enumerate(shown):
        line = {"color": GREY, "width": 1}
        ends = {"x": [10.0**low, rung.joules.value], "y": [height, height]}
        figure.add_trace(go.Scatter(**ends, mode="lines", line=line, showlegend=False, hoverinfo="skip"))
        place = {"xref": "paper", "x": 0, "xanchor": "left", "y": height, "yshift": 15, "showarrow": False}
        figure.add_annotation(text=f"{rung.name}: {rung.joules.value:.2g} J", **place)
    figure.add_trace(
        go.Scatter(
            x=joules,
            y=np.arange(len(shown)),
            error_x={"array": errors, "thickness": 1.5, "color": GREY},
            mode="markers",
            marker={"size": 12, "color": [RED if rung.parts else BLUE for rung in shown]},
            text=[rung.name for rung in shown],
            customdata=joules / bit,
            hovertemplate="%{text}: %{x:.4g} J, %{customdata:.4g} bits<extra></extra>",
            showlegend=False,
        )
    )
    ticks = {"exponentformat": "power", "showexponent": "all", "nticks": 6, "tickangle": 0}
    figure.update_xaxes(type="log", range=[low, high], title_text="energy of a run (J)", **ticks)
    figure.update_yaxes(range=[-0.4, len(shown) - 0.4], visible=False)
    figure.update_layout(template="plotly_white", height=400, margin={"l": 15, "r": 15, "t": 10, "b": 50})
    return figure


def bound_figure(result: Result, ledger: Ledger) -> go.Figure:
    """Heat, and the part of it that speed costs at least, bits per sweep; segments are put together to be at most 40."""
    import plotly.graph_objects as go

    sweeps, logs = result.trace
    ends = np.unique(np.linspace(0, len(ledger.sweeps), _GROUPS + 1).astype(int))
    length = np.diff(sweeps[ends])
    heat = np.diff(logs["heat"][:, ends], axis=1) * 2.0**-result.shape.beta_frac
    error = heat.std(axis=0, ddof=1) / np.sqrt(len(heat)) if len(heat) > 1 else np.full(len(length), np.nan)
    bound = np.add.reduceat(ledger.finite_rate, ends[:-1])
    # neighbouring segments may share one error
    bound_error = np.add.reduceat(ledger.finite_rate_error, ends[:-1])
    figure = go.Figure()
    for name, values, errors, colour in (
        ("heat", heat.mean(axis=0), error, RED),
        ("finite-rate bound", bound, bound_error, BLUE),
    ):
        style = {"mode": "lines+markers", "marker": {"size": 5}, "line": {"color": colour, "width": 1.5}}
        bars = {"array": errors / length, "thickness": 1, "width": 0}
        figure.add_trace(go.Scatter(x=sweeps[ends[1:]], y=values / length, error_y=bars, name=name, **style))
    figure.update_xaxes(title_text="sweep", rangemode="tozero")
    figure.update_yaxes(title_text="bits per sweep", exponentformat="power")
    figure.update_layout(layout(380, left=60, top=40, bottom=50))
    return figure
