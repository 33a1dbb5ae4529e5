"""What can go wrong, and the exit code the command line leaves with.

Every message is one line that names the offending value and the remedy. Exit code 1 is left for the unexpected, 2 for
wrong command line usage.
"""

from __future__ import annotations

__all__ = [
    "BoardError",
    "CheckError",
    "ExperimentError",
    "FileFormatError",
    "LedgerError",
    "LimulatorError",
    "ProblemError",
    "RangeError",
    "RunDirectoryError",
    "ScheduleError",
    "SimulatorError",
    "SweepError",
]


class LimulatorError(Exception):
    """Base of every error that a user can cause and mend."""

    exit_code = 1


class LedgerError(LimulatorError):
    """Counters of a run that do not close: a fault of the machine, never of the user."""


class FileFormatError(LimulatorError, ValueError):
    """A file that cannot be read; the message names the file, the line and the offending text."""

    exit_code = 3


class ProblemError(LimulatorError, ValueError):
    """Coefficients or states that make no problem: asymmetric, not integer, not finite, of the wrong shape or width."""

    exit_code = 4


class RangeError(LimulatorError, ValueError):
    """A coefficient, a field, an energy or a number of cells beyond what an array can hold."""

    exit_code = 5


class ScheduleError(LimulatorError, ValueError):
    """A schedule that cannot be compiled into segments."""

    exit_code = 6


class SimulatorError(LimulatorError):
    """A simulator or a compiler that is missing or has failed."""

    exit_code = 7


class RunDirectoryError(LimulatorError):
    """A run directory that cannot be written, or that does not hold the run it should."""

    exit_code = 8


class ExperimentError(LimulatorError, ValueError):
    """An experiment that does not exist, or that cannot be run as asked."""

    exit_code = 9


class CheckError(LimulatorError):
    """An experiment that has run, but of which a check failed."""

    exit_code = 10


class BoardError(LimulatorError):
    """A board that is not there, does not answer, or is not understood."""

    exit_code = 12


class SweepError(LimulatorError, ValueError):
    """A sweep that cannot be run as asked, or of which a task has failed."""

    exit_code = 11
