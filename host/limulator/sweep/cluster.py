"""Where tasks are run: processes here, a Dask scheduler somewhere, or jobs of a SLURM cluster."""

from __future__ import annotations

import logging
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING

from ..errors import SweepError
from .grid import Slurm

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster
    from distributed import Client

__all__ = ["check_packages", "connected", "local", "slurm", "slurm_cluster"]

THREADS = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Environment of a worker: it does one task at a time, on one core."""


def check_packages() -> None:
    """Raise :class:`.SweepError` if a package that a sweep needs is missing."""
    try:
        import dask_jobqueue  # noqa: F401
        import distributed  # noqa: F401
        import duckdb  # noqa: F401
    except ImportError as error:
        raise SweepError(f"{error.name} is missing, which sweeps need: pip install 'limulator[dask]'") from None


@contextmanager
def local(workers: int | None) -> Iterator[Client]:
    """So many processes on this machine, by default as many as it has cores for this one."""
    import dask
    from dask.system import CPU_COUNT
    from distributed import Client, LocalCluster

    environment = {f"distributed.nanny.pre-spawn-environ.{name}": value for name, value in THREADS.items()}
    with dask.config.set(environment), _deaf():
        cluster = LocalCluster(
            n_workers=workers or CPU_COUNT, threads_per_worker=1, dashboard_address=":0", silence_logs=logging.CRITICAL
        )
    with cluster, Client(cluster) as client:
        yield client


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """The workers of a scheduler that is running. Raises :class:`.SweepError` if there is none."""
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    with silence_logging_cmgr(logging.CRITICAL):
        try:
            client = Client(address, timeout="10s")
        except (OSError, ValueError) as error:
            raise SweepError(
                f"no scheduler at {address} ({error}): start one with 'dask scheduler', or leave --scheduler out"
            ) from None
        with client:
            yield client


@contextmanager
def slurm(options: Slurm) -> Iterator[Client]:
    """Jobs of a SLURM cluster, submitted from here. Raises :class:`.SweepError` where that cannot be."""
    from distributed import Client

    if shutil.which("sbatch") is None:
        raise SweepError("there is no sbatch here: give the command on a machine that can submit SLURM jobs")
    with slurm_cluster(options) as cluster, Client(cluster) as client:
        cluster.scale(jobs=options.jobs)
        yield client


def slurm_cluster(options: Slurm) -> SLURMCluster:
    """The cluster, without any job yet. Raises :class:`.SweepError` for options that it refuses."""
    from dask_jobqueue import SLURMCluster

    with _deaf():
        try:
            return SLURMCluster(
                queue=options.queue,
                account=options.account,
                cores=options.cores,
                processes=options.cores,
                memory=options.memory,
                walltime=options.walltime,
                interface=options.interface,
                silence_logs=logging.CRITICAL,
                scheduler_options={"dashboard_address": ":0"},
                job_extra_directives=list(options.directives),
                job_script_prologue=[*(f"export {name}={value}" for name, value in THREADS.items()), *options.prologue],
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise SweepError(f"the [slurm] table is refused: {error}") from None


@contextmanager
def _deaf() -> Iterator[None]:
    """Have processes that are started now, and by threads that are started now, never hear of Ctrl-C: the terminal tells
    all of them, but it is for this one to say what stops. What comes meanwhile is kept until the end.
    """
    resource_tracker.ensure_running()  # it would let Ctrl-C through again
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
