"""A part that is a container image: one container for each instance and version."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence

from ..errors import HarnessError
from .process import Process, Start
from .spawning import MARK, Spawned, Ward

COULD_NOT_RUN = 125
"""The status of `docker run` where it is not the program that failed, but Docker."""


PASSED_ON_WITHIN_S = 0.5
"""What a container says goes through the daemon."""


class Image(Process, frozen=True):
    """A component whose program is in a container image, one container for each instance and version.

    `command` is what follows `docker run`: the image, which must be here already, and the words that its
    program is given: `"shop:2.1"`, `{"V1": "shop:1", "V2": ["shop:2", "--port", "{port}"]}`. `options` are
    further words of `docker run` (`["-v", "./conf:/conf:ro"]`), and `engine` is another command line that
    knows the same words, as `podman`. All else is as of a `Process`. The container is in the network of this
    machine, where the addresses in braces lead, so that it is told its port: `env={"PORT": "{port}"}`.
    """

    options: Sequence[str] = ()
    engine: str = "docker"

    def start(self, ward: Ward, what: Start) -> Spawned:
        """Raises `HarnessError` where nothing runs containers."""
        if shutil.which(self.engine) is None:
            raise HarnessError(
                f"there is no `{self.engine}` on this machine, which is to run `{what.words[0]}`"
            )
        container = ward.name_container(self.engine)
        words = (self.engine, "run", "--name", container.name, *self._list_options(what), *what.words)
        return ward.spawn(what.name, words, what.env, what.folder, container=container)

    def _list_options(self, what: Start) -> Iterator[str]:
        yield from ("--rm", "--pull", "never", "--network", "host", "--volume", f"{what.read}:{what.read}:ro")
        for variable in (MARK, *what.env):  # its value stays out of the list of processes
            yield from ("--env", variable)
        yield from (*self.options, "--")

    @property
    def log_lag_s(self) -> float:
        return PASSED_ON_WITHIN_S

    def refuse_failed_start(self, spawned: Spawned) -> None:
        if spawned.exit_status == COULD_NOT_RUN:
            raise HarnessError(f"{self.engine} cannot run {spawned.name}{spawned.last_words()}")
