"""Pages to look at: self-contained HTML files of runs and experiments."""

from .page import write_page
from .runs import Run, run_page

__all__ = ["Run", "run_page", "write_page"]
