"""Pages in headless Chromium: the document after its scripts have run, and what they said on the console."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is missing: apt-get install chromium")

_WIDTHS = """<!doctype html><body><script>
(async () => {
  for (const page of %s) {
    const frame = document.createElement("iframe");
    frame.style = "width: 390px; height: 800px; border: 0";
    frame.src = page;
    document.body.append(frame);
    await new Promise((ready) => (frame.onload = ready));
    await new Promise((ready) => setTimeout(ready, 200));
    const root = frame.contentDocument.documentElement;
    const found = document.createElement("p");
    found.textContent = `${root.scrollWidth} of ${root.clientWidth}`;
    document.body.append(found);
    frame.remove();
  }
})();
</script></body>"""


def open_page(page: Path, profile: Path, *options: str) -> tuple[str, list[str]]:
    """The document as HTML without its scripts, and the lines that its console shows."""
    command = [
        str(CHROMIUM),
        *("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--enable-logging=stderr"),
        *("--virtual-time-budget=20000", *options, "--dump-dom", page.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    document = re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)
    return document, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def widths(pages: Sequence[Path], profile: Path) -> list[tuple[int, int]]:
    """Width of each page's content and of the place it has, in a window of 390 pixels."""
    frame = profile.parent / "frame.html"
    frame.write_text(_WIDTHS % [page.as_uri() for page in pages])
    document, _ = open_page(frame, profile, "--disable-web-security")
    return [(int(a), int(b)) for a, b in re.findall(r"<p>(\d+) of (\d+)</p>", document)]
