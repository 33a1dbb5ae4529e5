"""The commands of ``limulator board``, and boards that are not there."""

from __future__ import annotations

import sys

from limulator import lattices
from limulator.anneal import arrange
from limulator.readers import read_problem
from limulator.schedule import Schedule
from limulator_boards.board import BOARDS, suited
from limulator_boards.build import Build
from limulator_boards.csr import csr_csv
from limulator_boards.report import Report
from limulator_hdl.graph import Graph


def test_csr(limulator, tmp_path) -> None:
    expected = csr_csv(BOARDS["icebreaker"].shape)
    assert limulator("board", "csr", "--board", "icebreaker") == (0, expected, "")
    assert limulator("board", "csr", "-o", tmp_path / "csr.csv") == (0, "", "")
    assert (tmp_path / "csr.csv").read_text() == expected
    code, _, error = limulator("board", "csr", "-o", tmp_path / "nowhere" / "csr.csv")
    assert code == 8
    assert error.startswith("limulator: cannot write ")


def test_list(limulator) -> None:
    code, out, error = limulator("board", "list")
    assert (code, error) == (0, "")
    for board in BOARDS.values():
        (line,) = [line for line in out.splitlines() if f" {board.name} " in line]
        for value in (board.device, board.shape.cells, board.shape.lanes, f"{board.clock_Hz / 1e6:g}"):
            assert f" {value} " in line


def test_unknown_boards(limulator) -> None:
    message = f"limulator: no board named 'breadboard': use one of {', '.join(BOARDS)}\n"
    for command in (["csr", "--board"], ["virtual", "--board"], ["build"], ["flash"]):
        assert limulator("board", *command, "breadboard") == (12, "", message)


def test_arrays_that_cannot_be_built(limulator, tmp_path) -> None:
    for options, expected, message in (
        (["--cells", 512], 12, "an array of 512 cells and 1 lanes takes about 15,"),
        (["--cells", 65, "--lanes", 2], 5, "lanes must divide cells, got cells=65 lanes=2"),
        (["--bits", 17], 5, "bits must be 1..16, got bits=17"),
    ):
        code, out, error = limulator("board", "build", "icebreaker", *options, "-o", tmp_path / "new")
        assert (code, out) == (expected, "")
        assert error.startswith(f"limulator: {message}")
        assert error.count("\n") == 1
    assert not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    code, _, error = limulator("board", "build", "icebreaker", "-o", tmp_path / "file")
    assert code in (8, 12)
    assert error.count("\n") == 1


def test_what_was_built(limulator, tmp_path, monkeypatch) -> None:
    def fake(board, shape, directory, say, graph):
        assert graph is None
        say("synthesis")
        return Build(directory / "icebreaker.bin", board.clock_Hz, Report(4800, None, 29, 4, 20.9e6))

    monkeypatch.setattr("limulator_boards.build.build", fake)
    code, out, error = limulator("board", "build", "icebreaker", "--cells", 16, "-o", tmp_path)
    assert (code, error) == (0, "")
    assert out.endswith("16 cells, 1 lanes, 18 MHz (up to 20.9), 4800 LUTs, 29 memories, 4 multipliers\n")


def test_a_clock_of_ones_own(limulator, tmp_path, monkeypatch) -> None:
    def fake(board, shape, directory, say, graph):
        return Build(directory / "icebreaker.bin", board.clock_Hz, Report(4800, None, 29, 4, 25e6))

    with monkeypatch.context() as patch:
        patch.setattr("limulator_boards.build.build", fake)
        code, out, error = limulator("board", "build", "icebreaker", "--clock", "24", "-o", tmp_path)
    assert (code, error) == (0, "")
    assert "80 cells, 1 lanes, 24 MHz (up to 25.0)" in out
    for clock in ("0", "-5", "1000", "nan", "inf"):
        code, out, error = limulator("board", "build", "icebreaker", "--clock", clock, "-o", tmp_path / "new")
        assert (code, out) == (12, "")
        assert error == f"limulator: no PLL makes {clock} MHz of 12: choose another clock\n"
    assert not (tmp_path / "new").exists()


RING = "13 13\n" + "".join(f"{i + 1} {(i + 1) % 13 + 1} {1 - 2 * (i % 2)}\n" for i in range(13))


