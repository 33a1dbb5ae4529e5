"""``python -m limulator``."""

from .cli import main

main()
