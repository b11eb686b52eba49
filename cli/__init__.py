"""The command line: arguments in, exit status out.

Nothing is imported before `main` is called, not even `__future__`: until `start` has taken the working folder
from Python's path, a file there is taken for a module of Python's.
"""


def main() -> None:
    """The entry point. Exit status: 0 safe, 1 hazards found, 2 wrong input, 3 no verdict, 4 a fault of
    skewproof itself, 130 interrupted, 141 nobody read the output to its end, 143 ended from outside."""
    from .start import start

    start()
