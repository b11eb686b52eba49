"""The part of a component that has instances: a program of the project, or an image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ....model.deployment import Component, Kind
from .application import Application, Release, write_folder, write_place
from .wiring import Wired
from .writing import Blank, Called, CodeText, ForEach

_ON_THE_MACHINE = frozenset({"node", "npm", "npx", "java", "perl", "php", "sh", "bash", "deno", "bun"})
"""Programs that find a version's packages in its folder, or are told them."""


def propose_process(application: Application, component: Component) -> Called | Blank:
    """How it is started; a blank where the project has no service of its name."""
    name = component.name
    container = application.newest.get(name)
    if container is None:
        plain = re.sub(r"[^\w.-]", "", name)
        return Blank(f'how `{name}` is started, as in Process("./{plain}"): no service is called so')
    wired = application.by_version(lambda release: application.wire(release, name))
    named = _propose_port(application, component)
    env = _propose_env(application, wired, component)
    if env is not None:
        named["env"] = env
    if container.is_from_image:
        part, command = (
            "Image",
            application.by_version(lambda release: _propose_image(application, release, name)),
        )
    else:
        part, command = "Process", _propose_command(name, wired)
        named["folder"] = _propose_folder(application, name)
    routes = _propose_routes(application, name)
    arguments = (command,) if routes is None else (command, routes)
    return Called(part, arguments, named, write_place(container))


def runs_with_packages(application: Application, name: str) -> bool:
    """Whether each version has a folder with programs of its own, and the component is one of them."""
    container = application.newest.get(name)
    if container is None or container.is_from_image:
        return False
    return any(has_packages(application.wire(release, name).words) for release in application.releases)


def has_packages(words: tuple[str, ...] | None) -> bool:
    """Whether a program is looked for where a version's packages lie, as in a virtual environment."""
    if not words:
        return False
    program = words[0]
    if program in ("sh", "bash") and len(words) > 2 and words[1] == "-c":
        program = next(
            (word for word in words[2].split() if word not in ("exec", "set") and "=" not in word), "sh"
        )
    return "/" not in program and program not in _ON_THE_MACHINE


def _propose_port(application: Application, component: Component) -> dict[str, Any]:
    """Whether it listens, and how it says that it does."""
    ports, health = application.ports_of(component.name), application.newest[component.name].health
    if ports:
        return {"ready": health} if health else {}
    if component.kind is not Kind.WORKER:
        return {}
    words = f'a text that `{component.name}` writes into its log when it is ready for work; "" for none'
    return {"port": None, "ready": Blank(words)}


def _propose_image(application: Application, release: Release, name: str) -> Any:
    """The image of a release, and what it is given."""
    container = application.container_of(release, name)
    if isinstance(release.top, Blank) or not container.is_from_image:
        return Blank(
            f"the image of `{name}` at {release.version}, as `{application.newest[name].image}` is that of "
            f"{application.releases[-1].version}; it must be on this machine"
        )
    words = application.wire(release, name).words or ()
    return [container.image, *words] if words else container.image


def _propose_command(name: str, wired: Wired | Mapping[str, Wired]) -> Any:
    if isinstance(wired, Mapping):
        commands = {version: _propose_words(name, one) for version, one in wired.items()}
        first = next(iter(commands.values()))
        return first if all(one == first for one in commands.values()) else commands
    return _propose_words(name, wired)


def _propose_words(name: str, wired: Wired) -> Any:
    if wired.words is None:
        return Blank(
            f'the program of `{name}` and its arguments, as in "./server --all": neither the Compose '
            "file nor a Dockerfile tells"
        )
    return list(wired.words)


def _propose_env(application: Application, wired: Wired | Mapping[str, Wired], component: Component) -> Any:
    """The variables; with a PATH for each version, where the program is one that has packages."""
    some = wired if isinstance(wired, Mapping) else {r.version: wired for r in application.releases}
    envs = {version: _propose_variables(application, one, component) for version, one in some.items()}
    first = next(iter(envs.values()))
    is_same = all(one == first for one in envs.values())
    if not runs_with_packages(application, component.name):
        return (first or None) if is_same else envs
    if is_same:
        return ForEach({"PATH": CodeText("path[v]"), **first})
    return {v: {"PATH": CodeText(f'path["{v}"]'), **one} for v, one in envs.items()}


def _propose_variables(application: Application, wired: Wired, component: Component) -> dict[Any, Any]:
    env = dict(wired.env)
    ports = application.ports_of(component.name)
    if not wired.is_told_port and (ports or component.kind is Kind.SERVICE):
        at = f"at {ports[0]}" if ports else "nowhere that is told"
        env[
            Blank(
                f"the variable by which `{component.name}` is told its port, or write {{port}} where its "
                f"command says it: it listens {at}, and two versions that run at once need a port each"
            )
        ] = "{port}"
    return env


def _propose_folder(application: Application, name: str) -> Any:
    """Where it runs, by version."""
    found = application.by_version(lambda release: application.container_of(release, name).folder)
    if isinstance(found, Mapping):
        return {version: write_folder(f'top["{version}"]', folder) for version, folder in found.items()}
    if found in (None, "."):
        return CodeText("top")
    return ForEach(write_folder("top[v]", found))


def _propose_routes(application: Application, name: str) -> Mapping[Any, str] | None:
    """By route the subject of each call; nothing where there is one subject, which all are."""
    subjects = application.subjects_of(name)
    if len(subjects) < 2:
        return None
    return {_propose_route(application, name, subject): subject for subject in subjects}


def _propose_route(application: Application, provider: str, subject: str) -> str | Blank:
    call = application.find_call(provider, subject)
    if call is not None:
        return call.route
    return Blank(f'method and path of `{subject}` at `{provider}`, as in "GET /products/*"')
