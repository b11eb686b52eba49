"""The oracle's evaluator of predicates over one state of the deployment.

Numbers in brackets are paragraphs of docs/semantics.md; what predicates mean stands in docs/language.md.
"""

import operator
import re

from support.oracle_parse import provider_of
from support.oracle_plan import Plan, Position
from support.oracle_state import FLAG_OFF, FLAG_ON, Deployment, get, leader_of

TOKEN = re.compile(r'"[^"]*"|<=|>=|==|!=|[<>()+]|[^\s<>()=!+"]+(?:"[^"]*")?')
COMPARED = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(plan: Plan, state: Deployment, predicate: str) -> bool:
    """Whether a predicate holds now. `done` and sums are beyond it: it raises ValueError."""
    reader = _Reader(plan, state, TOKEN.findall(predicate))
    value = reader.implication()
    if reader.words:
        raise ValueError(predicate)
    return value


def passed(plan: Plan, here: Position) -> list[Position]:
    """The positions that its pipeline has stood at before it came here (60, 62)."""
    main = [p for p in plan.positions if p.failed is None and p.pipeline == here.pipeline]
    if here.failed is None:
        return [p for p in main if p.number < here.number]
    own = [p for p in plan.positions if p.failed == here.failed and p.number < here.number and not p.is_stop]
    return [p for p in main if p.number <= here.failed] + own


class _Reader:
    """Reads the words from the left and evaluates as it goes; every operand is read."""

    def __init__(self, plan: Plan, state: Deployment, words: list[str]) -> None:
        self.plan = plan
        self.state = state
        self.words = words

    def implication(self) -> bool:
        left = self.disjunction()
        return (self.implication() or not left) if self._take("implies") else left

    def disjunction(self) -> bool:
        value = self.conjunction()
        while self._take("or"):
            value = self.conjunction() or value
        return value

    def conjunction(self) -> bool:
        value = self.negation()
        while self._take("and"):
            value = self.negation() and value
        return value

    def negation(self) -> bool:
        if self._take("not"):
            return not self.negation()
        if self._take("("):
            value = self.implication()
            self._expect(")")
            return value
        return self._atom()

    def _take(self, word: str) -> bool:
        if self.words[:1] != [word]:
            return False
        self.words.pop(0)
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise ValueError(self.words)

    def _atom(self) -> bool:
        value: bool
        match self.words:
            case ["true" | "false" as word, *rest]:
                value = word == "true"
            case ["all", name, "at", version, *rest]:
                value = self._all_at(name, self._version(version))
            case [("in" | "before" | "after") as where, step, *rest]:
                value = self._stands(where, step.replace('"', ""))
            case [name, "done", *rest] if name.replace('"', "") in self.plan.pipelines:
                value = self._is_done(self.plan.pipelines.index(name.replace('"', "")))
            case [form, "in", contract, *rest]:
                value = any(self._is_of(f, form) for f in self._forms(contract))
            case [contract, "is", "empty", *rest]:
                value = not self._forms(contract)
            case [term, "(", version, ")", sign, number, *rest] if term.endswith(".up") and sign in COMPARED:
                up = self._up(term.removesuffix(".up"))[self._version(version)]
                value = COMPARED[sign](up, int(number))
            case [term, "(", version, ")", *rest] if term.endswith(".up"):
                value = self._up(term.removesuffix(".up"))[self._version(version)] > 0
            case [term, sign, number, *rest] if term.endswith(".up") and sign in COMPARED:
                value = COMPARED[sign](sum(self._up(term.removesuffix(".up"))), int(number))
            case [term, *rest] if term.endswith(".up"):
                value = sum(self._up(term.removesuffix(".up"))) > 0
            case [term, "==", version, *rest] if term.endswith(".version"):
                value = self._is_at(term.removesuffix(".version"), self._version(version))
            case [term, sign, number, *rest] if term.endswith(".restarting") and sign in COMPARED:
                value = COMPARED[sign](
                    sum(get(self.state.up, term.removesuffix(".restarting")).down), int(number)
                )
            case [term, *rest] if term.endswith(".restarting"):
                value = any(get(self.state.up, term.removesuffix(".restarting")).down)
            case [term, "is", "none", *rest] if term.endswith(".leader"):
                value = leader_of(self.state, term.removesuffix(".leader")) is None
            case [term, "==" | "!=" as sign, version, *rest] if term.endswith(".leader"):
                leads = leader_of(self.state, term.removesuffix(".leader")) == self._version(version)
                value = leads == (sign == "==")
            case [term, "(", version, ")", *rest] if term.endswith(".gone"):
                value = self._is_gone(term.removesuffix(".gone"), self._version(version))
            case [term, *rest] if term.endswith(".suspended"):
                value = term.removesuffix(".suspended") in self.state.suspended
            case [term, *rest] if term.endswith((".on", ".off")):
                flag, _, side = term.rpartition(".")
                value = get(self.state.flags, flag) == {"on": FLAG_ON, "off": FLAG_OFF}[side]
            case words:
                raise ValueError(words)
        self.words = rest
        return value

    def _version(self, name: str) -> int:
        return self.plan.versions.index(name)

    def _up(self, name: str) -> list[int]:
        """By version, how many instances serve."""
        instances = get(self.state.up, name)
        return [n if v in instances.taking_calls else 0 for v, n in enumerate(instances.ready)]

    def _is_gone(self, name: str, version: int) -> bool:
        """None of the version is there, terminating ones included (85)."""
        instances = get(self.state.up, name)
        return not instances.there[version] and version not in instances.terminating

    def _all_at(self, name: str, version: int) -> bool:
        """All instances that take calls, as many as there should be; or each changed contract's schema."""
        if name not in self.plan.components:
            return self._is_at(name, version)
        instances = get(self.state.up, name)
        wanted = self.plan.component_at(self.state.positions, name).replicas
        full = instances.ready[version] >= wanted > 0
        return instances.taking_calls == [version] and full

    def _is_at(self, name: str, version: int) -> bool:
        if name in self.plan.components:
            return get(self.state.up, name).taking_calls == [version]
        return all(now == version for contract, now in self.state.schema if _is_named(contract, name))

    def _forms(self, name: str) -> set[int]:
        """What lies there; rows that follow their schema have its form."""
        found = {
            form for contract, forms in self.state.content if _is_named(contract, name) for form in forms
        }
        with_content = dict(self.state.content)
        return found | {
            version
            for contract, version in self.state.schema
            if _is_named(contract, name) and contract not in with_content
        }

    def _is_of(self, form: int, named: str) -> bool:
        return form < len(self.plan.versions) - 1 if named == "old" else form == self._version(named)

    def _stands(self, side: str, step: str) -> bool:
        """Where the pipeline of the step stands, and has been in this run (62, 101)."""
        here = [self.plan.positions[number] for number in self.state.positions]
        stands = any(position.step == step for position in here)
        if side == "in" or stands:
            return side == "in" and stands
        been = any(position.step == step for one in here for position in passed(self.plan, one))
        return been == (side == "after")

    def _is_done(self, pipeline: int) -> bool:
        """Whether that pipeline is past its last step, or past that of its rollback (101)."""
        return self.plan.positions[self.state.positions[pipeline]].is_end


def _is_named(contract: str, name: str) -> bool:
    return name.replace('"', "") in (contract, provider_of(contract))
