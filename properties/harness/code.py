"""Two versions of the same Python package in one process.

Each version is loaded from its own folder and kept out of `sys.modules` but for the moments in
which its code runs. So absolute imports, imports inside functions, `importlib.import_module` and
the class names in pickles all find the version that is running. One process and not two, because
a run must stop inside a handler, at each hop, and because an exception keeps its traceback. The
limit: what the versions import from elsewhere (Flask, a driver) is the same for both; a version
that needs another Flask must be started as a process of its own and called from `start`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

_RUNNING: ContextVar[tuple[Code, ...]] = ContextVar("running", default=())
"""The versions that call each other in this context, the one that runs now last."""


class Code:
    """One version of some packages, as they stand in a folder.

    `packages` are the top-level names that differ from version to version. Limit: code of a
    version that runs in a thread of its own, outside of its handlers, sees no version at all.
    """

    def __init__(self, folder: str | Path, *packages: str) -> None:
        self.folder = Path(folder).resolve()
        self.packages = packages
        self._modules: dict[str, ModuleType] = {}
        self._others: dict[str, ModuleType] = {}
        invalidate_caches()  # the folder may be younger than the finders' memory of it

    def module(self, name: str) -> ModuleType:
        """The version's module of that name. Raises `ImportError` if it lies outside the folder."""
        with self.active():
            found = import_module(name)
        place = Path(found.__file__ or "").resolve()
        if not place.is_relative_to(self.folder):
            raise ImportError(f"`{name}` was found at {place}, not under {self.folder}")
        return found

    @contextmanager
    def active(self) -> Iterator[None]:
        """While it is entered, the names of `packages` mean this version's modules.

        Versions that call each other nest: the one that was entered last is the one that runs.
        """
        stack = _RUNNING.get()
        before = stack[-1] if stack else None
        if before is not None:
            before._leave()
        self._enter()
        _RUNNING.set((*stack, self))
        try:
            yield
        finally:
            _RUNNING.set(stack)
            self._leave()
            if before is not None:
                before._enter()

    def _enter(self) -> None:
        self._others = _take_out(self.packages)
        sys.modules.update(self._modules)
        sys.path.insert(0, str(self.folder))

    def _leave(self) -> None:
        sys.path.remove(str(self.folder))
        self._modules = _take_out(self.packages)
        sys.modules.update(self._others)


@contextmanager
def paused() -> Iterator[None]:
    """While it is entered, no version's code runs in this context: another request may."""
    running = _RUNNING.get()
    if running:
        running[-1]._leave()
    try:
        yield
    finally:
        if running:
            running[-1]._enter()


def _take_out(packages: tuple[str, ...]) -> dict[str, ModuleType]:
    """Takes the packages' modules out of `sys.modules`, and returns them."""
    below = tuple(f"{package}." for package in packages)
    names = [name for name in sys.modules if name in packages or name.startswith(below)]
    return {name: sys.modules.pop(name) for name in names}
