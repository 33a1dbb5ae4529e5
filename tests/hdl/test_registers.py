"""The register map: regions apart, hash sensitive, documents complete."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import Shape
from limulator_hdl.graph import Graph
from limulator_hdl.quad import SEED_STEPS
from limulator_hdl.registers import REGISTERS, RegisterMap

MAPS = st.builds(
    lambda windows, lanes, bits, coupling_bits, segments: RegisterMap(
        Shape(windows * lanes, lanes, bits, coupling_bits, segments=segments)
    ),
    st.integers(1, 40),
    st.integers(1, 9),
    st.sampled_from([1, 2, 4]),
    st.integers(2, 8),
    st.integers(1, 300),
) | st.builds(
    lambda windows, lanes, degree, coupling_bits, segments: RegisterMap(
        ColorShape(windows * lanes, lanes, degree=degree, coupling_bits=coupling_bits, segments=segments),
        Graph.of(windows * lanes, []),
    ),
    st.integers(1, 40),
    st.integers(1, 9),
    st.integers(1, 40),
    st.integers(2, 8),
    st.integers(1, 300),
)


@given(MAPS)
def test_regions_do_not_overlap_and_are_aligned(registers: RegisterMap) -> None:
    end = 0
    for region in registers.regions.values():
        size = 1 << (region.words - 1).bit_length()
        assert region.base >= end
        assert region.base % size == 0
        end = region.base + region.words
    assert end <= 1 << registers.address_bits


@given(MAPS)
def test_cells_have_their_own_words(registers: RegisterMap) -> None:
    shape = registers.shape
    for name in ("STATE", "LINEAR"):
        region = registers.regions[name]
        words = [registers.cell(name, cell) for cell in range(shape.cells)]
        assert len(set(words)) == shape.cells
        assert all(region.base <= word < region.base + region.words for word in words)
    rows = [registers.row(cell) for cell in range(shape.cells)]
    region = registers.regions["COUPLING"]
    assert len(set(rows)) == shape.cells
    assert all(b - a >= shape.row_words for a, b in zip(rows, rows[1:], strict=False))
    assert rows[-1] + shape.row_words <= region.base + region.words


def test_hash_names_the_shape() -> None:
    shapes = [Shape(8), Shape(8, 2), Shape(8, bits=2), Shape(8, beta_frac=13), Shape(8, segments=64)]
    assert len({RegisterMap(shape).hash for shape in shapes}) == len(shapes)
    assert RegisterMap(Shape(8)).hash == RegisterMap(Shape(8)).hash


def test_hash_names_the_graph() -> None:
    shape = ColorShape(16, 4)
    torus = Graph.torus(4, 4)
    turned = Graph((torus.neighbours[0][::-1], *torus.neighbours[1:]))  # the places of couplings in a row
    graphs = [torus, turned, Graph.of(16, []), Graph.of(16, [], [15]), Graph.of(16, [(0, 4)], [15])]
    hashes = {RegisterMap(shape, graph).hash for graph in graphs}
    hashes |= {RegisterMap(shape).hash, RegisterMap(ColorShape(16, 4, deep=1), torus).hash}
    assert len(hashes) == len(graphs) + 2
    assert RegisterMap(shape, torus).hash == RegisterMap(shape, Graph.torus(4, 4)).hash


def test_a_colour_array_has_noise_where_others_have_diagonals() -> None:
    registers = RegisterMap(ColorShape(21, 7), Graph.of(21, []))
    assert registers.regions["NOISE"].words == 3
    page = registers.markdown()
    assert f"{SEED_STEPS} seed words" in page
    assert "| SEED | 0x8 | write, halted | any word" in page
    assert "DIAGONAL" not in page
    assert "NOISE" not in RegisterMap(Shape(21, 7)).regions


@pytest.mark.parametrize("bits", [1, 4])
def test_documents_name_everything(bits: int) -> None:
    registers = RegisterMap(Shape(8, 2, bits))
    page = registers.markdown()
    for register in REGISTERS:
        assert f"| {register.name} |" in page
    for region in registers.regions.values():
        assert f"| {region.name} | {region.base:#x} |" in page
    assert ("DIAGONAL" in page) == (bits > 1)
    assert f"{registers.hash:#010x}" in page
