"""What a predicate asks of one component, flag, contract or step, with every name held against the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from msgspec import Struct

from ..deployment import Component, Kind, name_step
from ..deployment.predicate import (
    AllAt,
    Atom,
    ComparisonOperator,
    Constant,
    Count,
    Done,
    Empty,
    FlagIs,
    Gone,
    Holds,
    Leads,
    Serving,
    Stands,
    StepSide,
    Suspended,
    Version,
)
from ..names import Target
from .components import Components
from .contracts import Contracts
from .keys import KINDS, OUTSIDE
from .questions import QUESTIONS, ComponentQuestion, list_questions, split
from .reader import Reader, Word, join_words, quote, write_plural

if TYPE_CHECKING:
    from lark import Token, Tree

    Node = Tree[Token] | Token | None

_ALONE = ("true", "false", "done")
"""Predicates of one word."""
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")


class KnownNames(Struct, frozen=True):
    """Every name that a predicate may use. `versions` or `steps` is None where the file's own are wrong
    or not known: then nothing is held against them."""

    components: Components
    contracts: Contracts
    flags: Collection[str]
    versions: tuple[str, ...] | None
    steps: Collection[str] | None
    pipelines: tuple[str, ...] = ()
    """Those that have names, where there are several."""

    @property
    def outside(self) -> tuple[str, ...]:
        """What the times before and after the pipeline, or each of them, are called."""
        return tuple(name_step(name, end) for name in self.pipelines or (None,) for end in OUTSIDE)


class Atoms:
    """Turns the leaves of one text's tree into atoms; None for what is wrong, after all of it is reported."""

    def __init__(self, reader: Reader, whole: Word, names: KnownNames) -> None:
        self._reader, self._whole, self._names = reader, whole, names

    def atom(self, rule: str, parts: list[Tree[Token] | Token]) -> Atom | None:
        """The atom of one rule of the grammar."""
        match rule:
            case "true" | "false":
                return Constant(rule == "true")
            case "done":
                return Done()
            case "pipeline_done":
                return self._done(self._name(parts[0]))
            case "stands_in" | "stands_before" | "stands_after":
                return self._stands(StepSide(rule.removeprefix("stands_")), self._name(parts[0]))
            case "all_at":
                return self._all_at(*map(self._name, parts))
            case "holds_old":
                return self._holds(None, self._name(parts[0]))
            case "holds":
                return self._holds(*map(self._name, parts))
            case "is_empty":
                target = self._content(self._name(parts[0]))
                return Empty(target) if target else None
            case "is_none":
                return self._leads(self._asked_of(parts[0]), None)
            case "alone":
                return self._alone(self._terms(parts[0]))
            case _:  # rules are texts: what is left in the grammar compares two sides
                return self._comparison(self._terms(parts[0]), parts[1], self._name(parts[2]))

    # --- words ---

    def _name(self, token: Node) -> Word:
        """A name that nothing is asked of."""
        subject, question = split(self._whole, token, asks=False)
        if question is not None:
            message = f"`.{question.text}` cannot stand behind this name"
            self._reader.report("bad-predicate", message, question)
        return subject

    def _terms(self, tree: Node) -> list[ComponentQuestion]:
        return [self._asked(term) for term in getattr(tree, "children", ())]

    def _asked(self, term: Node) -> ComponentQuestion:
        token, version = list(getattr(term, "children", ()))
        whole = self._whole.part(token.start_pos, token.end_pos)
        return ComponentQuestion(
            *split(self._whole, token, asks=True), self._name(version) if version else None, whole
        )

    def _asked_of(self, token: Node) -> ComponentQuestion:
        """A name with what is asked of it, where no version can stand behind it."""
        start, end = getattr(token, "start_pos", 0), getattr(token, "end_pos", 0)
        return ComponentQuestion(*split(self._whole, token, asks=True), None, self._whole.part(start, end))

    # --- atoms ---

    def _stands(self, side: StepSide, step: Word) -> Stands | None:
        steps = self._names.steps
        if steps is not None and step.text not in (*steps, *self._names.outside):
            also = self._names.outside if self._names.pipelines else ()
            self._reader.report_unknown("step", step, [*steps, *also])
            return None
        return Stands(side, step.text)

    def _done(self, name: Word) -> Done | None:
        pipelines = self._names.pipelines
        if name.text in pipelines:
            return Done(name.text)
        fix = "write `done` alone" if not pipelines else f"the pipelines are {join_words(pipelines)}"
        self._reader.report_unknown("pipeline", name, pipelines, fix=fix)
        return None

    def _all_at(self, owner: Word, version: Word) -> AllAt | None:
        component, known = self._component(owner), self._is_version(version)
        if component is None:
            return None
        if not component.kind.has_instances and not component.kind.has_schema:
            self._report_no_version(owner, component)
            return None
        return AllAt(owner.text, version.text) if known else None

    def _holds(self, form: Word | None, owner: Word) -> Holds | None:
        known = form is None or self._is_version(form, also=("old",))
        target = self._content(owner)
        return Holds(form.text if form else None, target) if known and target else None

    def _content(self, word: Word) -> Target | None:
        """A store, or one contract of it."""
        target, component = self._target(word)
        if target is None or component is None:
            return None
        if component.kind.has_instances:
            message = f"{quote(component.name)} is a {component.kind}, and nothing lies in it"
            fix = f"ask {list_questions(component)}"
            self._reader.report("does-not-fit", message, word, fix)
            return None
        return target

    def _alone(self, terms: list[ComponentQuestion]) -> Atom | None:
        if len(terms) > 1:
            self._reader.report(
                "bad-predicate", "a sum is compared with a number", terms[-1].whole, "add `>= 1`"
            )
            return None
        (asked,) = terms
        match asked.question.text if asked.question else None:
            case "up" | "restarting":
                serving = self._serving(asked)
                return Count((serving,), ComparisonOperator.AT_LEAST, 1) if serving else None
            case "suspended":
                return self._suspended(asked)
            case "gone":
                return self._gone(asked)
            case "on" | "off" as state:
                return self._flag_is(asked, state == "on")
            case "version" | "leader":
                versions = self._names.versions or ("V1",)
                fix = f"write `{asked.whole.text} == {versions[-1]}`"
                self._reader.report("bad-predicate", "a version is compared with another", asked.whole, fix)
            case _:  # a user may write any word
                self._report_no_question(asked)
        return None

    def _comparison(self, terms: list[ComponentQuestion], sign: Node, right: Word) -> Atom | None:
        comparison = ComparisonOperator(str(sign))
        if len(terms) == 1 and terms[0].question and terms[0].question.text == "leader":
            return self._led_by(terms[0], comparison, right)
        if len(terms) == 1 and terms[0].question and terms[0].question.text == "version":
            return self._version(terms[0], comparison, right)
        sums = [self._summand(asked) for asked in terms]
        number = self._number(right) if all(s is not None for s in sums) else None
        counted = tuple(s for s in sums if s is not None)
        return Count(counted, comparison, number) if number is not None else None

    def _summand(self, asked: ComponentQuestion) -> Serving | None:
        if asked.question is None or asked.question.text not in QUESTIONS:
            self._report_no_question(asked)
        elif asked.question.text in ("up", "restarting"):
            return self._serving(asked)
        elif asked.question.text == "version":
            self._reader.report("bad-predicate", "a version cannot be added up", asked.whole)
        else:
            message = f"{quote(asked.whole.text)} is true or false, and not compared"
            self._reader.report("bad-predicate", message, asked.whole)
        return None

    def _number(self, word: Word) -> int | None:
        if _NUMBER.fullmatch(word.text):
            return int(word.text)
        message = f"what serves is compared with a whole number up to 999999, not {quote(word.text)}"
        self._reader.report("bad-number", message, word)
        return None

    def _serving(self, asked: ComponentQuestion) -> Serving | None:
        known = asked.version is None or self._is_version(asked.version)
        component = self._fitting(asked, lambda kind: kind.has_instances)
        if component is None or not known:
            return None
        restarting = asked.question is not None and asked.question.text == "restarting"
        return Serving(component.name, asked.version.text if asked.version else None, restarting)

    def _led_by(
        self, asked: ComponentQuestion, comparison: ComparisonOperator, version: Word
    ) -> Leads | None:
        self._refuse_version(asked)
        known = self._is_version(version)
        if comparison not in (ComparisonOperator.EQUAL, ComparisonOperator.UNEQUAL):
            message = "there may be no leader, so its version is neither older nor newer"
            self._reader.report("bad-predicate", message, asked.whole, "compare it by `==` or `!=`")
            return None
        return self._leads(asked, version.text, comparison is ComparisonOperator.EQUAL) if known else None

    def _leads(self, asked: ComponentQuestion, version: str | None, equal: bool = True) -> Leads | None:
        if asked.question is None or asked.question.text != "leader":
            fix = "write `COMPONENT.leader is none`, or, of a store, `is empty`"
            self._reader.report("bad-predicate", "only a leader can be none", asked.whole, fix)
            return None
        component = self._fitting(asked, lambda kind: kind.has_instances)
        contracts = self._names.contracts
        if component is None:
            return None
        if component.name not in contracts.led and not contracts.lost:
            message = f"no request asks for a leader of {quote(component.name)}"
            fix = f"write a hop `A calls {component.name} leader: SUBJECT`"
            self._reader.report("not-the-leader", message, asked.subject, fix)
            return None
        return Leads(component.name, version, equal)

    def _gone(self, asked: ComponentQuestion) -> Gone | None:
        component = self._fitting(asked, lambda kind: kind.has_instances)
        if asked.version is None:
            fix = f"write `{asked.whole.text}({(self._names.versions or ('V1',))[0]})`"
            self._reader.report("bad-predicate", "`gone` is asked of a version", asked.whole, fix)
        elif self._is_version(asked.version) and component is not None:
            return Gone(component.name, asked.version.text)
        return None

    def _suspended(self, asked: ComponentQuestion) -> Suspended | None:
        self._refuse_version(asked)
        component = self._fitting(asked, lambda kind: kind is Kind.WORKER)
        return Suspended(component.name) if component else None

    def _flag_is(self, asked: ComponentQuestion, on: bool) -> FlagIs | None:
        self._refuse_version(asked)
        if asked.subject.text not in self._names.flags:
            component = self._names.components.by_name.get(asked.subject.text)
            fix = f"ask {list_questions(component)}" if component else None
            self._reader.report_unknown("flag", asked.subject, self._names.flags, fix=fix)
            return None
        return FlagIs(asked.subject.text, on)

    def _version(
        self, asked: ComponentQuestion, comparison: ComparisonOperator, version: Word
    ) -> Version | None:
        self._refuse_version(asked)
        known = self._is_version(version)
        target, component = self._target(asked.subject)
        if target is None or component is None:
            return None
        if target.subject is not None and component.kind.has_instances:
            message = f"{quote(component.name)} is a {component.kind}, and has a version as a whole"
            self._reader.report("does-not-fit", message, asked.subject, f"write `{component.name}.version`")
            return None
        if not component.kind.has_instances and not component.kind.has_schema:
            self._report_no_version(asked.subject, component)
            return None
        return Version(target, comparison, version.text) if known else None

    # --- names ---

    def _component(self, word: Word, also: Collection[str] = ()) -> Component | None:
        return self._names.components.find(self._reader, word, also)

    def _target(self, word: Word) -> tuple[Target | None, Component | None]:
        """A component, or one contract of it."""
        halves = word.halves("/")
        if halves is None:
            return Target(word.text), self._component(word)
        before = len(self._reader.problems)
        self._names.contracts.find(self._reader, self._names.components, word)
        if len(self._reader.problems) > before:
            return None, None
        return Target(halves[0].text, halves[1].text), self._names.components.by_name.get(halves[0].text)

    def _fitting(self, asked: ComponentQuestion, fits: Callable[[Kind], bool]) -> Component | None:
        """The component that is asked, if its kind fits the question."""
        component = self._component(asked.subject)
        if component is None or fits(component.kind):
            return component
        question = asked.question.text if asked.question else ""
        kinds = write_plural([kind for kind in KINDS if fits(kind)])
        message = f"{quote(component.name)} is a {component.kind}; `{question}` fits {kinds}"
        self._reader.report("does-not-fit", message, asked.subject, f"ask {list_questions(component)}")
        return None

    def _is_version(self, word: Word, also: Collection[str] = ()) -> bool:
        """`also` are words that would have done in its stead."""
        versions = self._names.versions
        if versions is None or word.text in versions:
            return True
        fix = f"the versions are {join_words(versions)}; `versions:` names them"
        self._reader.report_unknown("version", word, [*versions, *also], fix=fix)
        return False

    def _refuse_version(self, asked: ComponentQuestion) -> None:
        if asked.version is not None:
            message = f"a version in parentheses fits `up` alone, not {quote(asked.whole.text)}"
            self._reader.report("bad-predicate", message, asked.version)

    def _report_no_version(self, word: Word, component: Component) -> None:
        message = f"{quote(component.name)} is a {component.kind}, and has no version of its own"
        self._reader.report("does-not-fit", message, word, f"ask {list_questions(component)}")

    def _report_no_question(self, asked: ComponentQuestion) -> None:
        """A name alone, or one that is asked what nobody knows."""
        whole, by_name = asked.whole, self._names.components.by_name
        if _NUMBER.fullmatch(whole.text):
            self._reader.report("bad-predicate", "a number stands on the right of a comparison", whole)
        elif asked.question is None or whole.text in by_name or whole.text in self._names.flags:
            component = by_name.get(whole.text) or by_name.get(asked.subject.text)
            fix = (
                f"ask {list_questions(component)}"
                if component
                else f"the questions are {', '.join(QUESTIONS)}"
            )
            if whole.text in self._names.flags:
                fix = f"ask `{whole.text}.on` or `{whole.text}.off`"
            elif component is None:
                fix = self._reader.suggestion(whole.text, [*_ALONE, *by_name, *self._names.flags]) or fix
            self._reader.report("bad-predicate", f"{quote(whole.text)} says nothing by itself", whole, fix)
        else:
            fix = f"the questions are {', '.join(QUESTIONS)}"
            self._reader.report_unknown("question", asked.question, QUESTIONS, fix=fix)
