"""The QPLIB reader: the objective as the library defines it, minimised or maximised, and nothing with constraints."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limulator import solve
from limulator.errors import FileFormatError, ProblemError, RangeError
from limulator.readers import read_problem

in_one_directory = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

RNG = np.random.default_rng(5)


def vector(default, others):
    """A default, the number of others, and those."""
    return [f"{default} # default", f"{len(others)} # others", *(f"{i + 1} {v}" for i, v in others.items())]


def written(path, kind, sense, n, Q, b, constant=0, bounds=None, types=None, remark="# "):
    """A file as QPLIB has them: Q a mapping of pairs i >= j, b, bounds and types pairs of a default and a mapping."""
    lines = ["! comment", "name", kind, f"{sense} {remark}sense", f"{n} {remark}number of variables"]
    if kind[0] != "L":
        lines += [f"{len(Q)} {remark}entries", *(f"{i + 1} {j + 1} {v}" for (i, j), v in Q.items())]
    lines += [*vector(*b), f"{constant} {remark}constant", "1.0E+20 # infinity"]
    for part in (*(bounds or ()), *([types] if types else ())):
        lines += vector(*part)
    lines += [*vector(0.0, {}), *vector(0.0, {}), "0 # names of variables", "0 # names of constraints", ""]
    path.write_text("\n".join(lines))
    return path


def objective(x, Q, b, constant):
    """q0 + b x + 1/2 sum_{i >= j} Q_ij x_i x_j, for points x, (points, n)."""
    default, others = b
    linear = np.full(x.shape[1], default)
    linear[list(others)] = list(others.values())
    return constant + x @ linear + sum((v * x[:, i] * x[:, j] for (i, j), v in Q.items()), np.zeros(len(x))) / 2


@st.composite
def programs(draw):
    n = draw(st.integers(1, 6))
    numbers = st.integers(-40, 40).map(lambda k: k / 4)
    pairs = [(i, j) for i in range(n) for j in range(i + 1)]
    Q = {pair: draw(numbers) for pair in draw(st.lists(st.sampled_from(pairs), unique=True))}
    b = draw(numbers), draw(st.dictionaries(st.integers(0, n - 1), numbers))
    return n, Q, b, draw(numbers), draw(st.sampled_from(["minimize", "MAXIMIZE"]))


@given(programs(), st.sampled_from(["QBN", "QBB", "LBN", "cbn"]), st.sampled_from(["# ", ""]))
@in_one_directory
def test_binary_round_trip(tmp_path, program, kind, remark):
    n, Q, b, constant, sense = program
    Q = {} if kind[0] == "L" else Q
    problem = read_problem(written(tmp_path / "p.qplib", kind, sense, n, Q, b, constant, remark=remark))
    x = RNG.integers(0, 2, (30, n))
    assert (problem.kind, problem.cells, problem.name) == ("qubo", n, "p")
    assert np.allclose(problem.value(x), objective(x, Q, b, constant), atol=1e-9)
    assert problem.scale > 0 if sense == "minimize" else problem.scale < 0


@given(programs(), st.integers(1, 5), st.data())
@in_one_directory
def test_integer_round_trip(tmp_path, program, bits, data):
    n, Q, b, constant, sense = program
    low = [data.draw(st.integers(-9, 9)) for _ in range(n)]
    high = [bound + (1 << bits) - 1 for bound in low]
    bounds = ((0, dict(enumerate(low))), (high[0], dict(enumerate(high))))
    kind, types = data.draw(st.sampled_from([("QIB", None), ("QGB", (1, {})), ("QMB", (0, dict.fromkeys(range(n), 1)))]))
    problem = read_problem(written(tmp_path / "p.qplib", kind, sense, n, Q, b, constant, bounds, types))
    x = RNG.integers(0, 1 << bits, (30, n))
    assert (problem.kind, problem.bits) == ("qubo" if bits == 1 else "box", bits)
    assert np.allclose(problem.value(x), objective(x + low, Q, b, constant), atol=1e-9)


def test_the_published_example_of_the_format_has_constraints(tmp_path):
    path = tmp_path / "mipband.qplib"
    path.write_text("! example\nMIPBAND # problem name\nQML # mixed-integer quadratic program\nMinimize\n3\n2\n")
    message = "line 3: QML has linear constraints, an array none: add them to the objective as penalties: 'QML # mixed"
    with pytest.raises(FileFormatError, match=message):
        read_problem(path)


def test_what_is_maximised_is_maximised(tmp_path):
    Q, b, constant = {(1, 0): 6, (2, 1): -8, (2, 2): 5}, (1, {1: -2}), 0.5
    problem = read_problem(written(tmp_path / "p.qplib", "QBN", "maximize", 3, Q, b, constant))
    corners = np.indices((2, 2, 2)).reshape(3, -1).T
    best = solve(problem, sweeps=50, seed=1).best_state
    assert problem.value(best) == objective(corners, Q, b, constant).max() == 5.0


def test_fractions_of_bounds_and_types(tmp_path):
    """Integers from 0.5 to 4.5 are 1 to 4; a binary variable is so whatever its bounds say."""
    problem = read_problem(
        written(tmp_path / "p.qplib", "QIB", "minimize", 1, {(0, 0): 2}, (0, {}), 0, ((0.5, {}), (4.5, {})))
    )
    assert problem.value([[0], [3]]).tolist() == [1, 16]
    unbounded = (-1e20, {}), (1e20, {})
    assert (
        read_problem(written(tmp_path / "q.qplib", "QGN", "minimize", 2, {}, (1, {}), 0, unbounded, (2, {}))).kind == "qubo"
    )


def test_levels(tmp_path):
    path = written(tmp_path / "p.qplib", "QBN", "maximize", 2, {(1, 0): 0.123456}, (0, {0: np.pi}))
    with pytest.raises(ProblemError, match="levels="):
        read_problem(path)
    problem = read_problem(path, levels=100)
    assert problem.quantisation_error > 0
    assert problem.value([1, 1]) == pytest.approx(np.pi + 0.061728, abs=2 * problem.quantisation_error)


def test_trailing_section_of_constraint_names_may_be_missing(tmp_path):
    path = written(tmp_path / "p.qplib", "QBN", "minimize", 2, {(1, 0): 2}, (0, {}))
    text = path.read_text()
    path.write_text(text.removesuffix("0 # names of constraints\n"))
    assert read_problem(path).cells == 2
    path.write_text(text.replace("0 # names of variables", "1 # names of variables\n2 flow"))
    assert read_problem(path).value([1, 1]) == 1


GOOD = """name
QIB
minimize
2
1
2 1 1.5
0.0
1
2 -1
0
1e20
0
0
3
0
0
0
0
0
0
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("QIB", "QXB", "line 2: expected the type of the problem, three letters such as QBN: 'QXB'"),
        ("QIB", "QI", "line 2: expected the type"),
        (
            "QIB",
            "QIQ",
            "line 2: QIQ has quadratic constraints, an array none: add them to the objective as penalties: 'QIQ'",
        ),
        ("QIB", "QID", "has convex quadratic constraints"),
        ("QIB", "QCB", "line 2: QCB has continuous variables, an array integers: use solve_box_qp: 'QCB'"),
        ("minimize", "min", "line 3: expected minimize or maximize: 'min'"),
        ("minimize\n2\n1", "minimize\n0\n1", "a problem needs a variable"),
        ("minimize\n2\n1", "minimize\n-2\n1", "line 4: expected the number of variables, an integer >= 0: '-2'"),
        ("minimize\n2\n1", "minimize\n2.0\n1", "line 4: expected the number of variables"),
        ("2 1 1.5", "1 2 1.5", "line 6: entries of Q are those on and below the diagonal, i >= j: '1 2 1.5'"),
        ("2 1 1.5", "3 1 1.5", "line 6: node out of 1..2"),
        ("2 1 1.5", "2 1", "line 6: expected 3 values: '2 1'"),
        ("2 1 1.5", "2 1 x", "line 6: expected 'i j value': '2 1 x'"),
        ("2 1 1.5", "2 1 nan", "line 6: value is not finite"),
        ("0.0\n1\n", "zero\n1\n", "line 7: expected the default of linear coefficients, a number: 'zero'"),
        ("2 -1\n", "3 -1\n", r"line 9: variable out of 1\.\.2: '3 -1'"),
        ("1\n2 -1\n", "2\n2 -1\n2 -1\n", "line 10: variable 2 was given on line 9 already: '2 -1'"),
        ("2 -1\n", "2 1_0\n", "line 9: expected linear coefficients, a number"),
        ("1e20", "-1", "line 11: the number for infinity must be positive"),
        ("\n3\n0\n", "\n4\n0\n", r"line 14: variable 1 is in 0..4: cells take 2\*\*b values, b = 1..16, all the same: '4'"),
        ("\n3\n0\n", "\n3\n1\n2 1\n", r"line 16: variable 2 is in 0..1: cells take .*: '2 1'"),
        ("\n3\n0\n", "\n-1\n0\n", r"line 14: variable 1 is in 0..-1"),
        ("\n3\n0\n", "\n131071\n0\n", r"variable 1 is in 0..131071: cells"),
        ("\n3\n0\n", "\n1e20\n0\n", "line 14: variable 1 is not bounded on both sides: '1e20'"),
        ("0\n0\n0\n0\n0\n0\n", "0\n0\n0\n", "the file ends before the default of dual values of the starting point"),
        ("0\n0\n0\n0\n0\n0\n", "0\n0\n0\n0\n0\n2\n", "the number of named variables is 2, and then the file ends after 0"),
        ("0\n0\n0\n0\n0\n0\n", "0\n0\n0\n0\n0\n0\n0\n1\n", "line 22: expected the end of the file: '1'"),
    ],
)
def test_refused(tmp_path, old, new, message):
    path = tmp_path / "p.qplib"
    path.write_text(GOOD)
    assert read_problem(path).value([2, 3]) == 0.75 * 6 - 3
    before, found, after = GOOD.rpartition(old) if old.startswith("0\n0\n0") else GOOD.partition(old)
    assert found
    path.write_text(before + new + after)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_problem(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ((0, {1: 1}), "line 15: variable 1 is continuous, an array holds integers: '0 # default'"),
        ((1, {1: 3}), "the type of a variable is 0, 1 or 2: '2 3'"),
    ],
)
def test_types_refused(tmp_path, types, message):
    path = written(tmp_path / "p.qplib", "QMB", "minimize", 2, {}, (0, {}), 0, ((0, {}), (1, {})), types)
    with pytest.raises(FileFormatError, match=message):
        read_problem(path)


