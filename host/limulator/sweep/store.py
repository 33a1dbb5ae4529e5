"""The output directory of a sweep: what was asked for, and a record of every task that has been done."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ..errors import RunDirectoryError, SweepError
from ..result import versions
from .tasks import Record, Task

__all__ = ["Store"]

_EXPERIMENT, _CONFIG, _TASKS, _LOCK = "experiment.toml", "sweep.json", "tasks", "sweep.lock"


class Store:
    """One sweep on disk.

    ===================  ======================================================================================
    file                 contents
    ===================  ======================================================================================
    ``experiment.toml``  the experiment file as it was last run
    ``sweep.json``       where it was, and the versions it was last run with
    ``tasks/*.json``     a :class:`.Record` for each task that has been done, named by its identity
    ``results.parquet``  a row for each replica: configuration, seed, counters, best of it, heat
    ``timings.parquet``  a row for each replica: seconds and clocks
    ``index.html``       what came out, by configuration
    ``sweep.lock``       held by the process that is at work, of which it names the number and the machine
    ===================  ======================================================================================

    Records are the truth, all else is made from them. A record appears under its name only when all of it is on the disk,
    and one process alone writes them: the one that holds the lock, which the system takes from it when it ends, however
    that may be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: list[Path] = []
        """Records that :meth:`begin` could make no sense of."""

    @contextmanager
    def opened(self) -> Iterator[None]:
        """Make the directory, and hold its lock.

        Raises :class:`.RunDirectoryError` if it holds anything else or cannot be written, :class:`.SweepError` if another
        process is at work in it.
        """
        lock_file = self.path / _LOCK
        if self.path.exists() and not lock_file.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise RunDirectoryError(f"{self.path} exists and holds no sweep: choose another --out, or remove it")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = lock_file.open("a+")
        except OSError as error:
            raise self._unwritable(error) from None
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise SweepError(
                    f"another sweep is at work in {self.path} ({lock.read().strip()}): wait for it, stop it, or choose "
                    "another --out"
                ) from None
            except OSError as error:
                raise self._unwritable(error) from None
            lock.truncate(0)
            lock.write(f"process {os.getpid()} on {socket.gethostname()}\n")
            lock.flush()
            yield

    def begin(self, file: Path, tasks: Sequence[Task]) -> dict[str, Record]:
        """The records that are there already of these tasks, by identity; then note what is run now.

        Raises :class:`.SweepError` if there are records, but none of these tasks: it is another sweep's directory.
        """
        folder = self.path / _TASKS
        try:
            folder.mkdir(exist_ok=True)
            for leftover in folder.glob("*.tmp"):
                leftover.unlink()
            there = {path.stem for path in folder.glob("*.json")}
            wanted = {task.identity: task for task in tasks}
            if there and tasks and not there & wanted.keys():
                raise SweepError(
                    f"{self.path} holds a sweep, but no task of {file}: its tasks are of another grid, other problems, "
                    "another machine or another version of limulator: choose another --out"
                )
            found = {}
            for identity in there & wanted.keys():
                record = self._read(folder / f"{identity}.json", wanted[identity])
                if record is not None:
                    found[identity] = record
            config = {"file": str(file.absolute()), "tasks": len(tasks), "versions": versions()}
            self.write(_EXPERIMENT, file.read_bytes())
            self.write(_CONFIG, msgspec.json.format(msgspec.json.encode(config), indent=1) + b"\n")
        except OSError as error:
            raise self._unwritable(error) from None
        return found

    def commit(self, record: Record) -> None:
        """Keep the record of a task. Raises :class:`.RunDirectoryError` if it cannot be written."""
        self.write(f"{_TASKS}/{record.task.identity}.json", msgspec.json.encode(record) + b"\n")

    def write(self, name: str, content: bytes) -> None:
        """Write a file so that it is there either as it was, or all of it, whatever happens meanwhile."""
        temporary = self.path / f"{name}.tmp"
        try:
            with temporary.open("wb") as file:
                file.write(content)
            self.move(temporary, name)
        except OSError as error:
            raise self._unwritable(error) from None

    def move(self, temporary: Path, name: str) -> None:
        """Give a file that is complete its name, once it is on the disk."""
        target = self.path / name
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)

    def _read(self, path: Path, task: Task) -> Record | None:
        """A record, None if it is not what it should be."""
        try:
            record = msgspec.json.decode(path.read_bytes(), type=Record)
        except (msgspec.DecodeError, UnicodeDecodeError):
            record = None
        if record is None or record.task != task or [replica.seed for replica in record.replicas] != task.seeds:
            self.damaged.append(path)
            return None
        return record

    def _unwritable(self, error: OSError) -> RunDirectoryError:
        return RunDirectoryError(f"cannot write to {self.path}: {error.strerror}: choose another --out")


def _sync(path: Path) -> None:
    """Have the system put on the disk what it keeps of a file or a directory."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
