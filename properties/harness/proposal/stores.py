"""The part of a store: the server that its image is of, and what makes and migrates what lies there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ....model.deployment import Component, Kind
from ....model.manifests.compose.containers import Container
from .application import Application, Release, write_folder
from .processes import has_packages
from .writing import Blank, Called, CodeText

_KINDS = {"Postgres": Kind.DATABASE, "Redis": Kind.CACHE, "RabbitMQ": Kind.BROKER}
_ADDRESS = re.compile(r"([a-z][a-z0-9+.:-]*://)(?:[^/@\s]*@)?\{[\w.-]+\}(?:/[\w.-]*)?")
_HALF = re.compile(r"\{[\w.-]+:(host|port)\}")
_URLS = frozenset({"postgres://", "postgresql://"})


def propose_store(application: Application, component: Component) -> Called | Blank:
    """The part; a blank where there is none for its image, or none of its kind."""
    name, store = component.name, application.store_of(component.name)
    if _KINDS.get(store) is not component.kind:
        image = application.newest[name].image if name in application.newest else "?"
        return Blank(
            f"a part for `{name}`: there is none for the image `{image}` (there are Postgres, Redis and "
            "RabbitMQ); without one leave the component and its hops out of the deployment file"
        )
    if store == "Postgres":
        return _propose_postgres(application, name)
    what = "the keys" if store == "Redis" else "the queue and the exchange with its routing key"
    return Called(store, (_propose_patterns(application, name, what),), {}, application.place_of(name))


def list_jobs(application: Application) -> set[str]:
    """The services that migrate a database of the deployment; each is run by that database's part."""
    components = application.deployment.components.values()
    databases = [c.name for c in components if c.kind is Kind.DATABASE]
    found = (application.find_job(name) for name in databases if application.store_of(name) == "Postgres")
    return {job for job in found if job is not None}


def _propose_patterns(application: Application, name: str, what: str) -> Mapping[Any, str]:
    """Of a store's keys or queues: anything, where there is one subject."""
    subjects = application.subjects_of(name)
    if len(subjects) == 1:
        return {"*": subjects[0]}
    return {Blank(f'{what} of `{subject}`, as in "{subject}:*"'): subject for subject in subjects}


def _propose_postgres(application: Application, name: str) -> Called:
    job = application.find_job(name)
    named: dict[str, Any] = {"schema": _propose_first_schema(application, name, job)}
    if _list_changed(application, name):
        named["migrations"] = {
            release.version: _propose_migrations(application, name, job, release)
            for release in application.releases[1:]
        }
    named["tables"] = {
        Blank(f"a table of `{subject}`, as its versions call it; each gets a line"): subject
        for subject in application.subjects_of(name)
    }
    return Called("Postgres", (), named, application.place_of(name))


def _list_changed(application: Application, name: str) -> list[str]:
    """The subjects whose schema the release may change: those that the file says, else all."""
    told = application.deployment.changes
    if told is None:
        return application.subjects_of(name)
    return [c.subject for c, change in told.items() if c.provider == name and not change.implied]


def _propose_first_schema(application: Application, name: str, job: str | None) -> Any:
    first = application.releases[0]
    sources = application.newest[name].first_schema if name in application.newest else ()
    if job is not None:
        return _run_job(application, job, first)
    if len(sources) == 1 and sources[0].endswith(".sql"):
        return write_folder(f'top["{first.version}"]', sources[0])
    if len(sources) == 1 and "." not in PurePosixPath(sources[0]).name:
        folder = write_folder(f'top["{first.version}"]', sources[0]).text
        return CodeText(f'"\\n".join(file.read_text() for file in sorted(({folder}).glob("*.sql")))')
    return Blank(
        f'what makes the schema of `{name}` at {first.version}: SQL, Path("schema.sql"), or your own '
        'command, as in Command(["alembic", "upgrade", "head"], env={"DATABASE_URL": "{url}"})'
    )


def _propose_migrations(
    application: Application, name: str, job: str | None, release: Release
) -> dict[str, Any]:
    """By subject what brings it to the release's version; one job for several cannot be told apart."""
    changed = _list_changed(application, name)
    if job is not None and len(changed) == 1:
        return {changed[0]: _run_job(application, job, release)}
    return {
        subject: Blank(
            f"what takes `{name}/{subject}` to {release.version} from the version before, as for `schema`; "
            "leave the line out where nothing does"
        )
        for subject in changed
    }


def _run_job(application: Application, job: str, release: Release) -> Any:
    """The job's own command, at the database itself: `{url}` in place of its address."""
    wired = application.wire_job(release, job)
    if wired.words is None:
        return Blank(f'the command that `{job}` runs, as in Command(["alembic", "upgrade", "head"])')
    env: dict[Any, Any] = {name: _at_itself(value, application.newest) for name, value in wired.env.items()}
    if has_packages(wired.words):
        env = {"PATH": CodeText(f'path["{release.version}"]'), **env}
    folder = write_folder(f'top["{release.version}"]', application.container_of(release, job).folder)
    words = [_at_itself(word, application.newest) for word in wired.words]
    return Called("Command", (words,), {"env": env, "folder": folder})


def _at_itself(value: Any, containers: Mapping[str, Container]) -> Any:
    """What a migration is told: the database itself, and no address that stops."""
    if not isinstance(value, str):
        return value
    settings = [one.env.get(key) for one in containers.values() for key in ("POSTGRES_DB", "POSTGRES_USER")]
    if value in settings:
        return "{database}" if settings.index(value) % 2 == 0 else "{user}"
    return _HALF.sub(r"{\1}", _ADDRESS.sub(_write_address, value))


def _write_address(found: re.Match[str]) -> str:
    if found[1] in _URLS:
        return "{url}"
    user = "" if found[1].startswith("jdbc:") else "{user}@"
    return f"{found[1]}{user}{{host}}:{{port}}/{{database}}"
