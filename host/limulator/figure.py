"""The picture of a run: energy, heat, the schedule and the flux against the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .energy.ledger import Ledger
from .result import Result

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["BLUE", "GREEN", "GREY", "RED", "layout", "trace_figure"]

BLUE, RED, GREEN, GREY = "#2f6fb4", "#c8553d", "#3d8f6a", "#8a8f98"


def layout(height: int, left: int = 70, top: int = 80, bottom: int = 60, legend: float = 1.02) -> dict[str, Any]:
    """Plotly's layout for every figure with a legend: that lies above, for narrow screens; sizes and margins in pixels."""
    return {
        "template": "plotly_white",
        "height": height,
        "legend": {"orientation": "h", "y": legend, "yanchor": "bottom", "x": 0},
        "margin": {"l": left, "r": 15, "t": top, "b": bottom},
    }


def trace_figure(result: Result, ledger: Ledger) -> go.Figure:
    """Energy U, heat Q, beta, barrier and flux against the sweep: the mean over the replicas, the range of U shaded."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    sweeps, logs = result.trace
    energy = logs["energy"] * result.problem.scale + result.problem.offset
    heat = logs["heat"].mean(axis=0) * 2.0**-result.shape.beta_frac
    beta = result.schedule.betas(np.maximum(sweeps - 1, 0))
    barrier = result.schedule.barriers(np.maximum(sweeps - 1, 0))

    figure = make_subplots(rows=4, cols=1, shared_xaxes=True, vertical_spacing=0.05, row_heights=[0.34, 0.22, 0.22, 0.22])
    band = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(x=sweeps, y=energy.max(axis=0), **band), row=1, col=1)
    figure.add_trace(
        go.Scatter(x=sweeps, y=energy.min(axis=0), fill="tonexty", fillcolor="rgba(47,111,180,0.2)", **band),
        row=1,
        col=1,
    )
    curves = [
        (1, "energy U", energy.mean(axis=0), BLUE, "solid"),
        (2, "heat Q", heat, RED, "solid"),
        (2, "Landauer bound", np.full(len(sweeps), result.landauer_bits), GREY, "dash"),
        (3, "beta", beta, GREEN, "solid"),
        (3, "barrier E0", barrier, GREY, "dot"),
    ]
    for row, name, values, colour, dash in curves:
        line = {"color": colour, "dash": dash, "width": 2}
        figure.add_trace(go.Scatter(x=sweeps, y=values, name=name, mode="lines", line=line), row=row, col=1)
    flux = (ledger.down - ledger.up) / ledger.attempts
    line = {"color": BLUE, "width": 1.5, "shape": "vh"}
    figure.add_trace(go.Scatter(x=ledger.sweeps, y=flux, name="flux", mode="lines", line=line), row=4, col=1)
    titles = ("U (user units)", "Q (bits)", "beta (bits/E), E0 (bits)", "(D - U) / attempts")
    for row, title in enumerate(titles, start=1):
        figure.update_yaxes(title_text=title, title_font_size=12, exponentformat="power", row=row, col=1)
    figure.update_xaxes(title_text="sweep", row=4, col=1)
    figure.update_layout(layout(860, left=60, top=60, bottom=50), legend_traceorder="normal")
    return figure
