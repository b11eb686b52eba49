"""From the sources of contracts at two revisions to judgements of their pairs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec import Struct

from ..deployment import Change, ContractSource, Deployment, Kind, Pair, Verb
from ..names import Contract
from .judgement import Access, ContractJudgement, Evidence, Grade, Mismatch, Spot, find_worst
from .registry import FORMATS
from .results import ToolResult, read_result
from .sides import Options, Side, UnjudgedError
from .trees import FolderTree, RevisionError, Root, open_root, open_working_tree

OWN_TOOL = "skewproof"
_VERBS = {Verb.READS: Access.READS, Verb.WRITES: Access.WRITES}
MAX_QUERIES = 500
"""Files of queries of one contract."""


class Disagreement(Struct, frozen=True):
    """A pair of which the file declares one thing, and the evidence says another."""

    contract: Contract
    pair: Pair
    is_declared: bool
    judgement: ContractJudgement
    override: str | None


class Derived(Struct, frozen=True):
    """All judgements, by contract in the order of the file; and where declarations say otherwise."""

    judgements: tuple[ContractJudgement, ...]
    disagreements: tuple[Disagreement, ...]


@dataclass
class Deriving:
    """Two revisions of the repository of a deployment file: `base` is what runs, `head` what comes.

    `folder` is where the deployment file lies, and from where sources are written.
    """

    deployment: Deployment
    folder: Path
    base: str
    head: str | None = None
    """None: the files as they are now."""
    _roots: dict[tuple[str | None, str | None], Root] = field(default_factory=dict)

    def derive(self) -> Derived:
        """The judgements of every contract with a source. Raises `RevisionError`, `MissingToolError`."""
        told = self.deployment.sources
        sources = {name: one for name, one in told.items() if one.format is not None or one.results}
        judged = tuple(one for source in sources.values() for one in self._judge(source))
        declared = self.deployment.changed
        different = (
            _find_disagreement(declared[one.contract], one, sources[one.contract].override)
            for one in judged
            if one.contract in declared and not declared[one.contract].implied
        )
        return Derived(judged, tuple(one for one in different if one is not None))

    def _judge(self, source: ContractSource) -> Iterator[ContractJudgement]:
        old, new = self.deployment.versions[-2:]
        revisions: tuple[str | None, ...] = (self.base, self.head)
        roots = [self._open(told, source.repo) for told in revisions]
        results = [*self._read_results(source, roots)]
        for index, pair in enumerate(((old, new), (new, old))):
            found, tools = [], []
            if source.format is not None:
                tools.append(OWN_TOOL)
                found += [(OWN_TOOL, one) for one in self._compare(source, roots, index)]
            for tool, result in results:
                said = result.backwards if index else result.findings
                if said is not None:
                    tools.append(tool)
                    found += [(tool, one) for one in said]
            if not tools:
                text = "no evidence speaks of a new consumer at an old provider"
                found.append((OWN_TOOL, Mismatch(Grade.UNKNOWN, "direction", text, Spot(_find_file(source)))))
            yield self._judgement(source.contract, pair, found, tools, roots)

    def _judgement(
        self,
        contract: Contract,
        pair: Pair,
        found: Iterable[tuple[str, Mismatch]],
        tools: Iterable[str],
        roots: list[Root],
    ) -> ContractJudgement:
        names = [root.tree.name for root in roots]
        met = [(tool, one) for tool, one in found if self._concerns(contract, one)]
        evidence = tuple(Evidence(tool, one, names[0], names[1]) for tool, one in dict.fromkeys(met))
        worst_first = sorted(evidence, key=lambda one: one.finding.grade.rank)
        by_verb = tuple(
            (verb, find_worst(one for _, one in met if one.verb in (Access.ANY, told)))
            for verb, told in self._list_verbs(contract)
        )
        worst = find_worst(one for _, one in met)
        return ContractJudgement(contract, pair, None, worst, tuple(worst_first), tuple(tools), by_verb)

    def _concerns(self, contract: Contract, found: Mismatch) -> bool:
        """Whether some hop at the contract does what the finding is about."""
        if found.verb is Access.ANY:
            return True
        wanted = Verb.READS if found.verb is Access.READS else Verb.WRITES
        hops = [request.hops[number - 1] for request, number in self.deployment.hops_at.get(contract, ())]
        return any(hop.verb is wanted for hop in hops)

    def _list_verbs(self, contract: Contract) -> list[tuple[Verb, Access]]:
        """What hops do at a contract of a database, of which nothing travels on: there each verb can break
        alone."""
        kind = self.deployment.components[contract.provider].kind
        if kind is not Kind.DATABASE or self._travels(contract):
            return []
        hops = [request.hops[number - 1] for request, number in self.deployment.hops_at.get(contract, ())]
        return [(verb, told) for verb, told in _VERBS.items() if any(hop.verb is verb for hop in hops)]

    def _travels(self, contract: Contract) -> bool:
        """Whether a hop is using what it got at the contract."""
        hops = (hop for request in self.deployment.requests for hop in request.hops)
        return any(
            source.subject == contract.subject and source.provider in (None, contract.provider)
            for hop in hops
            for source in hop.using
        )

    def _open(self, told: str | None, repo: str | None) -> Root:
        """Where the paths of a source begin. `repo` is another repository (with the same revisions), or,
        where folders are compared, another folder beside or below each of them."""
        if (told, repo) not in self._roots:
            folder = self.folder if repo is None else self.folder / repo
            if not folder.is_dir():
                raise RevisionError(f"`repo: {repo}` is no folder; it is written from `{self.folder}`")
            root = open_working_tree(folder) if told is None else open_root(told, folder)
            if repo is not None and isinstance(root.tree, FolderTree) and told is not None:
                root = open_root(f"{told.rstrip('/')}/{repo}/", folder)
            self._roots[told, repo] = root
        return self._roots[told, repo]

    # --- one contract ---

    def _compare(self, source: ContractSource, roots: list[Root], consumer: int) -> list[Mismatch]:
        """What the consumer of one revision (0: base) and the provider of the other do not understand."""
        assert source.format is not None, "no format is given"
        try:
            sides = [
                Side(root.tree, root.path(source.path), source.pointer, rank)
                for rank, root in enumerate(roots)
            ]
            there = [bool(side.files) for side in sides]
            if not any(there):
                raise UnjudgedError(f"nothing is at `{source.path}` at either revision", source.path)
            if not all(there):
                return _one_side(sides, there, consumer)
            options = self._options(source, roots[consumer])
            return FORMATS[source.format].differ(sides[consumer], sides[1 - consumer], options)
        except UnjudgedError as unjudged:
            spot = Spot(unjudged.file or source.path, unjudged.line)
            return [Mismatch(Grade.UNKNOWN, "unjudged", unjudged.reason, spot)]
        except RecursionError:
            spot = Spot(source.path)
            return [Mismatch(Grade.UNKNOWN, "unjudged", "the contract is nested too deeply", spot)]

    def _options(self, source: ContractSource, root: Root) -> Options:
        queries: list[tuple[str, str]] = []
        for written in source.queries:
            path = root.path(written)
            folder = path.split("*", 1)[0].rpartition("/")[0] if "*" in path else path
            names = [name for name in root.tree.list(folder) if "*" not in path or fnmatchcase(name, path)]
            if not names or len(queries) + len(names) > MAX_QUERIES:
                what = "no file" if not names else f"more than {MAX_QUERIES} files"
                raise UnjudgedError(f"`queries: {written}`: {what}", path)
            for name in names:
                queries += list_statements(name, root.tree.read(name).decode("utf-8", "replace"))
        is_called = self.deployment.components[source.contract.provider].kind.has_instances
        return Options(source.dialect or "postgres", tuple(queries), is_called=is_called)

    def _read_results(self, source: ContractSource, roots: list[Root]) -> Iterator[tuple[str, ToolResult]]:
        """What other tools say; their files lie beside the deployment file, at no revision."""
        revisions = self._name_revisions(roots)
        for tool, written in source.results.items():
            try:
                content = FolderTree(self.folder, str(self.folder)).read(written)
                yield str(tool), read_result(tool, content, written, revisions)
            except UnjudgedError as unjudged:
                found = Mismatch(Grade.UNKNOWN, "unjudged", unjudged.reason, Spot(written))
                yield str(tool), ToolResult((found,), (found,))

    def _name_revisions(self, roots: list[Root]) -> tuple[str, str]:
        names = [str(getattr(root.tree, "commit", root.tree.name)) for root in roots]
        return names[0], names[1]


def list_statements(file: str, text: str) -> list[tuple[str, str]]:
    """The statements of a file of queries; of a table in CSV, as `pg_stat_statements` is exported, those in
    its column `query`. Raises `UnjudgedError` for a table without one."""
    if not file.endswith(".csv"):
        return [(file, text)]
    try:
        rows = csv.DictReader(io.StringIO(text))
        if "query" not in (rows.fieldnames or ()):
            raise UnjudgedError(f"`{file}` has no column `query`", file, 1)
        return [(file, re.sub(r"\$\d+", "NULL", row["query"])) for row in rows if row["query"]]
    except csv.Error as error:
        raise UnjudgedError(f"`{file}` is no table in CSV: {error}", file) from None


def _find_file(source: ContractSource) -> str:
    return source.path or next(iter(source.results.values()), "")


def _one_side(sides: list[Side], there: list[bool], consumer: int) -> list[Mismatch]:
    """The contract is written at one revision alone: who knows it finds nobody who does."""
    if not there[consumer]:
        return []
    gone = "is not there yet" if consumer else "is gone"
    text = f"the contract {gone} at the provider"
    return [Mismatch(Grade.BREAKS, "contract", text, Spot(sides[consumer].path))]


def _find_disagreement(
    change: Change, judged: ContractJudgement, override: str | None
) -> Disagreement | None:
    """What is declared of a pair, if evidence says otherwise. What nobody knows contradicts nothing."""
    if change.evidence or judged.grade in (Grade.UNKNOWN, Grade.MAY_BREAK):
        return None
    is_declared = any(judged.pair in pairs for pairs in change.breaks.values())
    if is_declared == (judged.grade is not Grade.COMPATIBLE):
        return None
    return Disagreement(judged.contract, judged.pair, is_declared, judged, override)


def group_by_contract(
    judgements: Iterable[ContractJudgement],
) -> Mapping[Contract, tuple[ContractJudgement, ...]]:
    """The judgements of each contract, in their order."""
    found: dict[Contract, list[ContractJudgement]] = {}
    for one in judgements:
        found.setdefault(one.contract, []).append(one)
    return {contract: tuple(several) for contract, several in found.items()}
