"""File readers: round trips, and clear refusals."""

import gzip
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limulator.errors import FileFormatError, ProblemError, RangeError
from limulator.problem import Problem
from limulator.readers import read_problem

in_one_directory = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@st.composite
def entries(draw, diagonal=True):
    """Number of cells and a mapping of pairs i <= j to integers."""
    cells = draw(st.integers(1, 12))
    pairs = [(i, j) for i in range(cells) for j in range(i if diagonal else i + 1, cells)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    return cells, {pair: draw(st.integers(-99, 99)) for pair in chosen}


def matrix(cells, values):
    dense = np.zeros((cells, cells))
    for (i, j), value in values.items():
        dense[i, j] = value
    return dense


def written(path, text):
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@given(entries(diagonal=False), st.sampled_from([".txt", ".rud", ".mc", ".gset", "", ".gset.gz"]), st.booleans())
@in_one_directory
def test_rudy_round_trip(tmp_path, graph, suffix, swap):
    cells, values = graph
    lines = [f"{j + 1} {i + 1} {v}" if swap else f"{i + 1}  {j + 1}\t{v}" for (i, j), v in values.items()]
    path = written(tmp_path / f"graph{suffix}", "\n".join(["# comment", f"{cells} {len(values)}", "", *lines, ""]))
    problem = read_problem(path)
    assert problem.digest() == Problem.max_cut(matrix(cells, values)).digest()
    assert (problem.name, problem.kind) == ("graph", "max-cut")


@given(entries(), st.sampled_from([".qubo", ".txt", ".qubo.gz"]))
@in_one_directory
def test_qubo_round_trip(tmp_path, problem, suffix):
    cells, values = problem
    nodes = sum(i == j for i, j in values)
    lines = [f"{i} {j} {v / 2}" for (i, j), v in values.items()]
    header = f"p qubo 0 {cells} {nodes} {len(values) - nodes}"
    path = written(tmp_path / f"form{suffix}", "\r\n".join(["c comment", header, *lines, "c end"]))
    read = read_problem(path)
    expected = Problem.qubo(matrix(cells, values) / 2)
    assert (read.digest(), read.scale, read.kind) == (expected.digest(), expected.scale, "qubo")


@given(entries(), st.sampled_from([".coo", ".txt"]), st.sampled_from(["SPIN", "BINARY"]))
@in_one_directory
def test_coo_round_trip(tmp_path, problem, suffix, vartype):
    _, values = problem
    if not values:
        values = {(0, 0): 1}
    cells = 1 + max(max(pair) for pair in values)
    lines = [f"{i} {j} {v:f}" for (i, j), v in values.items()]
    path = written(tmp_path / f"model{suffix}", "\n".join([f"# vartype={vartype}", *lines]))
    dense = matrix(cells, values)
    read = read_problem(path)
    expected = Problem.ising(np.triu(dense, 1), np.diag(dense)) if vartype == "SPIN" else Problem.qubo(dense)
    assert (read.digest(), read.offset, read.kind) == (expected.digest(), expected.offset, expected.kind)


@given(
    st.sampled_from([".txt", ".rud", ".qubo", ".coo", ".ising", ".sg", ".qplib", ".txt.gz", ""]),
    st.one_of(
        st.text(),
        st.binary(),
        st.lists(
            st.lists(
                st.sampled_from(
                    [
                        *"012345-cp#",
                        "qubo",
                        "nan",
                        "1e999",
                        "99999",
                        "10000000000",
                        "0.5",
                        "1e-9",
                        "# vartype=SPIN",
                        "QBN",
                        "minimize",
                        "\0",
                    ]
                ),
                max_size=7,
            ).map(" ".join),
            max_size=12,
        ).map("\n".join),
    ),
)
@settings(in_one_directory, max_examples=400)
def test_garbage_is_refused_clearly(tmp_path, suffix, content):
    path = tmp_path / f"garbage{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    try:
        read_problem(path)
    except FileFormatError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
    except (ProblemError, RangeError) as error:
        assert "\n" not in str(error)


def test_weights_may_be_left_out(tmp_path):
    assert read_problem(written(tmp_path / "g.rud", "3 2\n1 2\n2 3 5\n")).cut([0, 1, 0]) == 6


def test_a_format_overrides_the_suffix(tmp_path):
    path = written(tmp_path / "g.dat", "2 1\n1 2 1\n")
    assert read_problem(path, format="rudy").cells == 2
    assert read_problem(str(path), format="rudy").name == "g"


@pytest.mark.parametrize("name", ["g05_100.0", "ising2.5-100_5555", "pm1s_80.3.gz", "toruspm3-8-50"])
def test_names_of_the_biq_mac_library(tmp_path, name):
    problem = read_problem(written(tmp_path / name, "2 1\n1 2 1\n"))
    assert (problem.name, problem.kind) == (name.removesuffix(".gz"), "max-cut")


@given(entries(), st.sampled_from(["SPIN", "BINARY"]))
@in_one_directory
def test_coo_as_dimod_writes_it(tmp_path, problem, vartype):
    """The energies of random states, by dimod's own reckoning."""
    dimod, coo = pytest.importorskip("dimod"), pytest.importorskip("dimod.serialization.coo")
    pairs = {pair: value / 4 for pair, value in problem[1].items() if value}
    if not pairs:
        return
    linear = {i: value for (i, j), value in pairs.items() if i == j}
    model = dimod.BinaryQuadraticModel(linear, {(i, j): v for (i, j), v in pairs.items() if i != j}, 0, vartype)
    read = read_problem(written(tmp_path / "model.coo", coo.dumps(model, vartype_header=True)))
    x = np.random.default_rng(0).integers(0, 2, (20, read.cells))
    labels = list(model.variables)
    states = (x if vartype == "BINARY" else 2 * x - 1)[:, labels]
    assert np.allclose(read.value(x), model.energies((states, labels)))


def test_levels(tmp_path):
    path = written(tmp_path / "g.rud", "3 2\n1 2 0.123456\n2 3 1\n")
    with pytest.raises(ProblemError, match="levels="):
        read_problem(path)
    assert read_problem(path, levels=10).couplings.data.max() == 20


def test_a_big_graph_is_read_quickly(tmp_path):
    rng = np.random.default_rng(1)
    upper = np.argwhere(np.triu(np.ones((800, 800)), 1))
    edges = upper[rng.choice(len(upper), 19176, replace=False)] + 1
    path = written(tmp_path / "G.txt", "800 19176\n" + "".join(f"{i} {j} 1\n" for i, j in edges))
    start = time.perf_counter()
    problem = read_problem(path)
    # A tenth of this on a desktop.
    assert time.perf_counter() - start < 0.3
    assert problem.couplings.nnz == 2 * 19176


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("g.rud", "", "the file is empty"),
        ("g.rud", " \n\n", "the file is empty"),
        ("g.rud", "# only a comment", "no header 'nodes edges'"),
        ("g.rud", "3\n1 2 1", "line 1: expected 'nodes edges'.*: '3'"),
        ("g.rud", "3 x\n1 2 1", "line 1: expected 'nodes edges'.*: '3 x'"),
        ("g.rud", "3 -1\n", "line 1: expected 'nodes edges'"),
        ("g.rud", "0 0\n", "line 1: a graph needs a node"),
        ("g.rud", "3 2\n1 2 1\n", "the header announces 2 edges, the file holds 1"),
        ("g.rud", "3 1\n1 2 1\n2 3 1\n", "the header announces 1 edges, the file holds 2"),
        ("g.rud", "3 1\n\n1 4 1\n", "line 3: node out of 1..3: '1 4 1'"),
        ("g.rud", "3 1\n0 1 1\n", "line 2: node out of 1..3: '0 1 1'"),
        ("g.rud", "3 1\n2 2 1\n", "line 2: an edge from a node to itself: '2 2 1'"),
        ("g.rud", "3 2\n1 2 1\n2 1 1\n", "line 3: this pair was given on line 2 already: '2 1 1'"),
        ("g.rud", "3 1\n1 2 x\n", "line 2: expected 'i j' or 'i j weight': '1 2 x'"),
        ("g.rud", "3 1\n1\n", "line 2: expected 'i j' or 'i j weight': '1'"),
        ("g.rud", "3 1\n1 2 3 4\n", "line 2: expected"),
        ("g.rud", "3 1\n1 2 1_0\n", "line 2: expected"),
        ("g.rud", "3 1\n1 2 nan\n", "line 2: value is not finite: '1 2 nan'"),
        ("g.rud", "3 1\n1 2 1e999\n", "line 2: value is not finite"),
        ("g.rud", "3 1\n" + "1 2 " + "y" * 500, r"'1 2 y{56}\.\.\.'$"),
        ("g.xyz", "3 1\n1 2 1\n", "unknown suffix '.xyz': use .rud, .*, or pass format="),
        ("g.qubo", "c nothing", "expected 'p qubo 0 maxNodes nNodes nCouplers'"),
        ("g.qubo", "3 1\n0 0 1", "line 1: expected 'p qubo 0 maxNodes"),
        ("g.qubo", "p qubo 0 3 1\n0 0 1", "line 1: expected 'maxNodes nNodes nCouplers'"),
        ("g.qubo", "p qubo 0 0 0 0", "line 1: a problem needs a node"),
        ("g.qubo", "p qubo 0 3 0 1\n1 0 1", "line 2: a coupler needs i < j: '1 0 1'"),
        ("g.qubo", "p qubo 0 3 1 1\n0 1 1", "the header announces 1 nodes, the file holds 0"),
        ("g.qubo", "p qubo 0 3 0 2\n0 1 1", "the header announces 2 couplers, the file holds 1"),
        ("g.qubo", "p qubo 0 3 1 0\n3 3 1", "line 2: node out of 0..2"),
        ("g.qubo", "p qubo 0 3 1 0\n1 1", "line 2: expected 'i j value'"),
        ("g.coo", "0 1 1", "there is no default: add one"),
        ("g.coo", "# vartype=OCTAL\n0 1 1", "line 1: vartype must be BINARY or SPIN.*'# vartype=OCTAL'"),
        ("g.coo", "# vartype=SPIN\n0 1 1\n# vartype=BINARY", "line 3: vartype must be"),
        ("g.coo", "# vartype=SPIN\n", "holds no entries"),
        ("g.coo", "# vartype=SPIN\n0 1 1\n0 1 1", "line 3: this pair was given on line 2 already"),
        ("g.coo", "# vartype=SPIN\n-1 1 1", r"line 2: node out of 0\.\.: '-1 1 1'"),
    ],
)
def test_refused(tmp_path, name, content, message):
    path = written(tmp_path / name, content)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_problem(path)
    assert str(caught.value).startswith(str(path))


