"""The README's Python example runs and holds, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_there_is_an_example() -> None:
    assert BLOCKS
    assert all(len(block.splitlines()) <= 10 for block in BLOCKS)


@pytest.mark.parametrize("block", BLOCKS)
def test_example_runs(block: str) -> None:
    exec(compile(block, "README.md", "exec"), {})


@pytest.mark.parametrize("target", [t for t in re.findall(r"\]\(([^)]+)\)", README) if not t.startswith("https:")])
def test_links_exist(target: str) -> None:
    assert (ROOT / target).exists()