def test_the_array_of_a_graph(limulator, tmp_path, monkeypatch) -> None:
    made = {}

    def fake(board, shape, directory, say, graph):
        made.update(shape=shape, graph=graph)
        return Build(directory / "ulx3s-85f.bit", board.clock_Hz, Report(4200, 4000, 24, 1, 60e6))

    monkeypatch.setattr("limulator_boards.build.build", fake)
    graph = tmp_path / "ring.txt"
    graph.write_text(RING)
    code, out, error = limulator("board", "build", "ulx3s-85f", "--graph", graph, "--lanes", 4, "-o", tmp_path)
    assert (code, error) == (0, "")
    assert "16 cells, 4 lanes, 50 MHz" in out
    problem = read_problem(graph)
    arrangement = arrange(problem, Schedule.automatic(problem, 1000), 4)
    assert made == {"shape": arrangement.shape, "graph": arrangement.graph}
    code, _, error = limulator("board", "build", "ulx3s-85f", "--graph", graph, "--cells", 16)
    assert code == 2
    assert "the graph decides it" in error


def test_the_deep_array_of_a_torus(limulator, tmp_path, monkeypatch) -> None:
    made = []

    def fake(board, shape, directory, say, graph):
        made.append((shape, graph))
        return Build(directory / "icebreaker.bin", board.clock_Hz, Report(4200, None, 24, 1, 30e6))

    monkeypatch.setattr("limulator_boards.build.build", fake)
    file = tmp_path / "torus.txt"
    edges = lattices.square(8, 4, periodic=True).edges
    file.write_text("32 64\n" + "".join(f"{i + 1} {j + 1} 1\n" for i, j in edges))
    for lanes in (4, 8):
        code, _, error = limulator(
            "board", "build", "icebreaker", "--graph", file, "--deep", "--lanes", lanes, "-o", tmp_path
        )
        assert (code, error) == (0, "")
        shape, graph = made[-1]
        assert (shape.cells, shape.lanes, shape.deep, shape.compact) == (32, lanes, 1, 1)
        assert graph == Graph.torus(lanes, 32 // lanes)
    code, _, error = limulator("board", "build", "icebreaker", "--graph", file, "--deep", "--lanes", "5")
    assert (code, error) == (5, "limulator: lanes must be a side of the torus, 4 or 8, got lanes=5\n")
    for command in ("build", "virtual"):
        board = ["icebreaker"] if command == "build" else ["--board", "icebreaker"]
        code, _, error = limulator("board", command, *board, "--deep")
        assert code == 2
        assert "give a --graph" in error


def test_an_array_of_a_graph_that_cannot_be_built(limulator, tmp_path) -> None:
    graph = tmp_path / "pairs.txt"
    graph.write_text("1000 500\n" + "".join(f"{2 * i + 1} {2 * i + 2} 1\n" for i in range(500)))
    for name in ("ulx3s-25f", "icebreaker", "hx8k"):
        code, out, error = limulator("board", "build", name, "--graph", graph, "-o", tmp_path / "new")
        assert (code, out) == (12, "")
        assert error.startswith("limulator: an array of 1000 cells and 500 lanes takes about ")
        assert error.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_virtual_board_of_a_graph(limulator, tmp_path, monkeypatch) -> None:
    made = []

    class Port:
        url, terminal = "socket://127.0.0.1:1", None

        def __init__(self, *arguments) -> None:
            made.append(arguments)

        def serve(self) -> None:
            raise KeyboardInterrupt

        def close(self) -> None:
            pass

    monkeypatch.setattr("limulator_boards.virtual.VirtualPort", Port)
    graph = tmp_path / "ring.txt"
    graph.write_text(RING)
    problem = read_problem(graph)
    for lanes in (None, 3):
        asked = [] if lanes is None else ["--lanes", lanes]
        code, out, error = limulator("board", "virtual", "--graph", graph, *asked)
        assert (code, error) == (0, "")
        assert f"limulator solve {graph} --array color --backend serial:socket://127.0.0.1:1\n" in out
        arrangement = arrange(problem, Schedule.automatic(problem, 1000), lanes)
        assert made[-1] == (suited(arrangement.shape, BOARDS["icebreaker"]), arrangement.graph, 0, False)


def test_flash(limulator, tmp_path, monkeypatch) -> None:
    file = tmp_path / "icebreaker.bin"
    message = f"limulator: {file} is not there: limulator board build icebreaker makes it\n"
    assert limulator("board", "flash", "icebreaker", "-o", tmp_path) == (12, "", message)
    file.write_text("bits")
    monkeypatch.setattr("limulator_boards.load.shutil.which", lambda name, path=None: None)
    code, _, error = limulator("board", "flash", "icebreaker", "-o", tmp_path)
    assert code == 12
    assert error.startswith("limulator: openFPGALoader is missing: ")


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
        def __init__(self, shape, graph) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr("limulator_boards.virtual.VirtualBoard", Board)
    code, _, error = limulator("board", "virtual", "--port", "70000")
    assert code == 12
    assert error.startswith("limulator: cannot listen at port 70000 (")
    assert error.endswith("): choose another, or 0 for any\n")