@pytest.mark.parametrize(
    ("name", "content"),
    [("g.rud", f"{10**30} 0"), ("g.qubo", "p qubo 0 300000 0 0"), ("g.coo", f"# vartype=SPIN\n0 {10**30} 1")],
)
def test_too_many_cells(tmp_path, name, content):
    with pytest.raises(RangeError, match=r"cells must be 1\.\.262144"):
        read_problem(written(tmp_path / name, content))


def test_what_is_no_text_file(tmp_path):
    with pytest.raises(FileFormatError, match=r"none\.txt: no such file"):
        read_problem(tmp_path / "none.txt")
    with pytest.raises(FileFormatError, match="is a directory"):
        read_problem(tmp_path)
    for name, content, message in (
        ("a.txt", b"\x7fELF\x02\x01\xff\x00", "not a text file"),
        ("b.txt", b"2 1\n1 2 \0", "not a text file"),
        ("c.txt.gz", b"2 1\n1 2 1\n", "cannot be read"),
        ("d.txt.gz", gzip.compress(b"2 1\n1 2 1\n")[:-9], "cannot be read"),
        ("e.txt.gz", b"\x1f\x8b\x08\x00" + bytes(range(40)), "cannot be read"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(FileFormatError, match=message):
            read_problem(tmp_path / name)
    with pytest.raises(FileFormatError, match="unknown format 'mps': use rudy, qubo, coo, ising"):
        read_problem(written(tmp_path / "f.txt", "1 0"), format="mps")
