"""The first moments of the program: no module of a checkout, three open streams, and a word on Ctrl-C.

`gc` is built in, and `os`, `site` and `sys` are loaded by Python itself, before it looks at any folder of a
user's; more must not be imported before the path is clear.
"""

import gc
import os
import site
import sys

withdrawn: list[str] = []
"""What was taken from Python's path; code that the user allows may be found there."""


COLLECTED_EVERY = 100_000
"""Python looks for garbage in circles after so many objects more. After 700, as it would, an eighth of the
time goes into it: what a verdict is made of lives to the end."""


def start() -> None:
    """Runs the program. Until it is there it has nothing to clean up, and is left at once."""
    try:
        withdrawn.extend(_clear_path())
        _open_streams()
        gc.set_threshold(COLLECTED_EVERY)
        from .interrupts import leave_at_signals

        leave_at_signals()
        from .program import run
    except KeyboardInterrupt:  # before there was a handler of ours
        _leave("interrupted: no verdict", 130)
    except MemoryError:
        _leave("skewproof: no memory to start in: no verdict", 3)
    except Exception as error:
        _leave(f"skewproof: cannot start: {type(error).__name__}: {ascii(str(error))[1:-1]}", 4)
    try:
        run()
    except SystemExit as left:
        _end(left)


def _end(left: SystemExit) -> None:
    """Ends the process as Python would, but does not let it take modules and values apart one by one, a tenth
    of the time of a short command: the system takes the memory back at once."""
    import atexit

    from .output import give_up

    if not isinstance(left.code, int):
        raise left
    atexit._run_exitfuncs()  # as `multiprocessing` does at the end of a process
    give_up()
    os._exit(left.code)


def _leave(word: str, status: int) -> None:
    try:
        os.write(2, f"{word}\n".encode())
    finally:
        os._exit(status)


def _clear_path() -> list[str]:
    """Takes the working folder and what is named relative to it from where modules are looked for; what was
    taken. `python -m`, `python -c` and an empty entry of PYTHONPATH put it there, before Python's own.

    Where skewproof itself lies, or Python's packages do, the folder is no checkout.
    """
    try:
        relative = [e for e in os.environ.get("PYTHONPATH", "").split(os.pathsep) if not os.path.isabs(e)]
        suspect = {os.path.realpath(entry) for entry in ("", *relative)}
        own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        installed = (os.path.dirname(os.__file__), *site.getsitepackages(), site.getusersitepackages())
        suspect -= {os.path.realpath(folder) for folder in (own, *installed)}
        taken = [entry for entry in sys.path if os.path.realpath(entry) in suspect]
    except OSError:  # the working folder was deleted: nothing can be loaded from there
        taken = [entry for entry in sys.path if not os.path.isabs(entry)]
    sys.path[:] = [entry for entry in sys.path if entry not in taken]
    return taken


def _open_streams() -> None:
    """Standard streams that were closed lead nowhere: no file that is opened must be taken for one. What we
    say goes through a buffer, also under `python -u` and PYTHONUNBUFFERED: without one Python drops what a
    pipe did not take before a signal came, and the alarm that watches over limits rings all the time."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - it is open as long as the program runs
        elif mode == "w" and hasattr(stream, "buffer") and not hasattr(stream.buffer, "raw"):
            kept = {"encoding": stream.encoding, "errors": stream.errors, "closefd": False}
            setattr(sys, name, open(stream.fileno(), mode, **kept))  # noqa: SIM115 - as above
