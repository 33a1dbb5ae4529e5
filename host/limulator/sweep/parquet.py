"""The records of a sweep as tables, in Parquet, written by DuckDB."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from tempfile import NamedTemporaryFile
from types import UnionType
from typing import Any, get_args, get_type_hints

import msgspec

from limulator_hdl.ledger import COUNTERS

from ..errors import SweepError
from .store import Store
from .tasks import Configuration, Record, Replica

__all__ = ["RESULTS", "TIMINGS", "write_tables"]

_TYPES = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE"}


def _columns(struct: type[msgspec.Struct], *without: str) -> dict[str, str]:
    """Columns for the fields of a struct, and their types."""
    columns = {}
    for name, hint in get_type_hints(struct).items():
        if name not in without:
            columns[name] = _TYPES[get_args(hint)[0] if isinstance(hint, UnionType) else hint]
    return columns


RESULTS = (
    {"task": "VARCHAR"}
    | _columns(Configuration)
    | {"seed": "BIGINT"}
    | {counter.name: "BIGINT" for counter in COUNTERS}
    | _columns(Replica, "seed", "counters", "clocks")
)
"""Columns of ``results.parquet``, and their types: nothing that another run of the same would not find again."""

TIMINGS = {"task": "VARCHAR", "seed": "BIGINT", "seconds": "DOUBLE", "clocks": "BIGINT"}
"""Columns of ``timings.parquet``: seconds of a worker, shared equally by the replicas of a task, and clocks of the array
where there is one.
"""


def write_tables(records: Sequence[Record], store: Store) -> None:
    """Write ``results.parquet`` and ``timings.parquet``, with a row for each replica in the order of the records.

    The same records give the same ``results.parquet``, to the byte.
    """
    _write(_results(records), RESULTS, store, "results.parquet")
    _write(_timings(records), TIMINGS, store, "timings.parquet")


def _results(records: Iterable[Record]) -> Iterable[dict[str, Any]]:
    for record in records:
        configuration = {"task": record.task.identity} | msgspec.structs.asdict(record.task.configuration)
        for replica in record.replicas:
            yield configuration | replica.counters | msgspec.structs.asdict(replica)


def _timings(records: Iterable[Record]) -> Iterable[dict[str, Any]]:
    for record in records:
        share = {"task": record.task.identity, "seconds": record.wall_s / len(record.replicas)}
        for replica in record.replicas:
            yield share | {"seed": replica.seed, "clocks": replica.clocks}


def _write(rows: Iterable[dict[str, Any]], columns: dict[str, str], store: Store, name: str) -> None:
    import duckdb

    temporary = store.path / f"{name}.tmp"
    with NamedTemporaryFile("wb", suffix=".jsonl") as lines:
        for row in rows:
            lines.write(msgspec.json.encode({column: row[column] for column in columns}) + b"\n")
        lines.flush()
        # one thread: more would write the rows in the order in which they come to them
        try:
            with duckdb.connect(":memory:", config={"threads": 1}) as database:
                database.execute(
                    f"COPY (SELECT * FROM read_json($lines, format='newline_delimited', columns={columns})) "
                    "TO $parquet (FORMAT parquet, COMPRESSION zstd)",
                    {"lines": lines.name, "parquet": str(temporary)},
                )
        except duckdb.Error as error:
            raise SweepError(f"cannot write {store.path / name}: {error}") from None
    store.move(temporary, name)
