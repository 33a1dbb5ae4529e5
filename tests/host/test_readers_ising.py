"""Readers of Ising problems: both formats, both signs, both ways of counting."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from limulator.errors import FileFormatError, RangeError
from limulator.readers import read_problem

in_one_directory = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

RNG = np.random.default_rng(3)


@st.composite
def glasses(draw, fields=True):
    """Number of spins, a mapping of pairs i < j to couplings, and a mapping of spins to fields."""
    spins = draw(st.integers(1, 10))
    pairs = [(i, j) for i in range(spins) for j in range(i)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    numbers = st.integers(-20, 20).map(lambda k: k / 4)
    J = {pair: draw(numbers) for pair in chosen}
    h = draw(st.dictionaries(st.integers(0, spins - 1), numbers)) if fields else {}
    return spins, J, h


def energy(s, J, h):
    """sum J s s + sum h s of spins s, (states, spins)."""
    return sum((v * s[:, i] * s[:, j] for (i, j), v in J.items()), np.zeros(len(s))) + sum(
        v * s[:, i] for i, v in h.items()
    )


def states(spins):
    x = RNG.integers(0, 2, (30, spins))
    return x, 2 * x - 1


@given(glasses(), st.sampled_from([0, 1]), st.booleans(), st.booleans(), st.sampled_from([".ising", ".qh"]))
@in_one_directory
def test_ising_round_trip(tmp_path, glass, first, short, all_lines, suffix):
    spins, J, h = glass
    if first == 0 and 0 not in {*h, *(i for pair in J for i in pair)}:
        h = {**h, 0: 1.25}
    lines = [f"{i + first} {j + first} {v}" for (i, j), v in J.items()]
    lines += [f"{i + first} {v}" if short else f"{i + first} {i + first}\t{v}" for i, v in h.items()]
    path = tmp_path / f"glass{suffix}"
    path.write_text("\n".join(["# comment", f"{spins} {len(J) + len(h) * all_lines}", *lines, ""]))
    problem = read_problem(path)
    x, s = states(spins)
    assert (problem.cells, problem.kind, problem.name) == (spins, "ising", "glass")
    assert np.array_equal(problem.value(x), energy(s, J, h))


@given(glasses(fields=False), st.sampled_from([".sg", ".gsg"]))
@in_one_directory
def test_sg_round_trip(tmp_path, glass, suffix):
    spins, J, _ = glass
    path = tmp_path / f"glass{suffix}"
    path.write_text("\n".join([f"{spins} {len(J)}", *(f"{i + 1} {j + 1} {v}" for (i, j), v in J.items())]))
    problem = read_problem(path)
    x, s = states(spins)
    assert np.array_equal(problem.value(x), -energy(s, J, {}))


def test_the_two_signs(tmp_path):
    for suffix, aligned in ((".ising", 1), (".sg", -1)):
        path = tmp_path / f"pair{suffix}"
        path.write_text("2 1\n1 2 1\n")
        assert read_problem(path).value([1, 1]) == aligned


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("g.ising", "# nothing", "no header 'spins lines'"),
        ("g.ising", "0 0\n", "line 1: a problem needs a spin"),
        ("g.ising", "3 x\n", "line 1: expected 'spins lines', all of them integers >= 0: '3 x'"),
        ("g.ising", "3\n", "line 1: expected 'spins lines'"),
        (
            "g.ising",
            "1 2 -1\n",
            "line 1: expected 'spins lines'; .*put '# vartype=SPIN' above it, and name it .coo: '1 2 -1'",
        ),
        ("g.ising", "2 2\n1 2 1\n", "the header announces 2 lines, the file holds 1"),
        ("g.ising", "2 0\n1 2 1\n1 1\n", "the header announces 0 lines, the file holds 2"),
        ("g.ising", "2 1\n1 3 1\n", "line 2: node out of 0..2: '1 3 1'"),
        ("g.ising", "2 2\n0 1 1\n1 2 1\n", "line 3: node out of 0..1, as line 2 counts from 0: '1 2 1'"),
        ("g.ising", "2 2\n1 2 1\n2 1 1\n", "line 3: this pair was given on line 2 already"),
        ("g.ising", "2 2\n1 5\n1 1 1\n", "line 3: this pair was given on line 2 already"),
        ("g.ising", "2 1\n1 2 3 4\n", "line 2: expected 'i j value': '1 2 3 4'"),
        ("g.ising", "2 1\n1 h\n", "line 2: expected 'i j value': '1 h'"),
        ("g.ising", "2 1\n1 2 inf\n", "line 2: value is not finite"),
        ("g.sg", "1 2 -1\n", "line 1: expected 'spins interactions': '1 2 -1'"),
        ("g.sg", "2 1\n0 1 1\n", "line 2: node out of 1..2"),
        ("g.sg", "2 1\n1 1 1\n", "line 2: an interaction of a spin with itself: '1 1 1'"),
        ("g.sg", "2 1\n1 1\n", "line 2: expected 'i j value': '1 1'"),
        ("g.sg", "2 2\n1 2 1\n", "the header announces 2 interactions, the file holds 1"),
    ],
)
def test_refused(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content)
    with pytest.raises(FileFormatError, match=message) as caught:
        read_problem(path)
    assert str(caught.value).startswith(str(path))


def test_too_many_spins(tmp_path):
    path = tmp_path / "g.ising"
    path.write_text("300000 0\n")
    with pytest.raises(RangeError, match=r"cells must be 1\.\.262144"):
        read_problem(path)
