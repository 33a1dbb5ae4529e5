"""The commands of ``limulator board``, and boards that are not there."""

from __future__ import annotations

import sys

from limulator_boards.board import BOARDS
from limulator_boards.csr import csr_csv


def test_csr(limulator, tmp_path) -> None:
    expected = csr_csv(BOARDS["icebreaker"].shape)
    assert limulator("board", "csr", "--board", "icebreaker") == (0, expected, "")
    assert limulator("board", "csr", "-o", tmp_path / "csr.csv") == (0, "", "")
    assert (tmp_path / "csr.csv").read_text() == expected
    code, _, error = limulator("board", "csr", "-o", tmp_path / "nowhere" / "csr.csv")
    assert code == 8
    assert error.startswith("limulator: cannot write ")


def test_unknown_boards(limulator) -> None:
    for command in ("csr", "virtual"):
        assert limulator("board", command, "--board", "breadboard") == (
            12,
            "",
            "limulator: no board named 'breadboard': use one of icebreaker\n",
        )


def test_boards_that_are_not_there(limulator, tmp_path, monkeypatch) -> None:
    graph = tmp_path / "graph.txt"
    graph.write_text("2 1\n1 2 1\n")
    code, out, error = limulator("solve", graph, "--backend", "serial:/dev/nowhere", "--out", tmp_path / "run")
    assert (code, out) == (12, "")
    assert error.startswith("limulator: /dev/nowhere is not there: plug the board in")
    assert error.count("\n") == 1
    assert not (tmp_path / "run").exists()
    code, _, error = limulator("solve", graph, "--backend", "abacus")
    assert code == 2
    assert "'abacus' is not one of fast, golden" in error
    monkeypatch.setitem(sys.modules, "serial", None)
    code, _, error = limulator("solve", graph, "--backend", "serial:/dev/ttyUSB0")
    assert (code, error) == (12, "limulator: /dev/ttyUSB0 needs pyserial: pip install 'limulator[board]'\n")


def test_a_port_that_is_taken(limulator, monkeypatch) -> None:
    class Board:
        def __init__(self, shape) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr("limulator_boards.virtual.VirtualBoard", Board)
    code, _, error = limulator("board", "virtual", "--port", "70000")
    assert code == 12
    assert error.startswith("limulator: cannot listen at port 70000 (")
    assert error.endswith("): choose another, or 0 for any\n")
