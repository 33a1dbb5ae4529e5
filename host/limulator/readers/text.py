"""The lines of a file, and errors that name them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import FileFormatError

__all__ = ["Line", "Text"]

Line = tuple[int, str]
"""Line number, counted from 1, and text."""

_SHOWN = 60
"""Characters of a line that an error shows."""


@dataclass(frozen=True)
class Text:
    """A text file in memory."""

    path: Path
    lines: list[str]

    @classmethod
    def read(cls, path: Path) -> Text:
        """The file, decompressed if its name ends in .gz; :class:`.FileFormatError` for what is no text."""
        try:
            with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
                data = file.read()
        except FileNotFoundError:
            raise FileFormatError(f"{path}: no such file") from None
        except IsADirectoryError:
            raise FileFormatError(f"{path}: is a directory, not a file") from None
        except (OSError, EOFError, zlib.error) as error:
            raise FileFormatError(f"{path}: cannot be read: {error}") from None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = "\0"
        if "\0" in text:
            raise FileFormatError(f"{path}: not a text file")
        if not text.strip():
            raise FileFormatError(f"{path}: the file is empty")
        return cls(path, text.split("\n"))

    def content(self, *comments: str) -> Iterator[Line]:
        """The lines that are neither blank nor begin with one of ``comments``."""
        for number, line in enumerate(self.lines, 1):
            stripped = line.strip()
            if stripped and not stripped.startswith(comments):
                yield number, stripped

    def error(self, message: str, number: int | None = None) -> FileFormatError:
        """An error that names the file and, if given, the line and its text."""
        if number is None:
            return FileFormatError(f"{self.path}: {message}")
        line = self.lines[number - 1].strip()
        shown = line if len(line) <= _SHOWN else line[:_SHOWN] + "..."
        return FileFormatError(f"{self.path}, line {number}: {message}: {shown!r}")
