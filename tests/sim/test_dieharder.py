"""The noise of a colour array's lanes before R. G. Brown's dieharder, as far as a few minutes allow."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STREAM = Path(__file__).with_name("dieharder_stream.py")

TESTS = [["0"], ["1"], ["2"], ["9"], ["13"], ["15"], ["100"], ["200", "-n", "5"], ["202", "-n", "5"], ["208"], ["209"]]
"""Birthdays, overlapping permutations, ranks of 32 x 32 bits, ones in a byte, squeeze, runs, monobit, patterns of 5 bits,
permutations of 5 words, and the fill tree and monobit tests of D. A. Bauer: numbers in dieharder, ``dieharder -l``."""

STREAMS = {
    "16 lanes in scan order": ["11", "16", "1"],
    "one lane": ["11", "16", "1", "5"],
    "16 compact lanes in scan order": ["11", "16", "2"],
    "one compact lane": ["11", "16", "2", "5"],
}

LEAST = 1.5e-8
"""The least p-value that passes. There are 52, so a good generator would fail with a chance of 8e-7, if dieharder's
p-values were uniform that far out, and the seed not fixed."""


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("dieharder") is None, reason="dieharder is missing: apt-get install dieharder")
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
@pytest.mark.parametrize("test", TESTS, ids="-".join)
def test_dieharder_finds_nothing(test: list[str], stream: list[str]) -> None:
    columns = ["-D", "test_name", "-D", "pvalues"]
    with subprocess.Popen([sys.executable, STREAM, *stream], stdout=subprocess.PIPE) as words:
        command = ["dieharder", "-g", "200", *columns, "-d", *test]  # -g 200: raw words from a pipe
        found = subprocess.run(command, stdin=words.stdout, capture_output=True, text=True, check=True)
        assert words.stdout is not None
        words.stdout.close()
    lines = [line.split("|") for line in found.stdout.splitlines() if "|" in line and "test_name" not in line]
    assert lines
    for name, value in lines:
        assert float(value) > LEAST, name
