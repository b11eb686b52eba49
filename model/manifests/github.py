"""Workflows of GitHub Actions: their jobs, with those of workflows that they call and actions beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from ..errors import Problem
from .continuous import MAX_TEXT, Job
from .expanding import expand, read_combinations, read_values
from .files import UnreadError, parse_file, read_file, stay_inside
from .seen import SeenParts
from .views import View

MAX_CALLS = 10
"""Workflows that call each other, as GitHub has it."""

_Values = dict[str, tuple[str, ...]]


def read_github(workflow: View, path: Path, seen: SeenParts) -> list[Job]:
    """The jobs of a workflow. Raises `UnreadError` for a file that leads out of the repository."""
    return _Repository(_find_root(path), seen).read(workflow, {}, 0)


def is_called_alone(workflow: View) -> bool:
    """Whether a workflow runs only where another one calls it."""
    events = {text for text, _ in workflow.at("on").texts()}
    events |= {key.text for key, _ in workflow.at("on").entries()}
    return events == {"workflow_call"}


def _find_root(path: Path) -> Path:
    """The folder of the repository, in which `.github` lies; written as the path is, where that tells."""
    above = (*path.parents, *path.absolute().parents)
    return next((one.parent for one in above if one.name == ".github"), path.parent)


@dataclass
class _Repository:
    root: Path
    seen: SeenParts

    def read(self, workflow: View, inputs: _Values, depth: int) -> list[Job]:
        """The jobs of a workflow; one that calls another is exchanged for the jobs of that."""
        defaults = {}
        for key, value in workflow.at("on", "workflow_call", "inputs").entries():
            if value.at("default").text is not None:
                defaults[f"inputs.{key.text}"] = (value.at("default").text or "",)
        known = defaults | inputs | _read_env(workflow)
        jobs: list[Job] = []
        called: dict[str, tuple[str, ...]] = {}
        for key, job in workflow.at("jobs").entries():
            inner = self._call(key.text, job, known, depth)
            if inner is None:
                jobs.append(self._read_job(key.text, job, known))
            else:
                jobs += inner
                called[key.text] = tuple(one.name for one in inner)
        return [replace(one, needs=_follow(one.needs, called)) for one in jobs]

    def _call(self, name: str, job: View, known: _Values, depth: int) -> list[Job] | None:
        """The jobs of the workflow that a job calls; None if it calls none that can be read."""
        used = job.at("uses")
        if used.text is None:
            return None
        if not used.text.startswith("./"):
            self.seen.remark(f"`{used.text[:200]}` is in another repository, and is not read", used.place)
            return None
        if depth >= MAX_CALLS:
            raise UnreadError(
                Problem("bad-manifest", f"workflows call each other more than {MAX_CALLS} deep", used.place)
            )
        workflow = self._open(used)
        if workflow is None:
            return None
        known = known | self._read_matrix(job)
        given = {
            f"inputs.{key}": tuple(expand(value, known, MAX_TEXT).split("\n") if values else ())
            for key, values in read_values(job.at("with")).items()
            for value in values[:1]
        }
        inner = self.read(workflow, given, depth + 1)
        outer = tuple(text for text, _ in job.at("needs").texts())
        only = len(inner) == 1
        names = {one.name: name if only else f"{name} / {one.name}" for one in inner}
        return [
            replace(
                one,
                name=names[one.name],
                needs=tuple(names[need] for need in one.needs if need in names) or outer,
            )
            for one in inner
        ]

    def _open(self, used: View) -> View | None:
        path = stay_inside(self.root, self.root / (used.text or ""), used.place)
        if not path.is_file():
            self.seen.remark(f"`{used.text}` is not there, so what it does is not known", used.place)
            return None
        roots = parse_file(path, read_file(path)).roots
        return View(roots[0], used.place) if roots else None

    def _read_matrix(self, job: View) -> _Values:
        matrix = job.at("strategy", "matrix")
        found = read_values(matrix, "matrix.")
        more = read_combinations(matrix.at("include").items(), "matrix.")
        return found | {name: (*found.get(name, ()), *values) for name, values in more.items()}

    def _read_job(self, name: str, job: View, known: _Values) -> Job:
        known = known | _read_env(job) | self._read_matrix(job)
        environment = job.at("environment").text or job.at("environment", "name").text or ""
        text = "\n".join([job.at("uses").text or "", *self._list_texts(job.at("steps"), 0)])
        return Job(
            name,
            tuple(text for text, _ in job.at("needs").texts()),
            expand(text[:MAX_TEXT], known, MAX_TEXT),
            expand(environment, known, MAX_TEXT),
            job.place,
        )

    def _list_texts(self, steps: View, depth: int) -> Iterator[str]:
        """What steps run, those of actions beside the workflow too."""
        for step in steps.items():
            used = step.at("uses")
            yield used.text or ""
            yield step.at("run").text or ""
            yield from (value.text for _, value in step.at("with").entries() if value.text is not None)
            if used.text is not None and used.text.startswith("./") and depth < MAX_CALLS:
                action = self._open_action(used)
                if action is not None:
                    given = read_values(step.at("with"), "inputs.")
                    inner = "\n".join(self._list_texts(action.at("runs", "steps"), depth + 1))
                    yield expand(inner[:MAX_TEXT], given, MAX_TEXT)

    def _open_action(self, used: View) -> View | None:
        folder = stay_inside(self.root, self.root / (used.text or ""), used.place)
        for name in ("action.yml", "action.yaml"):
            path = stay_inside(self.root, folder / name, used.place)
            if path.is_file():
                roots = parse_file(path, read_file(path)).roots
                return View(roots[0], used.place) if roots else None
        return None


def _read_env(view: View) -> _Values:
    """Variables of the environment, as a shell and as expressions know them."""
    return read_values(view.at("env")) | read_values(view.at("env"), "env.")


def _follow(needs: tuple[str, ...], called: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What is needed, with all jobs of a called workflow for the job that calls it."""
    return tuple(one for need in needs for one in called.get(need, (need,)))
