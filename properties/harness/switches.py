"""What flags each instance of one world sees on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...model.deployment import Deployment

if TYPE_CHECKING:
    from .session import RunningHandler
    from .views import Sight


class Switches:
    """`flags` is what is on for all that do not see it otherwise; processes read files of `folder`."""

    def __init__(self, deployment: Deployment, folder: Path) -> None:
        self._folder = folder
        self.flags: dict[str, bool] = {flag.name: False for flag in deployment.flags}
        self._sights: dict[tuple[str, str, str], bool] = {}
        self._files: dict[tuple[str, str], Path] = {}
        self._numbers = {
            (component, version): f"{number}-{deployment.versions.index(version)}"
            for number, component in enumerate(deployment.components)
            for version in deployment.versions
        }

    def file(self, component: str, version: str) -> Path:
        """A JSON file of what flags an instance of the version sees on now, for its process."""
        file = self._folder / f"flags-{self._numbers[component, version]}.json"
        self._folder.mkdir(exist_ok=True)
        self._files[component, version] = file
        self._write(component, version)
        return file

    def _write(self, component: str, version: str) -> None:
        file = self._files[component, version]
        seen = {name: self.sees(component, version, name) for name in self.flags}
        written = file.with_suffix(".new")  # who reads meanwhile reads the old one, or the new
        written.write_text(json.dumps(seen), "utf-8")
        written.replace(file)

    def turn(self, flags: Mapping[str, bool]) -> None:
        """Turns flags on or off, for all instances at once."""
        if not flags:
            return
        self.flags.update(flags)
        for component, version, name in [key for key in self._sights if key[2] in flags]:
            del self._sights[component, version, name]
        for instance in self._files:
            self._write(*instance)

    def see(self, sights: Iterable[Sight]) -> None:
        """From now on these instances see a flag otherwise than others do."""
        for (component, version), flag, is_on in sights:
            assert version is not None, "code that sees a flag has a version"
            self._sights[component, version, flag] = is_on
            if (component, version) in self._files:
                self._write(component, version)

    def sees(self, component: str, version: str | None, flag: str) -> bool:
        """Whether an instance of the version sees the flag on now."""
        return self._sights.get((component, version or "", flag), self.flags[flag])

    def seen_by(self, handler: RunningHandler) -> Mapping[str, bool]:
        """What flags the handler's instance sees on now."""
        return {name: self.sees(handler.component, handler.version, name) for name in self.flags}
