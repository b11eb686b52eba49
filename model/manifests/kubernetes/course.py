"""In which order things are applied: at once, by the hooks of Helm, or in the waves of Argo CD."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from ..seen import Origin, SeenStep
from .objects import HELM_HOOK, Object
from .workloads import Workload

_HELM_WEIGHT = "helm.sh/hook-weight"
_ARGO, _WAVE = "argocd.argoproj.io/hook", "argocd.argoproj.io/sync-wave"


class JobRun(Struct, frozen=True):
    """A job that runs to its end: what it does, and what has to be asked about it."""

    workload: Workload
    actions: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def object(self) -> Object:
        return self.workload.object


def list_steps(jobs: list[JobRun], rolled: list[Workload]) -> Iterator[SeenStep]:
    """The steps in which the workloads go to the next version."""
    objects = [*(job.object for job in jobs), *(one.object for one in rolled)]
    if not objects:
        return
    if any(one.annotation(_ARGO) or one.annotation(_WAVE) for one in objects):
        yield from _argo(jobs, rolled)
    elif any(_helm_hooks(one) for one in objects):
        yield from _helm(jobs, rolled)
    else:
        yield _apply(jobs, "Apply", "kubectl apply", objects[0])
        yield from _promotions(rolled)


def _apply(jobs: list[JobRun], name: str, words: str, first: Object, begins: bool = False) -> SeenStep:
    """All at once: nobody waits for a job that is no hook."""
    actions = tuple(f"start {action}" for job in jobs for action in job.actions)
    notes = tuple(note for job in jobs for note in job.notes)
    if actions:
        notes = ("nothing waits for a job that is no hook: it runs beside the rollout", *notes)
    return SeenStep(name, Origin(words, first.place), tuple(dict.fromkeys(actions)), notes, True, begins)


def _run(job: JobRun, name: str) -> SeenStep:
    return SeenStep(name, Origin(job.object.words, job.object.place), job.actions, job.notes)


def _helm_hooks(one: Object) -> set[str]:
    return {word.strip() for word in (one.annotation(HELM_HOOK) or "").split(",")} - {""}


def _helm(jobs: list[JobRun], rolled: list[Workload]) -> Iterator[SeenStep]:
    """Hooks run one by one by weight; Helm waits for them, and for the rollout only with `--wait`."""
    plain = [job for job in jobs if not _helm_hooks(job.object)]
    before, after = (_hooked(jobs, when) for when in ("pre-upgrade", "post-upgrade"))
    yield from (_run(job, f"pre-upgrade {job.object.name}") for job in before)
    first = rolled[0].object if rolled else jobs[0].object
    step = _apply(plain, "Upgrade", "helm upgrade", first, begins=bool(after))
    yield step
    yield from (_run(job, f"post-upgrade {job.object.name}") for job in after)
    yield from _promotions(rolled)


def _hooked(jobs: list[JobRun], when: str) -> list[JobRun]:
    hooked = [job for job in jobs if when in _helm_hooks(job.object)]
    return sorted(hooked, key=lambda job: (_number(job.object.annotation(_HELM_WEIGHT)), job.object.name))


def _argo(jobs: list[JobRun], rolled: list[Workload]) -> Iterator[SeenStep]:
    """Hooks before and after the sync, and waves within it; Argo waits until a wave is healthy."""
    phases = {id(job): _phase(job.object) for job in jobs}
    for phase in ("PreSync", "Sync", "PostSync"):
        own = [job for job in jobs if phases[id(job)] == phase]
        waves = {_wave(job.object) for job in own}
        if phase == "Sync":
            waves |= {_wave(one.object) for one in rolled}
        for wave in sorted(waves):
            of_wave = [job for job in own if _wave(job.object) == wave]
            deployed = [one for one in rolled if phase == "Sync" and _wave(one.object) == wave]
            yield _wave_step(phase, wave, of_wave, deployed)
            yield from _promotions(deployed)


def _wave_step(phase: str, wave: int, jobs: list[JobRun], deployed: list[Workload]) -> SeenStep:
    first = jobs[0].object if jobs else deployed[0].object
    done = tuple(dict.fromkeys(action for job in jobs for action in job.actions))
    notes = tuple(note for job in jobs for note in job.notes)
    names = [one.name for one in deployed if not one.rolled.kept and one.rolled.switch is None]
    if names and done:
        targets = " ".join(action.split(" ", 1)[1] for action in done)
        actions = (*(f"start {action}" for action in done), f"deploy {' '.join(names)}", f"await {targets}")
    else:
        actions = (*done, *((f"deploy {' '.join(names)}",) if names else ()))
    return SeenStep(f"{phase} wave {wave}", Origin(first.words, first.place), actions, notes)


def _phase(one: Object) -> str:
    """When Argo runs a job; hooks of Helm are known to it."""
    hook = (one.annotation(_ARGO) or "").split(",")[0].strip()
    helm = _helm_hooks(one)
    if not hook and helm:
        names = {
            "pre-install": "PreSync",
            "pre-upgrade": "PreSync",
            "post-install": "PostSync",
            "post-upgrade": "PostSync",
        }
        return next((phase for word, phase in names.items() if word in helm), "Skip")
    return hook or "Sync"


def _wave(one: Object) -> int:
    return _number(one.annotation(_WAVE) or one.annotation(_HELM_WEIGHT))


def _number(text: str | None) -> int:
    try:
        return max(-1_000_000, min(1_000_000, int(text or 0)))
    except ValueError:
        return 0


def _promotions(rolled: list[Workload]) -> Iterator[SeenStep]:
    """A canary goes on when its hold ends; blue-green switches when somebody says so, and until then nothing
    that is new takes calls."""
    for one in rolled:
        if one.rolled.switch is not None:
            origin = Origin("somebody promotes it", one.rolled.switch.place)
            yield SeenStep(f"Promote {one.name}", origin, (f"deploy {one.name}",))
        if one.rolled.holds is not None and not one.rolled.kept:
            origin = Origin("held until here", one.rolled.holds.place)
            yield SeenStep(f"Promote {one.name}", origin, (f"promote {one.name}",))
