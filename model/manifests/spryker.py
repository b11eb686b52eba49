"""Spryker Cloud Commerce OS: deploy files, and install recipes as what the steps of its pipeline do.

A deploy file says which applications and services there are. Who uses which of them is the same in every
project, and so are the twelve steps of the production pipeline ("Deployment in states", docs.spryker.com).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from ..deployment import Kind, Verb
from ..errors import Problem
from ..names import Place
from .addresses import is_good_name
from .files import UnreadError
from .seen import OUTSIDE, Basis, Link, Origin, SeenParts, SeenStep, SeenUnit
from .views import View

_ENGINES = {
    "mysql": Kind.DATABASE,
    "mariadb": Kind.DATABASE,
    "postgres": Kind.DATABASE,
    "rabbitmq": Kind.BROKER,
    "redis": Kind.CACHE,
    "valkey": Kind.CACHE,
    "elastic": Kind.CACHE,
    "opensearch": Kind.CACHE,
    "jenkins": Kind.WORKER,
}
"""Engines of services that a request meets; the others are for who develops (mail catchers, browsers)."""

_FRONTS = frozenset({"yves", "glue", "glue-storefront", "glue-backend"})
_BACKS = frozenset({"zed", "backoffice", "backend-gateway", "backend-api", "merchant-portal", "glue-backend"})

_STEPS = (
    "Source",
    "Please_approve",
    "Build_and_Prepare",
    "Configure_RabbitMQ_Vhosts_and_Permissions",
    "Run_pre-deploy_hook",
    "Pre_Deployment_Configuration",
    "Deploy_Scheduler",
    "Run_install",
    "Deploy_Spryker_services",
    "UpdateDeployedVersion",
    "Post_Deployment_Configuration",
    "Run_post-deploy_hook",
)

_HOOKS = {
    "Run_pre-deploy_hook": ("SPRYKER_HOOK_BEFORE_DEPLOY", "pre-deploy"),
    "Run_install": ("SPRYKER_HOOK_INSTALL", "production"),
    "Run_post-deploy_hook": ("SPRYKER_HOOK_AFTER_DEPLOY", ""),
}
"""Which variable of the deploy file names the recipe of a step, and what runs without it."""

_ROLLED = (("max_surge", "100%"), ("readiness", "event"))
"""All of the new version come up, and when they run the old ones are taken down."""

_RECIPE = re.compile(r"(?:^|\s)(?:-r|--recipe)[= ]\s{0,5}([\w./-]{1,200})")


class Recipe(Struct, frozen=True):
    """An install recipe and the name of its file."""

    path: Path
    view: View

    @property
    def name(self) -> str:
        return self.path.name.partition(".")[0]


def see_spryker(deploy: View, recipes: list[Recipe], seen: SeenParts) -> None:
    """Adds what a deploy file and its recipes say. Raises `UnreadError`."""
    reading = _Reading(deploy, recipes, seen)
    reading.see_units()
    reading.see_links()
    seen.rollout += reading.list_steps()
    seen.title = seen.title or deploy.at("namespace").text


class _Reading:
    def __init__(self, deploy: View, recipes: list[Recipe], seen: SeenParts) -> None:
        self.deploy, self.recipes, self.seen = deploy, recipes, seen
        self.applications = dict(_list_applications(deploy))
        self.services = dict(_list_services(deploy))

    def see_units(self) -> None:
        for name, view in self.applications.items():
            application = _name_application(view)
            self.seen.add(
                SeenUnit(name, Origin(f"application {application}", view.place), Kind.SERVICE, _ROLLED)
            )
        zeds = self._applications_of("zed", "backend-gateway", "backoffice", "merchant-portal")
        left_out = []
        for key, view in self.deploy.at("services").entries():
            kind = self.services.get(key.text)
            if kind is None:
                left_out.append(key.text)
                continue
            # Jenkins runs the code of Zed, at a version of its own
            keys = (("image", zeds[0]),) if kind is Kind.WORKER and zeds else ()
            engine = view.at("engine").text
            self.seen.add(SeenUnit(key.text, Origin(f"service, {engine}", key.place), kind, keys))
        if left_out:
            place = self.deploy.at("services").place
            self.seen.remark(f"left out, for no request meets them: {', '.join(left_out)}", place)

    def _applications_of(self, *kinds: str) -> list[str]:
        named = {name: _name_application(view) for name, view in self.applications.items()}
        return [name for kind in kinds for name, application in named.items() if application == kind]

    def see_links(self) -> None:
        for name, view in self.applications.items():
            application = _name_application(view)
            if any(view.at("endpoints").entries()):
                self.seen.link(
                    OUTSIDE, [name], Basis.ENTRANCE, Origin("endpoints", view.at("endpoints").place)
                )
            origin = Origin(f"what a {application} of Spryker uses", view.place)
            for provider, verbs in self._uses(application, view):
                self.seen.links.append(Link(name, provider, Basis.ADDRESS, origin, None, verbs))
        for name in (one for one, kind in self.services.items() if kind is Kind.WORKER):
            origin = Origin("what jobs of Spryker use", self.deploy.at("services", name).place)
            for provider, verbs in self._used_by_jobs():
                self.seen.links.append(Link(name, provider, Basis.ADDRESS, origin, None, verbs))

    def _uses(self, application: str, view: View) -> Iterator[tuple[str, tuple[Verb, ...]]]:
        """Storefronts read what is published, and reach the database through the gateway alone."""
        both = (Verb.READS, Verb.WRITES)
        if application in _FRONTS:
            yield from ((one, (Verb.READS,)) for one in self._named("key_value_store", "search"))
        if application in _BACKS:
            yield from ((one, both) for one in self._of(Kind.DATABASE))
            yield from ((one, (Verb.PUBLISHES,)) for one in self._of(Kind.BROKER))
        if application in _FRONTS - _BACKS:
            yield from ((one, (Verb.CALLS,)) for one in self._gateways(view))
        if application in ("yves", "backoffice", "merchant-portal"):
            yield from ((one, both) for one in self._named("session"))

    def _used_by_jobs(self) -> Iterator[tuple[str, tuple[Verb, ...]]]:
        """Publish and Synchronise: from the queue and the database to storage and search."""
        yield from ((one, (Verb.CONSUMES,)) for one in self._of(Kind.BROKER))
        yield from ((one, (Verb.READS,)) for one in self._of(Kind.DATABASE))
        yield from ((one, (Verb.WRITES,)) for one in self._named("key_value_store", "search"))

    def _gateways(self, view: View) -> list[str]:
        """The gateways of the same group; without one, applications that are Zed as a whole."""
        group = _group_of(self.deploy, view)
        for wanted in ("backend-gateway", "zed"):
            found = [
                name
                for name, other in self.applications.items()
                if _name_application(other) == wanted and _group_of(self.deploy, other) == group
            ]
            if found:
                return found
        return []

    def _named(self, *names: str) -> list[str]:
        return [name for name in names if name in self.services]

    def _of(self, kind: Kind) -> list[str]:
        return [name for name, other in self.services.items() if other is kind]

    # --- steps ---

    def list_steps(self) -> Iterator[SeenStep]:
        workers = self._of(Kind.WORKER)
        hooks = {step: self._run_hook(step) for step in _HOOKS}
        brokers = self._of(Kind.BROKER)
        sets_up = any("reconfigure" in action for actions, _, _ in hooks.values() for action in actions)
        origin = Origin("the production pipeline of Spryker", self.deploy.place)
        own: Mapping[str, tuple[str, ...]] = {
            "Configure_RabbitMQ_Vhosts_and_Permissions": () if sets_up else _action("reconfigure", brokers),
            "Deploy_Scheduler": _action("deploy", workers),
            "Deploy_Spryker_services": _action("deploy", list(self.applications)),
        }
        for step in _STEPS:
            if step in hooks:
                actions, notes, place = hooks[step]
                yield SeenStep(step, place or Origin("", origin.place), actions, notes)
            else:
                actions = own.get(step, ())
                yield SeenStep(step, origin if actions else Origin("", origin.place), actions)

    def _run_hook(self, step: str) -> tuple[tuple[str, ...], tuple[str, ...], Origin | None]:
        """What a hook does, what is to be asked about it, and where its recipe stands."""
        variable, default = _HOOKS[step]
        name, place = self._name_recipe(variable, default)
        if not name:
            return (), (), None
        stem = name.rpartition("/")[2]
        named = [one for one in self.recipes if one.name == stem]
        recipe = next((one for one in named if one.path.stem == stem), named[0] if named else None)
        if recipe is None:
            return (), (f"the recipe {name} was not read: name config/install/{name}.yml as well",), place
        commands = list(_list_commands(recipe.view))
        actions = tuple(dict.fromkeys(action for text, _ in commands for action in self._actions(text)))
        return actions, self._notes(step, actions), Origin(f"recipe {name}", recipe.view.at("sections").place)

    def _notes(self, step: str, actions: tuple[str, ...]) -> tuple[str, ...]:
        copies = self._named("key_value_store", "search")
        if step != "Run_install" or not copies or any("sync" in action for action in actions):
            return ()
        return (f"nothing publishes anew: where a release does, write: start sync {' '.join(copies)}",)

    def _name_recipe(self, variable: str, default: str) -> tuple[str, Origin | None]:
        for view in self.deploy.walk():
            for key, value in view.entries():
                if key.text == variable:
                    found = _RECIPE.search(value.text or "")
                    return (found[1] if found else ""), Origin(variable, key.place)
        return default, None

    def _actions(self, command: str) -> Iterator[str]:
        """What a command of the console does to what the model knows."""
        if re.search(r"\bscheduler:(suspend|clean)\b", command):
            yield from _action("suspend", self._of(Kind.WORKER))
        if re.search(r"\bpropel:migrate\b|\bpropel:install\b", command):
            yield from _action("migrate", self._of(Kind.DATABASE))
        if re.search(r"\bqueue:setup\b", command):
            yield from _action("reconfigure", self._of(Kind.BROKER))
        if re.search(r"\bscheduler:(setup|resume)\b", command):
            yield from _action("resume", self._of(Kind.WORKER))
        if re.search(r"\bpublish:trigger-events\b|\bsync:data\b", command):
            yield from _action("start sync", self._named("key_value_store", "search"))
        if re.search(r"\bstorage:delete\b", command):
            yield from _action("purge", self._named("key_value_store"))
        if re.search(r"\belasticsearch:index:delete\b|\bsearch:index:delete\b", command):
            yield from _action("purge", self._named("search"))


def _action(verb: str, names: Iterable[str]) -> tuple[str, ...]:
    targets = " ".join(names)
    return (f"{verb} {targets}",) if targets else ()


def _list_commands(recipe: View) -> Iterator[tuple[str, Place]]:
    """The commands of all sections that run unless somebody asks for more, in their order."""
    for _, section in recipe.at("sections").entries():
        if section.at("excluded").is_true:
            continue
        for _, command in section.entries():
            text = command.at("command").text
            if text is not None and not command.at("excluded").is_true:
                yield text, command.place


def _list_applications(deploy: View) -> Iterator[tuple[str, View]]:
    for _, group in deploy.at("groups").entries():
        for key, application in group.at("applications").entries():
            if not is_good_name(key.text):
                message = f"`{key.text[:80]}` is no name of an application"
                raise UnreadError(Problem("bad-manifest", message, key.place))
            yield key.text, application


def _list_services(deploy: View) -> Iterator[tuple[str, Kind]]:
    for key, service in deploy.at("services").entries():
        kind = _ENGINES.get(service.at("engine").text or "")
        if kind is not None and not is_good_name(key.text):
            message = f"`{key.text[:80]}` is no name of a service"
            raise UnreadError(Problem("bad-manifest", message, key.place))
        if kind is not None:
            yield key.text, kind


def _name_application(view: View) -> str:
    return view.at("application").text or "zed"


def _group_of(deploy: View, application: View) -> str:
    for key, group in deploy.at("groups").entries():
        if any(one.place == application.place for _, one in group.at("applications").entries()):
            return key.text
    return ""


def choose_deploy(deploys: list[tuple[Path, View, bool]]) -> tuple[Path, View]:
    """The one that was named; else `deploy.yml`, or the first."""
    named = [one for one in deploys if one[2]]
    usual = [one for one in deploys if one[0].name == "deploy.yml"]
    path, view, _ = (named or usual or deploys)[0]
    return path, view
