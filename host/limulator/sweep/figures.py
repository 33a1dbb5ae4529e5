"""The pictures of a sweep: time to solution, and what quality costs in heat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..figure import BLUE, GREEN, GREY, RED, layout
from .summary import ProblemSummary, Series

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["MOST_SERIES", "quality_figure", "time_figure"]

MOST_SERIES = 8
"""More in one figure cannot be told apart."""

_STYLES = [{"color": colour, "dash": dash} for dash in ("solid", "dash") for colour in (BLUE, RED, GREEN, GREY)]


def time_figure(problem: ProblemSummary) -> go.Figure:
    """TTS99 with its interval against what varies, by series; open triangles are lower ends where nothing was solved."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for style, series in _styled(problem):
        x = _axis(problem, series)
        value, low, high = np.array([point.tts for point in series.points], np.float64).T
        known = np.isfinite(value)
        bars = {"symmetric": False, "array": high[known] - value[known], "arrayminus": value[known] - low[known]}
        figure.add_scatter(x=x[known], y=value[known], error_y=bars | {"thickness": 1}, **_line(style, series))
        if not known.all():
            marker = {"symbol": "triangle-up-open", "size": 9, "color": style["color"]}
            figure.add_scatter(x=x[~known], y=low[~known], mode="markers", marker=marker, showlegend=False)
    _label(figure, problem)
    figure.update_yaxes(type="log", title="TTS99, sweeps", nticks=6)
    return figure


def quality_figure(problem: ProblemSummary) -> go.Figure:
    """Mean of the best against the mean heat of a cell, by series, with standard errors."""
    import plotly.graph_objects as go

    figure = go.Figure()
    cells = problem.configuration.cells
    for style, series in _styled(problem):
        best, best_error = np.array([point.mean_best for point in series.points]).T
        heat, heat_error = np.array([point.heat_bits for point in series.points]).T / cells
        figure.add_scatter(
            x=heat,
            y=best,
            error_x={"array": np.nan_to_num(heat_error), "thickness": 1},
            error_y={"array": np.nan_to_num(best_error), "thickness": 1},
            text=[f"{problem.axis.replace('_', ' ')} {value:g}" for value in _axis(problem, series)],
            **_line(style, series),
        )
    figure.add_hline(y=problem.target, line={"color": GREY, "dash": "dash", "width": 1})
    figure.update_xaxes(title="heat, bits per cell")
    figure.update_yaxes(title=f"mean of the best {problem.quality}")
    figure.update_layout(_layout(problem))
    return figure


def _styled(problem: ProblemSummary) -> Iterator[tuple[dict[str, str], Series]]:
    """The series with the shortest times to solution, each with its line's style."""
    best = sorted(problem.series, key=lambda series: min(point.tts.value for point in series.points))[:MOST_SERIES]
    return zip(_STYLES, (series for series in problem.series if series in best), strict=False)


def _layout(problem: ProblemSummary) -> dict[str, Any]:
    """With room for the legend, a line for each series on a narrow screen."""
    return layout(340 + 18 * min(len(problem.series), MOST_SERIES), left=60, top=40, bottom=50)


def _axis(problem: ProblemSummary, series: Series) -> Any:
    return np.array([getattr(point.configuration, problem.axis) for point in series.points], np.float64)


def _line(style: dict[str, str], series: Series) -> dict[str, Any]:
    named = {"name": series.label, "showlegend": bool(series.label)}
    return {"mode": "lines+markers", "line": style | {"width": 1.5}, "marker": {"size": 7}} | named


def _label(figure: go.Figure, problem: ProblemSummary) -> None:
    """The horizontal axis: what varies, on a logarithmic scale if it is the sweeps."""
    values: Sequence[float] = sorted({getattr(point.configuration, problem.axis) for point in problem.points})
    title = {"sweeps": "sweeps of a run", "barrier": "barrier E0, bits"}.get(problem.axis, problem.axis.replace("_", " "))
    figure.update_xaxes(title=title)
    if problem.axis == "sweeps":
        figure.update_xaxes(type="log", tickvals=values if len(values) <= 8 else None)
    figure.update_layout(_layout(problem))
