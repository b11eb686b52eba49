"""Pipelines of GitLab: jobs with what they extend, refer to, and what the file includes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path

from ..errors import Problem
from ..kernel.graph import find_reachable
from ..language.document import Mapping as MappingNode
from ..language.document import YamlNode
from .continuous import MAX_TEXT, Job
from .expanding import expand, read_combinations, read_values
from .files import UnreadError, parse_file, read_file, stay_inside
from .seen import SeenParts
from .sources import list_files
from .views import View

MAX_INCLUDED = 150
"""Files of one pipeline, as GitLab has it."""

_KEYS = "default include stages variables workflow image services cache before_script after_script spec"
_NO_JOBS = frozenset(_KEYS.split())


def read_gitlab(pipeline: View, path: Path, seen: SeenParts) -> list[Job]:
    """The jobs of `.gitlab-ci.yml`; without `needs` a job waits for all of earlier stages. Raises
    `UnreadError`."""
    return list(_Pipeline(_Including(path.parent, seen).include(pipeline, 0)).list_jobs())


@dataclass
class _Including:
    """Files of the repository that are laid below the one that includes them; others are told."""

    root: Path
    seen: SeenParts
    read: set[Path] = field(default_factory=set)

    def include(self, pipeline: View, depth: int) -> View:
        below: YamlNode | None = None
        for local in self._list_local(pipeline.at("include")):
            for path in self._find(local):
                roots = parse_file(path, read_file(path)).roots
                if roots and path not in self.read and depth < MAX_INCLUDED:
                    self.read.add(path)
                    self._count(local)
                    included = self.include(View(roots[0], local.place), depth + 1).node
                    below = _merge(below, included)
        merged = _merge(below, pipeline.node)
        return View(merged, pipeline.place)

    def _count(self, at: View) -> None:
        if len(self.read) > MAX_INCLUDED:
            raise UnreadError(
                Problem("bad-manifest", f"more than {MAX_INCLUDED} files are included", at.place)
            )

    def _list_local(self, include: View) -> Iterator[View]:
        members = list(include.items()) if include.is_list else [include] if include.is_there else []
        for one in members:
            local = one if one.text is not None and "://" not in one.text else one.at("local")
            if local.text is not None:
                yield local
            elif one.is_there:
                told = one.text or ", ".join(f"{key.text}: {value.text}" for key, value in one.entries())
                self.seen.remark(
                    f"`include: {told[:200]}` is not in this repository, and is not read", one.place
                )

    def _find(self, local: View) -> list[Path]:
        written = (local.text or "").lstrip("/")
        if "*" not in written:
            path = stay_inside(self.root, self.root / written, local.place)
            if path.is_file():
                return [path]
            self.seen.remark(f"`{written}` is not there, so what it says is not known", local.place)
            return []
        fits = re.compile(translate(written))
        found = [path for path in _list_yaml(self.root) if fits.match(path.relative_to(self.root).as_posix())]
        return [stay_inside(self.root, path, local.place) for path in found]


def _list_yaml(root: Path) -> Iterator[Path]:
    from .sources import Sources

    yield from (path for path in list_files(root, Sources()) if path.suffix in (".yml", ".yaml"))


def _merge(below: YamlNode | None, over: YamlNode | None) -> YamlNode | None:
    """Mappings key by key; of anything else what lies above counts. The depth of documents is limited."""
    if not isinstance(below, MappingNode) or not isinstance(over, MappingNode):
        return over if over is not None else below
    entries = {key.text: (key, value) for key, value in below.entries}
    for key, value in over.entries:
        before = entries.get(key.text)
        merged = _merge(before[1], value) if before is not None else value
        entries[key.text] = (key, value if merged is None else merged)
    return MappingNode(tuple(entries.values()), over.place)


@dataclass
class _Pipeline:
    told: View

    def list_jobs(self) -> Iterator[Job]:
        listed = [text for text, _ in self.told.at("stages").texts()] or ["build", "test", "deploy"]
        stages = [".pre", *listed, ".post"]
        jobs = {
            key.text: self._extended(key.text, job)
            for key, job in self.told.entries()
            if _is_job(key.text, job)
        }
        stage_of = {name: _inherited(chain, "stage").text or "test" for name, chain in jobs.items()}
        for name, chain in jobs.items():
            yield self._read_job(name, chain, tuple(_list_earlier(stages, stage_of, name)))

    def _read_job(self, name: str, chain: list[View], earlier: tuple[str, ...]) -> Job:
        needs = _inherited(chain, "needs")
        needed = tuple(text for text, _ in needs.texts())
        needed += tuple(one.at("job").text or "" for one in needs.items() if one.is_mapping)
        environment = _inherited(chain, "environment")
        values = self._read_values(chain)
        text = "\n".join(
            text for key in ("before_script", "script") for text in self._list_script(chain, key)
        )
        return Job(
            name,
            needed if needs.is_list else earlier,
            expand(text[:MAX_TEXT], values, MAX_TEXT),
            expand(environment.text or environment.at("name").text or "", values, MAX_TEXT),
            chain[0].place,
            _is_by_hand(chain),
        )

    def _read_values(self, chain: list[View]) -> dict[str, tuple[str, ...]]:
        """Variables of the file, of the job, and of its matrix."""
        values = read_values(self.told.at("variables"))
        for one in reversed(chain):
            values |= read_values(one.at("variables"))
        return values | read_combinations(_inherited(chain, "parallel").at("matrix").items())

    def _list_script(self, chain: list[View], key: str) -> Iterator[str]:
        """The lines of a script, with those of other jobs to which it refers (`!reference [JOB, KEY]`)."""
        script = _inherited(chain, key)
        if script.text is not None:
            yield script.text
        for item in script.items():
            words = [text for text, _ in item.texts()]
            if item.is_list and self.told.at(*words).is_there:
                yield from (text for text, _ in self.told.at(*words).texts())
            else:
                yield from words

    def _extended(self, name: str, job: View) -> list[View]:
        """A job and those that it extends, the nearest first."""

        def list_bases(one: View) -> list[str]:
            bases = [text for text, _ in one.at("extends").texts()][::-1]
            return [base for base in bases if base != name and self.told.at(base).is_mapping]

        bases = find_reachable(list_bases(job), lambda base: list_bases(self.told.at(base)))
        return [job, *map(self.told.at, bases), self.told.at("default")]


def _is_by_hand(chain: list[View]) -> bool:
    rules = _inherited(chain, "rules").items()
    return _inherited(chain, "when").text == "manual" or any(one.at("when").text == "manual" for one in rules)


def _is_job(name: str, job: View) -> bool:
    return name not in _NO_JOBS and not name.startswith(".") and job.is_mapping


def _list_earlier(stages: list[str], stage_of: Mapping[str, str], name: str) -> Iterator[str]:
    """The jobs of the stages before that of a job."""
    own = stages.index(stage_of[name]) if stage_of[name] in stages else len(stages)
    yield from (other for other, stage in stage_of.items() if stage in stages[:own])


def _inherited(chain: list[View], key: str) -> View:
    found = (one.at(key) for one in chain if one.at(key).is_there)
    return next(found, View(None, chain[0].place))
