"""Remedies that are settings of components: strategies, room, routes, readiness, users who update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...model.deployment import Aspect, Component, Drain, Kind, Readiness, RemedyKind, Route, Strategy
from ...model.deployment.predicate import ComparisonOperator, Predicate, Version
from ...model.names import Target
from ..lookups.lookup import HazardKind
from ..verdict import HopHazard
from .concern import Concern, contracts_of
from .edits import Configure, Remedy


def list_settings(about: Concern) -> Iterator[Remedy]:
    """What a component could be set to."""
    for component in about.with_instances:
        yield from _for_requests(about, component)
        if component.strategy is Strategy.ROLLING and not component.stays:
            if component.name not in about.deployment.led:
                yield from _configure(
                    about, component, RemedyKind.BLUE_GREEN, "strategy", Strategy.BLUE_GREEN
                )
            yield from _configure(about, component, RemedyKind.DOWNTIME, "strategy", Strategy.RECREATE)
        if about.is_kind(HazardKind.INTERRUPTED) and component.drain is Drain.ABRUPT:
            yield from _configure(about, component, RemedyKind.SETTINGS, "drain", Drain.GRACEFUL)
        if not about.is_kind(HazardKind.INCOMPATIBLE):
            yield from _for_room(about, component)
        yield from _readiness(about, component)
        yield from _for_users(about, component)
        yield from _for_migrations(about, component)


def _for_requests(about: Concern, component: Component) -> Iterator[Remedy]:
    """The calls of one request keep to one version."""
    is_led = component.name in about.deployment.led
    if about.hop is None or component.route is not Route.NONE or is_led:
        return
    routes = (Route.SESSION, *([Route.CARRIED] if about.hop.aspect is Aspect.TOKEN else []))
    for route in routes if component.name in about.pipeline.called else ():
        yield from _configure(about, component, RemedyKind.SESSION, "route", route)


def _for_room(about: Concern, component: Component) -> Iterator[Remedy]:
    if component.strategy is Strategy.RECREATE:
        yield from _configure(about, component, RemedyKind.SETTINGS, "strategy", Strategy.ROLLING)
    if component.sizes:
        told = f"{component.name}: `replicas: {component.replicas}`, whatever the version"
        yield from about.remedy([RemedyKind.SETTINGS], told, Configure(component.name, "sizes", ()))
    if component.max_unavailable > 0:
        edits = [Configure(component.name, "max_unavailable", 0)]
        if component.max_surge == 0:
            edits.append(Configure(component.name, "max_surge", 1))
        yield from about.remedy(
            [RemedyKind.SETTINGS], f"{component.name}: a new instance is up before one goes", *edits
        )


def _readiness(about: Concern, component: Component) -> Iterator[Remedy]:
    """New instances take calls only when the schema is theirs; old ones start whatever it is, if a release
    before lets them."""
    newest = about.deployment.versions[-1]
    known = dict(component.readiness.when) if component.readiness else {}
    if isinstance(about.hazard, HopHazard) and newest not in known and not component.stays:
        provider = about.deployment.components[about.hazard.provider]
        if about.hazard.consumer == component.name and provider.kind.has_schema:
            target = Target(provider.name, about.hazard.contract.subject)
            ready = Version(target, ComparisonOperator.AT_LEAST, newest)
            told = f"{component.name} {newest} becomes ready only when `{ready}`"
            yield from _ready(about, component, {**known, newest: ready}, RemedyKind.BARRIER, told)
    for version in about.deployment.versions[:-1]:
        if about.hop is None and version in known:
            rest = {one: when for one, when in known.items() if one != version}
            told = f"a release before, in which {component.name} {version} starts without `{known[version]}`"
            yield from _ready(about, component, rest, RemedyKind.RELEASE, told)


def _ready(
    about: Concern,
    component: Component,
    when: Mapping[str, Predicate],
    kind: RemedyKind,
    told: str,
) -> Iterator[Remedy]:
    order = about.deployment.versions.index
    ready = Readiness(tuple(sorted(when.items(), key=lambda one: order(one[0]))))
    yield from about.remedy([kind], told, Configure(component.name, "readiness", ready))


def _for_users(about: Concern, component: Component) -> Iterator[Remedy]:
    """Users are made to update."""
    if component.kind is Kind.CLIENT and component.stays:
        told = f"{component.name}: users are made to update, `stays: false`"
        edit = Configure(component.name, "stays", False)
        yield from about.remedy([RemedyKind.FORCE], told, edit, ends=[component.name])


def _for_migrations(about: Concern, component: Component) -> Iterator[Remedy]:
    """What is called off does not take the schema along."""
    for store in component.migrates:
        rest = tuple(name for name in component.migrates if name != store)
        edit = Configure(component.name, "migrates", rest)
        told = f"{component.name} does not migrate {store} while it starts"
        yield from about.remedy([RemedyKind.OMISSION], told, edit, ends=contracts_of(about.deployment, store))


def _configure(
    about: Concern, component: Component, kind: RemedyKind, setting: str, value: object
) -> Iterator[Remedy]:
    told = f"{component.name}: `{setting}: {value}`"
    yield from about.remedy([kind], told, Configure(component.name, setting, value))