def test_too_many_variables(tmp_path):
    path = tmp_path / "p.qplib"
    path.write_text("name\nQBN\nminimize\n300000\n")
    with pytest.raises(RangeError, match=r"cells must be 1\.\.262144"):
        read_problem(path)


@given(
    st.lists(st.sampled_from(["0", "1", "2", "1 1 1", "2 1 -1", "1e20", "0.5", "x", "1 2", "2 2", "-1"]), max_size=25),
    st.data(),
)
@settings(in_one_directory, max_examples=300)
def test_garbage_after_a_good_header_is_refused_clearly(tmp_path, lines, data):
    kind = data.draw(st.sampled_from(["QBN", "LBB", "QIB", "QGB", "QMB", "LIN"]))
    path = tmp_path / "p.qplib"
    path.write_text("\n".join(["name", kind, "maximize", "2", *lines]))
    try:
        read_problem(path)
    except (FileFormatError, ProblemError, RangeError) as error:
        assert "\n" not in str(error)


def test_from_the_command_line(limulator, tmp_path):
    path = written(tmp_path / "p.qplib", "QBN", "maximize", 2, {(1, 0): 6}, (1, {}))
    code, out, err = limulator("solve", path, "--sweeps", 20)
    assert (code, err) == (0, "")
    assert "value 5" in out
    path.write_text(path.read_text().replace("QBN", "QBL"))
    code, out, err = limulator("solve", path)
    assert code == 3
    assert (out, err.count("\n")) == ("", 1)
    assert "p.qplib, line 3: QBL has linear constraints" in err


def test_a_count_that_no_file_can_have(tmp_path):
    path = tmp_path / "p.qplib"
    path.write_text(GOOD.replace("minimize\n2\n1\n", f"minimize\n2\n{'9' * 30}\n"))
    with pytest.raises(FileFormatError, match="line 7: expected 3 values"):
        read_problem(path)
