"""Pipelines of GitHub Actions and GitLab: jobs as steps, in the order that they need."""

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
from .seen import Origin, Seen, SeenStep
from .stores import find_migration
from .views import View

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
_KEYS = "default include stages variables workflow image services cache before_script after_script spec"
_NO_JOBS = frozenset(_KEYS.split())
MAX_TEXT = 50_000


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


def read_github(workflow: View) -> list[Job]:
    """The jobs of a workflow."""
    return [_github_job(key.text, job) for key, job in workflow.at("jobs").entries()]


def _github_job(name: str, job: View) -> Job:
    needs = tuple(text for text, _ in job.at("needs").texts())
    environment = job.at("environment").text or job.at("environment", "name").text or ""
    texts = [job.at("uses").text or ""]
    for step in job.at("steps").items():
        texts += [step.at("uses").text or "", step.at("run").text or "", *_texts(step.at("with"))]
    return Job(name, needs, "\n".join(texts)[:MAX_TEXT], environment, job.place)


def _texts(view: View) -> list[str]:
    return [value.text for _, value in view.entries() if value.text is not None]


def read_gitlab(pipeline: View) -> list[Job]:
    """The jobs of `.gitlab-ci.yml`; without `needs` a job waits for all of earlier stages."""
    stages = [
        ".pre",
        *([text for text, _ in pipeline.at("stages").texts()] or ["build", "test", "deploy"]),
        ".post",
    ]
    jobs = {
        key.text: _extended(pipeline, key.text, job)
        for key, job in pipeline.entries()
        if _is_job(key.text, job)
    }
    stage_of = {name: _inherited(chain, "stage").text or "test" for name, chain in jobs.items()}
    return [
        _gitlab_job(name, chain, tuple(_list_earlier(stages, stage_of, name))) for name, chain in jobs.items()
    ]


def _list_earlier(stages: list[str], stage_of: Mapping[str, str], name: str) -> Iterator[str]:
    """The jobs of the stages before that of a job."""
    own = stages.index(stage_of[name]) if stage_of[name] in stages else len(stages)
    yield from (other for other, stage in stage_of.items() if stage in stages[:own])


def _gitlab_job(name: str, chain: list[View], earlier: tuple[str, ...]) -> Job:
    needs = _inherited(chain, "needs")
    needed = tuple(text for text, _ in needs.texts())
    needed += tuple(one.at("job").text or "" for one in needs.items() if one.is_mapping)
    scripts = [text for key in ("before_script", "script") for text, _ in _inherited(chain, key).texts()]
    environment = _inherited(chain, "environment")
    return Job(
        name,
        needed if needs.is_list else earlier,
        "\n".join(scripts)[:MAX_TEXT],
        environment.text or environment.at("name").text or "",
        chain[0].place,
        _inherited(chain, "when").text == "manual",
    )


def _is_job(name: str, job: View) -> bool:
    return name not in _NO_JOBS and not name.startswith(".") and job.is_mapping


def _extended(pipeline: View, name: str, job: View) -> list[View]:
    """A job and those that it extends, the nearest first."""
    chain, waiting, known = [job], [text for text, _ in job.at("extends").texts()][::-1], {name}
    while waiting:
        base = waiting.pop(0)
        if base not in known and pipeline.at(base).is_mapping:
            known.add(base)
            chain.append(pipeline.at(base))
            waiting += [text for text, _ in pipeline.at(base).at("extends").texts()][::-1]
    return chain


def _inherited(chain: list[View], key: str) -> View:
    found = (one.at(key) for one in chain if one.at(key).is_there)
    return next(found, View(None, chain[0].place))


def see_jobs(jobs: list[Job], words: str, seen: Seen) -> None:
    """Adds the jobs as steps. Raises `UnreadError` where they need each other in a circle."""
    by_name = {job.name: job for job in jobs}
    deploying = _choose_deploying(jobs)
    acting = {job.name: _act(job, deploying, seen) for job in jobs}
    done: list[SeenStep] = []
    for level in _list_levels(by_name):
        together = [by_name[name] for name in level]
        steps = [acting[job.name] for job in together]
        busy = [step for step in steps if step.actions or step.is_rollout]
        if len(busy) > 1:
            done.append(_join(busy, words))
            steps = [step for step in steps if step not in busy]
        done += [replace(step, origin=Origin(words, step.origin.place)) for step in steps]
    seen.steps += done


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


def _act(job: Job, deploying: set[str], seen: Seen) -> SeenStep:
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
    if rolled:
        return SeenStep(job.name, origin, (*actions, f"deploy {' '.join(rolled)}", *then), notes)
    return SeenStep(job.name, origin, actions, notes, is_rollout=True, then=then)


def _names(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", text) is not None


def _names_target(text: str, name: str) -> bool:
    """Whether a command deploys one workload by its name."""
    word = re.escape(name)
    return (
        re.search(
            rf"(?:deploy(?:ment)?s?(?:\.apps)?|statefulset|daemonset|sts|ds|rollout)[/ ]{word}(?![\w-])|"
            rf"(?:--service[= ]|\bservice: )(?:\S{{0,100}}[-/_])?{word}(?![\w-])",
            text,
        )
        is not None
    )


def _join(steps: list[SeenStep], words: str) -> SeenStep:
    """Jobs that wait for no other of them run at once: all is begun, and then waited for."""
    doing = (action for step in steps for action in (*step.actions, *step.then))
    begun = tuple(dict.fromkeys(f"start {action}" for action in doing))
    targets = dict.fromkeys(name for action in begun for name in action.split()[2:])
    awaited = (f"await {' '.join(targets)}",) if targets else ()
    is_rollout = any(step.is_rollout for step in steps)
    name = " and ".join(step.name for step in steps)
    notes = tuple(dict.fromkeys(note for step in steps for note in step.notes))
    return SeenStep(name, Origin(words, steps[0].origin.place), begun, notes, is_rollout, then=awaited)
