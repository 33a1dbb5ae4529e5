"""Figures for print: what plotly shows on the page, drawn again by matplotlib as SVG.

Scatter, bar and contour traces, error bars, bands, lines and rectangles across, notes, linear and logarithmic axes, and
panels: what the figures of this package are made of.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ExperimentError, RunDirectoryError

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["check_matplotlib", "write_svg"]

_DASHES = {None: "-", "solid": "-", "dash": "--", "dot": ":", "dashdot": "-.", "longdash": (0, (8, 3))}
_MARKERS = {"circle": "o", "square": "s", "diamond": "D", "cross": "P", "x": "X", "star": "*", "triangle": "^", "line": "|"}
_POINTS = 0.75
"""Points in a pixel of plotly."""


def check_matplotlib() -> None:
    """Raise :class:`.ExperimentError` if matplotlib is missing."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise ExperimentError(
            "matplotlib is missing, which draws the SVG figures: pip install 'limulator[plots]'"
        ) from None


def write_svg(figure: go.Figure, file: Path) -> None:
    """Draw the figure, 6.5 inches wide, with text as text; raises :class:`.RunDirectoryError` if it cannot be written."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    layout = figure.layout
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "limulator", "font.size": 9, "axes.edgecolor": "#8a8f98"}):
        page = Figure(figsize=(6.5, (layout.height or 420) / 110), layout="constrained")
        rows = sorted({_axis(layout, trace.yaxis or "y").domain for trace in figure.data}, reverse=True)
        columns = sorted({_axis(layout, trace.xaxis or "x").domain for trace in figure.data})
        lengths = {
            "height_ratios": [high - low for low, high in rows],
            "width_ratios": [high - low for low, high in columns],
        }
        grid = page.add_gridspec(len(rows), len(columns), **lengths)
        panels = []
        for key in {trace.yaxis or "y": None for trace in figure.data}:
            traces = [trace for trace in figure.data if (trace.yaxis or "y") == key]
            across, up = (_axis(layout, name).domain for name in (traces[0].xaxis or "x", key))
            panel = page.add_subplot(grid[rows.index(up), columns.index(across)])
            _panel(panel, layout, key, traces)
            panels.append(panel)
        handles: dict[str, Any] = {}
        for panel in panels:
            handles |= {name: handle for handle, name in zip(*panel.get_legend_handles_labels(), strict=True)}
        if handles:
            page.legend(handles.values(), handles, loc="outside upper left", ncols=4, frameon=False)
        try:
            page.savefig(file, format="svg", metadata={"Date": None})
        except OSError as error:
            raise RunDirectoryError(f"cannot write {file}: {error.strerror}: choose another --out") from None


def _panel(panel: Any, layout: Any, key: str, traces: list[Any]) -> None:
    from matplotlib.ticker import LogFormatter

    x_key = traces[0].xaxis or "x"
    band: Any = None
    for trace in traces:
        if trace.type == "bar":
            opacity = trace.opacity or trace.marker.opacity
            style = {"label": _label(trace), "color": trace.marker.color, "alpha": opacity, "width": trace.width or 0.8}
            panel.bar(trace.x, trace.y, yerr=_errors(trace.error_y), **style)
        elif trace.type == "contour":
            levels = np.arange(trace.contours.start, trace.contours.end + trace.contours.size, trace.contours.size)
            panel.contour(trace.x, trace.y, trace.z, levels=levels, colors="#8a8f98", linewidths=0.6)
        else:
            band = _scatter(panel, trace, band)
    for name, key_of in (("x", x_key), ("y", key)):
        axis = _axis(layout, key_of)
        side = getattr(panel, f"{name}axis")
        if axis.type == "log":
            getattr(panel, f"set_{name}scale")("log")
            low, high = side.get_view_interval()
            if low >= 1 and high < 30 * low:  # 4, 6, 10 rather than powers of ten
                side.set_major_formatter(LogFormatter())
                side.set_minor_formatter(LogFormatter())
        getattr(panel, f"set_{name}label")(_text(axis.title.text))
        if axis.range:
            limits = [10.0**end if axis.type == "log" else end for end in axis.range]
            getattr(panel, f"set_{name}lim")(*limits)
        side.set_visible(axis.visible is not False)
        if axis.showticklabels is False:
            panel.tick_params(axis=name, which="both", labelbottom=False, labelleft=name == "x")
    for shape in layout.shapes:
        if key in shape.yref.split() or (shape.yref == "paper" and x_key in shape.xref.split()):
            _shape(panel, shape)
    for note in layout.annotations:
        middle, top = np.mean(_axis(layout, x_key).domain), _axis(layout, key).domain[1]
        if note.yref == "paper" and np.allclose((note.x, note.y), (middle, top)):  # the title of a panel
            panel.set_title(_text(note.text), fontsize=9)
        if key in note.yref.split():
            across = "axes" if "paper" in note.xref or "domain" in note.xref else "data"
            panel.annotate(
                _text(note.text),
                (note.x, 10.0 ** min(note.y, 300) if panel.get_yscale() == "log" and note.yref == key else note.y),
                xycoords=(panel.get_yaxis_transform() if across == "axes" else "data"),
                xytext=((note.xshift or 0) * _POINTS, (note.yshift or 0) * _POINTS),
                textcoords="offset points",
                ha=note.xanchor if note.xanchor in ("left", "right") else "center",
                fontsize=8,
            )
    panel.grid(color="#e3e7ec", linewidth=0.6)
    panel.set_axisbelow(True)
    panel.spines[["top", "right"]].set_visible(False)


def _scatter(panel: Any, trace: Any, band: Any) -> Any:
    """A line with markers, error bars, text and the band below it; returns what the next band is to be filled to."""
    x = np.arange(len(trace.y)) if trace.x is None else np.asarray(trace.x)
    y = np.asarray(trace.y)
    mode = trace.mode or "lines"
    colour = trace.line.color or (trace.marker.color if isinstance(trace.marker.color, str) else None) or "#2f6fb4"
    if trace.fill in ("tonexty", "tozeroy", "toself"):
        fill, alpha = _colour(trace.fillcolor or colour)
        style = {"color": fill, "alpha": alpha, "linewidth": 0}
        if trace.fill == "toself":
            panel.fill(x, y, **style)
        else:
            panel.fill_between(x, band if trace.fill == "tonexty" and band is not None else 0.0, y, **style)
    line, alpha = _colour(colour)
    symbol = trace.marker.symbol if isinstance(trace.marker.symbol, str) else "circle"
    size = trace.marker.size if isinstance(trace.marker.size, int | float) else 6
    lines = "lines" in mode and trace.line.width != 0
    steps = {"hv": "steps-post", "vh": "steps-pre", "hvh": "steps-mid"}.get(trace.line.shape, "default")
    style = {
        "color": line,
        "alpha": alpha * (1.0 if trace.opacity is None else trace.opacity),
        "linestyle": _DASHES.get(trace.line.dash, "-") if lines else "none",
        "linewidth": (trace.line.width or 2) * _POINTS,
        "marker": _MARKERS.get(symbol.split("-")[0], "o") if "markers" in mode else "none",
        "markersize": size * _POINTS,
        "markerfacecolor": "none" if symbol.endswith("-open") else line,
        "drawstyle": steps,
        "label": _label(trace) if lines or "markers" in mode else None,
    }
    across, up = _errors(trace.error_x), _errors(trace.error_y)
    if lines or "markers" in mode:
        if across is None and up is None:
            panel.plot(x, y, **style)
        else:
            panel.errorbar(x, y, xerr=across, yerr=up, elinewidth=0.8, **style)
    if "text" in mode and trace.text is not None:
        above = {"xytext": (0, 2 + size * _POINTS / 2), "textcoords": "offset points", "ha": "center", "fontsize": 8}
        for a, b, text in zip(x, y, np.broadcast_to(np.asarray(trace.text), x.shape), strict=True):
            panel.annotate(_text(str(text)), (a, b), **above)
    return y


def _shape(panel: Any, shape: Any) -> None:
    colour, alpha = _colour(shape.fillcolor or shape.line.color or "#8a8f98")
    style = {"color": colour, "alpha": alpha * (1.0 if shape.opacity is None else shape.opacity)}
    flat = "domain" in shape.xref or shape.xref == "paper"
    if shape.type == "rect":
        ends = (shape.y0, shape.y1) if flat else (shape.x0, shape.x1)
        (panel.axhspan if flat else panel.axvspan)(*ends, linewidth=0, **style)
    else:
        style |= {"linestyle": _DASHES.get(shape.line.dash, "-"), "linewidth": (shape.line.width or 2) * _POINTS}
        (panel.axhline if flat else panel.axvline)(shape.y0 if flat else shape.x0, **style)


def _axis(layout: Any, key: str) -> Any:
    axis = layout[f"{key[0]}axis{key[1:]}"]
    if axis.domain is None:
        axis.domain = (0.0, 1.0)
    return axis


def _label(trace: Any) -> str | None:
    return _text(trace.name) if trace.name and trace.showlegend is not False else None


def _errors(bars: Any) -> Any:
    return None if bars.array is None else np.nan_to_num(np.asarray(bars.array, np.float64))


def _colour(colour: str) -> tuple[Any, float]:
    """A colour of plotly's as matplotlib has it, and its opacity."""
    parts = re.match(r"rgba?\(([^)]*)\)", colour)
    if parts is None:
        return colour, 1.0
    values = [float(part) for part in parts[1].split(",")]
    return tuple(value / 255 for value in values[:3]), values[3] if len(values) > 3 else 1.0


def _text(text: str | None) -> str:
    """Text with plotly's HTML as matplotlib's mathematics."""
    plain = (text or "").replace("<br>", "\n").replace("<b>", "").replace("</b>", "")
    plain = re.sub(r"<sup>(.*?)</sup>", r"$^{\1}$", plain)
    return re.sub(r"<sub>(.*?)</sub>", r"$_{\1}$", plain)
