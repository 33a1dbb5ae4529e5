"""Has the tasks run, and keeps each record as soon as it is there."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..backends import Watch
from ..errors import LimulatorError, SweepError
from .store import Store
from .tasks import Failure, Plan, Record, Task, perform

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["run"]

_PAUSE_S = 0.02


def run(
    client: Client, plan: Plan, tasks: Sequence[Task], store: Store, watch: Watch
) -> tuple[list[Record], list[Failure]]:
    """Run these tasks of the plan on the workers, until all are done or failed, or the watch says stop.

    A task whose worker dies is run again elsewhere, until it has taken four workers with it. Only this process writes
    records, so that it does not matter how often a task was begun, or whether the workers see the directory. What has been
    committed when it dies is done; what has not is run by the next sweep. Raises :class:`.SweepError` if the scheduler is
    lost.
    """
    from distributed import as_completed

    # a worker gets a problem once; were it scattered, it would be lost with the worker
    problems = {name: client.submit(_itself, problem, pure=False) for name, problem in plan.problems.items()}
    futures = client.map(perform, tasks, [problems[task.configuration.problem] for task in tasks], pure=False)
    waiting = {future.key: task for future, task in zip(futures, tasks, strict=True)}
    completed = as_completed(futures, with_results=True, raise_errors=False)
    del futures  # a future that is let go is forgotten by the workers
    records: list[Record] = []
    failures: list[Failure] = []
    while waiting:
        last = watch.stop
        if completed.has_ready():
            for future, result in completed.next_batch(block=False):
                task = waiting.pop(future.key)
                if future.status == "finished":
                    store.commit(result)
                    records.append(result)
                    watch.advance(task.attempts)
                elif future.status == "cancelled":
                    raise SweepError(f"the scheduler is gone: {store.path} has what is done, the same command goes on")
                else:
                    failures.append(Failure(1, str(task), _explained(result[1])))
        elif not last:
            time.sleep(_PAUSE_S)
        if last:
            break
    return records, failures


def _explained(error: BaseException) -> str:
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        return "it took four workers with it: give them more memory, or use a smaller block"
    return str(error) if isinstance(error, LimulatorError) else f"{type(error).__name__}: {error}"


def _itself(problem: object) -> object:
    return problem
