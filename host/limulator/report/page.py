"""HTML pages that hold everything they need: they open from a file, work offline, print, and follow light and dark."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import RunDirectoryError
from .text import numeric_columns, quantity, sigmas

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from jinja2 import Environment

__all__ = ["render", "write_page"]


def render(template: str, **content: Any) -> str:
    """The page that a template of this package makes of the content.

    Figures are ``plotly.graph_objects.Figure``; the filter ``figure`` places them. plotly.js is inlined once.
    """
    from plotly.offline import get_plotlyjs

    written = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    page = _environment().get_template(template)
    return page.render(plotly_js=get_plotlyjs(), themes=_script_json(_themes()), written=written, **content)


def write_page(file: Path, page: str) -> None:
    """Write a page; raises :class:`.RunDirectoryError` if that cannot be."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RunDirectoryError(f"cannot write {file}: {error.strerror}: choose another file") from None


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("limulator.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = _figure
    environment.filters["quantity"] = lambda pair: quantity(*pair)
    environment.filters["sigmas"] = lambda check: f"{sigmas(check):.2g}"
    environment.globals["numeric_columns"] = numeric_columns
    return environment


def _figure(figure: go.Figure) -> str:
    """A figure as the JSON that ``figures.js`` draws. Its template is left out: that is the page's."""
    from markupsafe import Markup

    document = json.loads(figure.to_json(engine="json"))
    document["layout"].pop("template", None)
    height = int(document["layout"].get("height", 420))
    text = _script_json(document)
    return Markup(f'<div class="plot" style="height:{height}px"><script type="application/json">{text}</script></div>')


def _themes() -> dict[str, Any]:
    """Plotly's own light and dark templates, on the page's background and in its font."""
    import plotly.io

    themes = {}
    for theme, name, colour, grid in (
        ("light", "plotly_white", "#1d2733", "#e3e7ec"),
        ("dark", "plotly_dark", "#d5dae1", "#343b45"),
    ):
        template = plotly.io.templates[name].to_plotly_json()
        clear = "rgba(0,0,0,0)"
        axis = {"gridcolor": grid, "zerolinecolor": grid, "linecolor": grid}
        template["layout"] |= {"paper_bgcolor": clear, "plot_bgcolor": clear}
        template["layout"]["font"] = {"color": colour, "family": "system-ui, sans-serif", "size": 13}
        for side in ("xaxis", "yaxis"):
            template["layout"][side] |= axis
        themes[theme] = template
    return themes


def _script_json(document: Any) -> Any:
    """JSON that may stand in a script element."""
    from markupsafe import Markup

    return Markup(json.dumps(document, separators=(",", ":")).replace("<", "\\u003c"))
