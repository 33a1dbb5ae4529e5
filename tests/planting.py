"""Mistakes in the gateware, for tests that must see them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

import limulator_hdl


class Mistake(Protocol):
    """In ``file``, ``old`` becomes ``new``."""

    file: str
    old: str
    new: str


def plant(place: Path, mistake: Mistake | None) -> None:
    """Copy the gateware to ``place``, with the mistake in it."""
    package = place / "limulator_hdl"
    shutil.copytree(Path(limulator_hdl.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    if mistake:
        source = package / mistake.file
        text = source.read_text()
        assert text.count(mistake.old) == 1, f"{mistake.old!r} is not in {mistake.file} just once"
        source.write_text(text.replace(mistake.old, mistake.new))
