"""Built simulations, kept so that each shape is compiled once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from .link import SimulationError

__all__ = ["built", "cache_directory"]


def cache_directory() -> Path:
    """Where built simulations are kept: ``$LIMULATOR_CACHE``, or ``limulator`` in the user's cache directory."""
    given = os.environ.get("LIMULATOR_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "limulator"


def built(kind: str, ingredients: Sequence[str], make: Callable[[Path], None]) -> Path:
    """The directory that ``make`` filled from these ingredients, made now unless it is there already.

    It appears under its name only when it is complete, so an interrupted or concurrent build does no harm.
    """
    digest = sha256("\0".join(ingredients).encode()).hexdigest()[:24]
    place = cache_directory() / f"{kind}-{digest}"
    if not place.exists():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            workshop = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=place.parent))
        except OSError as error:
            raise SimulationError(f"cannot write to {place.parent}: {error.strerror}; set LIMULATOR_CACHE") from None
        try:
            make(workshop)
            try:
                workshop.rename(place)
            except OSError:
                if not place.exists():
                    raise
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    return place
