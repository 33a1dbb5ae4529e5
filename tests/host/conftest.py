"""What the tests of the command line share."""

import sys

import pytest

from limulator.cli import main


@pytest.fixture
def limulator(monkeypatch, capsys):
    """Runs the command line here: exit code, standard output, standard error."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["limulator", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
        return code, *capsys.readouterr()

    return run
