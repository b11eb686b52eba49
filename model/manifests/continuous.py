"""Jobs of pipelines as steps, in the order that they need."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from msgspec import Struct
from msgspec.structs import replace

from ..deployment import Kind
from ..errors import Problem
from ..names import Place
from .files import UnreadError
from .seen import Origin, SeenParts, SeenStep
from .stores import find_migration

_DEPLOYS = re.compile(
    r"\bkubectl\b.{0,100}\b(?:apply|rollout|replace|set\s+image|patch)\b|\bhelm\b.{0,60}\b(?:upgrade|install)\b|"
    r"\bhelmfile\b.{0,60}\b(?:apply|sync)\b|\bskaffold\s+(?:run|deploy)\b|\bargocd\s+app\s+(?:sync|set)\b|"
    r"\bdocker[ -]compose\b.{0,200}\bup\b|\bdocker\s+stack\s+deploy\b|\baws\s+ecs\s+update-service\b|"
    r"\becs-cli\b.{0,60}\bup\b|\bgcloud\s+run\s+deploy\b|\bnomad\s+(?:job\s+)?run\b|\bterraform\b.{0,60}\bapply\b|"
    r"\bkustomize\b.{0,60}\|\s*kubectl\b|k8s-deploy|ecs-deploy-task-definition|deploy-cloudrun|helm-deploy",
)
_NO_PRODUCTION = re.compile(
    r"\b(?:staging|stage|test|testing|dev|development|review|preview|qa|uat|sandbox)\b", re.I
)
_APPLIES = re.compile(r"\bkubectl\b[^\n;&|]{0,100}\b(?:apply|replace)\b[^\n;&|]{0,300}")
_FILE = re.compile(r"(?:-f|--filename)[= ]([\w./-]{1,200}\.(?:ya?ml|json))(?![\w./-])")
MAX_TEXT = 50_000
"""Characters of one job."""


class Job(Struct, frozen=True):
    """A job: what it needs, all that it runs, and where it deploys to."""

    name: str
    needs: tuple[str, ...]
    text: str
    environment: str
    place: Place
    by_hand: bool = False

    @property
    def deploys(self) -> bool:
        return _DEPLOYS.search(self.text) is not None

    @property
    def is_elsewhere(self) -> bool:
        """Whether its environment is one in which no users are."""
        told = f"{self.environment} {self.name}".replace("_", " ").replace("-", " ")
        return _NO_PRODUCTION.search(told) is not None and "prod" not in told


def see_jobs(jobs: list[Job], words: str, seen: SeenParts, pipeline: str = "") -> None:
    """Adds the jobs as steps, of one of several pipelines if it has a name. Raises `UnreadError` where they
    need each other in a circle."""
    by_name = {job.name: job for job in jobs}
    deploying = _choose_deploying(jobs)
    steps = {job.name: _act(job, deploying, seen) for job in jobs}
    if any("deploy " in action for step in steps.values() for action in step.actions):
        steps |= {name: _leave(steps[name]) for name in steps if _applies_alone(by_name[name].text)}
    busy = {name for name, step in steps.items() if step.actions or step.is_rollout}
    levels = list(_list_levels(by_name))
    awaited = _list_awaited(by_name, levels, busy)
    running: dict[str, tuple[str, ...]] = {}
    """Jobs that a later one does not wait for, with what they move, until all wait for them."""
    for number, level in enumerate(levels):
        acting = [name for name in level if name in busy]
        over = [name for name in running if acting and all(name in awaited[one] for one in acting)]
        before = [target for name in over for target in running.pop(name)]
        for name in acting:
            later = (one for rest in levels[number + 1 :] for one in rest if one in busy)
            if not all(name in awaited[one] for one in later):
                steps[name] = _begin(steps[name])
                running[name] = _list_targets(steps[name])
        written = _write_level([steps[name] for name in level], before, words)
        seen.steps += [replace(step, pipeline=pipeline) for step in written]


def _leave(step: SeenStep) -> SeenStep:
    """A job that applies files in which no workload is that was read: others deploy those."""
    if not step.is_rollout:
        return step
    notes = (*step.notes, "it applies what was not read, or deploys nothing")
    return replace(step, is_rollout=False, actions=(*step.actions, *step.then), then=(), notes=notes)


def _list_awaited(jobs: Mapping[str, Job], levels: list[list[str]], busy: set[str]) -> dict[str, set[str]]:
    """Of each job the jobs that do something and are over when it begins."""
    awaited: dict[str, set[str]] = {}
    for name in (name for level in levels for name in level):
        needs = [one for one in jobs[name].needs if one in jobs]
        awaited[name] = {one for one in needs if one in busy}.union(*(awaited[one] for one in needs))
    return awaited


def _begin(step: SeenStep) -> SeenStep:
    """What a job does, and nobody waits for."""
    actions = (*step.actions, *step.then)
    started = tuple(one if one.startswith("start ") else f"start {one}" for one in actions)
    return replace(step, actions=started, then=(), begins=True)


def _list_targets(step: SeenStep) -> tuple[str, ...]:
    return tuple(name for action in step.actions for name in action.split()[2:])


def _write_level(steps: list[SeenStep], before: list[str], words: str) -> Iterator[SeenStep]:
    """The steps of jobs that can run at once: those that do something as one."""
    busy = [step for step in steps if step.actions or step.is_rollout]
    waits = (f"await {' '.join(dict.fromkeys(before))}",) if before else ()
    if len(busy) > 1:
        joined = _join(busy, words)
        yield replace(joined, actions=(*waits, *joined.actions))
        steps = [step for step in steps if step not in busy]
    for step in steps:
        actions = (*waits, *step.actions) if step in busy else step.actions
        yield replace(step, actions=actions, origin=Origin(words, step.origin.place))


def _list_levels(jobs: Mapping[str, Job]) -> Iterator[list[str]]:
    """The jobs whose needs are done, again and again; what needs what is not there waits for nothing."""
    order = TopologicalSorter({name: [one for one in job.needs if one in jobs] for name, job in jobs.items()})
    try:
        order.prepare()
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        place = jobs[error.args[1][0]].place
        raise UnreadError(
            Problem("bad-manifest", f"jobs need each other in a circle: {circle}", place)
        ) from None
    names = list(jobs)
    while order.is_active():
        ready = sorted(order.get_ready(), key=names.index)
        yield ready
        order.done(*ready)


def _choose_deploying(jobs: list[Job]) -> set[str]:
    """The jobs that deploy to where users are; if all are elsewhere, the last of them."""
    deploying = [job for job in jobs if job.deploys]
    here = [job for job in deploying if not job.is_elsewhere]
    return {job.name for job in here or deploying[-1:]}


def _act(job: Job, deploying: set[str], seen: SeenParts) -> SeenStep:
    """A job as a step: it deploys the units that its commands name, or all; it migrates; it does neither."""
    origin, notes = Origin("", job.place), ("somebody starts it by hand",) if job.by_hand else ()
    if job.deploys and job.name not in deploying:
        return SeenStep(job.name, origin, (), (*notes, "deploys to another environment"))
    actions: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    at = find_migration(job.text)
    if at is not None and not job.is_elsewhere:
        databases = [name for name, unit in seen.units.items() if unit.kind is Kind.DATABASE]
        named = [name for name in databases if _names(job.text, name)] or databases
        if len(named) == 1:
            action, deploy = (f"migrate {named[0]}",), _DEPLOYS.search(job.text)
            actions, then = ((), action) if deploy and deploy.start() < at else (action, ())
        else:
            notes = (*notes, "it migrates a database: write migrate NAME")
    if not job.deploys:
        return SeenStep(job.name, origin, actions, notes)
    rolled = [
        name for name, unit in seen.units.items() if not unit.is_store and _names_target(job.text, name)
    ]
    rolled += [name for name in _list_applied(job.text, seen) if name not in rolled]
    if rolled:
        return SeenStep(job.name, origin, (*actions, f"deploy {' '.join(rolled)}", *then), notes)
    return SeenStep(job.name, origin, actions, notes, is_rollout=True, then=then)


def _list_applied(text: str, seen: SeenParts) -> Iterator[str]:
    """The workloads in files that a command applies by name."""
    files = {path.removeprefix("./") for command in _APPLIES.findall(text) for path in _FILE.findall(command)}
    for name, unit in seen.units.items():
        origin = unit.origin.place.file
        if not unit.is_store and any(origin == path or origin.endswith(f"/{path}") for path in files):
            yield name


def _applies_alone(text: str) -> bool:
    """Whether all that it deploys are files that it names, none of them a folder or made on the way."""
    commands = _APPLIES.findall(text)
    others = _DEPLOYS.search(_APPLIES.sub("", text))
    return bool(commands) and others is None and all(map(_FILE.search, commands))


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None


def _names_target(text: str, name: str) -> bool:
    """Whether a command deploys one workload by its name."""
    word = re.escape(name)
    return (
        re.search(
            rf"(?:deploy(?:ment)?s?(?:\.apps)?|statefulset|daemonset|sts|ds|rollout)[/ ]{word}(?![\w-])|"
            rf"(?:--service[= ]|\bservice: )(?:\S{{0,100}}[-/_])?{word}(?![\w-])|"
            rf"\bhelm\b[^\n;&|]{{0,60}}\b(?:upgrade|install)\b[^\n;&|]{{0,80}}?\s{word}(?=\s|$)",
            text,
        )
        is not None
    )


def _join(steps: list[SeenStep], words: str) -> SeenStep:
    """Jobs that wait for no other of them run at once: all is begun, and then waited for, but for what nobody
    waits for."""
    begun = tuple(dict.fromkeys(action for step in map(_begin, steps) for action in step.actions))
    awaited = [target for step in steps if not step.begins for target in _list_targets(_begin(step))]
    then = (f"await {' '.join(dict.fromkeys(awaited))}",) if awaited else ()
    name = " and ".join(step.name for step in steps)
    notes = tuple(dict.fromkeys(note for step in steps for note in step.notes))
    rollout = [step for step in steps if step.is_rollout]
    origin = Origin(words, steps[0].origin.place)
    begins = any(step.begins for step in rollout)
    return SeenStep(name, origin, begun, notes, bool(rollout), begins, then)
