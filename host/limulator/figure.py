"""The picture of a run: energy, heat and the schedule against the sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .result import Result

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["trace_figure"]

_BLUE, _RED, _GREEN, _GREY = "#2f6fb4", "#c8553d", "#3d8f6a", "#8a8f98"


def trace_figure(result: Result) -> go.Figure:
    """Energy U, heat Q and beta against the sweep: the mean over the replicas, the range of U shaded."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    sweeps, logs = result.trace
    energy = logs["energy"] * result.problem.scale + result.problem.offset
    heat = logs["heat"].mean(axis=0) * 2.0**-result.shape.beta_frac
    beta = result.schedule.betas(np.maximum(sweeps - 1, 0))
    barrier = result.schedule.barriers(np.maximum(sweeps - 1, 0))

    figure = make_subplots(
        rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.42, 0.29, 0.29], x_title="sweep"
    )
    band = {"mode": "lines", "line": {"width": 0}, "showlegend": False, "hoverinfo": "skip"}
    figure.add_trace(go.Scatter(x=sweeps, y=energy.max(axis=0), **band), row=1, col=1)
    figure.add_trace(
        go.Scatter(x=sweeps, y=energy.min(axis=0), fill="tonexty", fillcolor="rgba(47,111,180,0.2)", **band),
        row=1,
        col=1,
    )
    curves = [
        (1, "energy U", energy.mean(axis=0), _BLUE, "solid"),
        (2, "heat Q", heat, _RED, "solid"),
        (2, "Landauer bound", np.full(len(sweeps), result.landauer_bits), _GREY, "dash"),
        (3, "beta", beta, _GREEN, "solid"),
        (3, "barrier E0", barrier, _GREY, "dot"),
    ]
    for row, name, values, colour, dash in curves:
        line = {"color": colour, "dash": dash, "width": 2}
        figure.add_trace(go.Scatter(x=sweeps, y=values, name=name, line=line), row=row, col=1)
    for row, title in enumerate(("U (user units)", "Q (bits of kT ln 2)", "beta (bits/E), E0 (bits)"), start=1):
        figure.update_yaxes(title_text=title, row=row, col=1)
    figure.update_layout(
        title=f"{result.problem.name or 'problem'}: {len(logs)} x {int(sweeps[-1])} sweeps on {result.backend}",
        template="plotly_white",
        height=760,
        legend={"orientation": "h", "y": 1.06, "x": 0, "traceorder": "normal"},
        margin={"l": 90, "r": 30, "t": 90, "b": 70},
    )
    return figure
