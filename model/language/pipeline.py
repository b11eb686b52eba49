"""The section `pipeline`: steps, their actions, and what each instruction fits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from msgspec import Struct

from ..deployment import Action, Component, Instruction, Kind, Step, Strategy, name_step
from ..deployment.predicate import Predicate, speaks_of_the_end
from ..names import Target
from .atoms import KnownNames
from .combinations import AIMING, FLAG_INSTRUCTIONS, INSTRUCTION_KINDS, LASTING, USUAL_INSTRUCTION
from .document import Mapping, Scalar, Sequence, YamlNode
from .keys import IRREVERSIBLE, MAX_INSTANCES, OUTSIDE, PER_INSTANCE, START, TO, WHEN
from .predicates import parse_predicate
from .reader import QUOTABLE, Located, Reader, Word, join_words, quote, take_word, write_plural
from .suggestions import find_likely

Named = list[tuple[Step, Located]]
"""Steps as they are read, each with where its name stands."""


def read_pipeline(reader: Reader, node: YamlNode, actions: Actions) -> tuple[Step, ...]:
    """The steps of the pipeline, in order."""
    return tuple(step for step, _ in _distinct(reader, _steps(reader, node, actions)))


def read_rollback(
    reader: Reader, node: YamlNode, actions: Actions, pipeline: tuple[Step, ...]
) -> tuple[Step, ...]:
    """The steps of the rollback; one that is named like a step of the pipeline is told from it."""
    taken = {step.name for step in pipeline}
    steps = _distinct(reader, _steps(reader, node, actions, "`rollback`"))
    return tuple(
        replace(step, name=f"rollback: {step.name}") if step.name in taken else step for step, _ in steps
    )


def read_pipelines(reader: Reader, node: YamlNode, actions: Actions) -> tuple[Step, ...]:
    """The steps of several pipelines, one pipeline after the other; each is told with its pipeline."""
    section = reader.mapping(node, "`pipelines`", "write `{front: [STEP, …], back: [STEP, …]}`")
    found: list[Step] = []
    for key, steps in section.entries if section else ():
        name = reader.name(key, "the name of a pipeline")
        read = _distinct(reader, _steps(reader, steps, actions, f"pipeline {quote(key.text)}"))
        if isinstance(steps, Sequence) and not steps.items:
            reader.report("empty", f"pipeline {quote(key.text)} must not be empty", steps, "leave it out")
        found += [step.of(name) for step, _ in read if name is not None]
    if section and section.complete and len(section.entries) < 2:
        message = "`pipelines` are two or more that run at once"
        reader.report("does-not-fit", message, section, "write `pipeline: [STEP, …]`")
    return tuple(found)


def read_rollbacks(
    reader: Reader, node: YamlNode, actions: Actions, pipeline: tuple[Step, ...]
) -> tuple[Step, ...]:
    """The steps of the rollbacks of several pipelines, each with its pipeline."""
    names = list(dict.fromkeys(step.pipeline for step in pipeline if step.pipeline is not None))
    fix = f"write `{{{names[0]}: [STEP, …]}}`: each pipeline has a rollback of its own" if names else None
    section = reader.mapping(node, "`rollback` of several pipelines", fix)
    found: list[Step] = []
    for key, steps in section.entries if section else ():
        if key.text not in names:
            reader.report_unknown("pipeline", key, names, fix=f"the pipelines are {join_words(names)}")
        own = tuple(step for step in pipeline if step.pipeline == key.text)
        bare = tuple(replace(step, name=step.name.removeprefix(name_step(key.text, ""))) for step in own)
        found += [step.of(key.text) for step in read_rollback(reader, steps, actions, bare)]
    return tuple(found)


def read_releases(reader: Reader, node: YamlNode, actions: Actions) -> tuple[Step, ...]:
    """The steps of all releases, one after the other; a name that is not the only one of its kind is told
    with its release."""
    found: list[tuple[str, Step]] = []
    titles: set[str] = set()
    for number, (key, steps) in enumerate(_releases(reader, node)):
        title = (reader.title(key, "the name of a release") if key else None) or f"release {number + 1}"
        if key is not None and title in titles:
            reader.report("duplicate-release", f"a second release is named {quote(title)}", key)
        titles.add(title)
        read = _distinct(reader, _steps(reader, steps, actions, "a release", _RELEASE))
        found += [(title, replace(step, release=number)) for step, _ in read]
    count = Counter(step.name for _, step in found)
    return tuple(
        replace(step, name=f"{title}: {step.name}") if count[step.name] > 1 else step for title, step in found
    )


def _releases(reader: Reader, node: YamlNode) -> list[tuple[Scalar | None, YamlNode]]:
    """What stands for each release: its name, if it has one, and its steps."""
    if isinstance(node, Mapping) and node.entries:
        return list(node.entries)
    section = reader.sequence(node, "`releases`", "write one release an item, each behind `- `")
    if section is None:
        return []
    if not section.items:
        reader.report("empty", "`releases` must not be empty", section)
    return [_named(item) or (None, item) for item in section.items]


def _named(item: YamlNode) -> tuple[Scalar, YamlNode] | None:
    return item.entries[0] if isinstance(item, Mapping) and len(item.entries) == 1 else None


_RELEASE = "a release is a list of steps, or `NAME: [STEP, …]`"


def _steps(
    reader: Reader, node: YamlNode, actions: Actions, what: str = "`pipeline`", fix: str | None = None
) -> Named:
    section = reader.sequence(node, what, fix or "write one step a line, each behind `- `")
    read = [(_step(reader, item, actions), item) for item in section.items] if section else []
    return [(step, _key(item)) for step, item in read if step is not None]


def _key(item: YamlNode) -> Located:
    return item.entries[0][0] if isinstance(item, Mapping) else item


def _distinct(reader: Reader, steps: Named) -> Named:
    """The steps, but for those that are named like an earlier one, which is reported."""
    first: dict[str, Step] = {}
    for step, key in steps:
        if step.name in first:
            place = first[step.name].place
            line = f"; first in line {place.line}" if place else ""
            reader.report("duplicate-step", f"a second step is named {quote(step.name)}{line}", key)
        first.setdefault(step.name, step)
    return [(step, key) for step, key in steps if first[step.name] is step]


def list_step_names(node: YamlNode) -> list[str]:
    """The names of the steps of one pipeline, before anything else is read of them."""
    items = node.items if isinstance(node, Sequence) else ()
    keys = (
        item.entries[0][0] if isinstance(item, Mapping) and len(item.entries) == 1 else item for item in items
    )
    return [key.text for key in keys if isinstance(key, Scalar)]


def _step(reader: Reader, node: YamlNode, actions: Actions) -> Step | None:
    entry = _entry(reader, node)
    if entry is None:
        return None
    key, value = entry
    name = reader.title(key, "the name of a step")
    if name in OUTSIDE:
        reader.report("reserved-name", f"{quote(key.text)} is the time outside of the pipeline", key)
    if value is None or (isinstance(value, Scalar) and value.is_null):
        actions.refuse_as_name(key)
        return Step(key.text, (), key.place)
    fix = f"write `[{value.text}]`" if isinstance(value, Scalar) else None
    items = reader.sequence(value, f"what step {quote(key.text)} does", fix)
    read = (actions.read(item) for item in items.items) if items else ()
    return Step(key.text, tuple(action for action in read if action is not None), key.place)


def _entry(reader: Reader, node: YamlNode) -> tuple[Scalar, YamlNode | None] | None:
    """The name of a step, and what stands behind it."""
    form = "a step is a name, or `NAME: [ACTION, …]`"
    if isinstance(node, Scalar):
        return node, None
    if isinstance(node, Mapping) and len(node.entries) == 1:
        return node.entries[0]
    if isinstance(node, Mapping) and len(node.entries) > 1:
        second = node.entries[1][0]
        reader.report("bad-step", f"{form}; a second one begins here", second, "begin it with `- `")
    elif not isinstance(node, Mapping) or node.complete:
        reader.report("bad-step", form, node)
    return None


class Actions(Struct, frozen=True):
    """Reads actions; knows every name that they may use."""

    reader: Reader
    names: KnownNames

    def read(self, node: YamlNode) -> Action | None:
        scalar = self.reader.scalar(node, "an action", "a text such as `deploy zed`")
        words = take_word(scalar).words() if scalar else []
        if scalar is None or not words:
            return None
        irreversible, background, rest = self._beginning(words)
        instruction = self._instruction(rest, scalar)
        if instruction is None:
            return None
        if background and instruction is Instruction.AWAIT:
            self.reader.report("bad-action", f"`{START}` goes on at once, and `await` waits", words[0])
        if irreversible and instruction not in LASTING:
            lasting = join_words(f"`{other}`" for other in Instruction if other in LASTING)
            message = f"`{instruction}` cannot be irreversible; {lasting} can"
            self.reader.report("bad-action", message, words[0])
        if self._misspelt(rest[1:]):
            return None
        names, when = self._split(rest[1:], take_word(scalar))
        names, per_instance = self._per_instance(instruction, names)
        names, count = self._count(instruction, names, scalar)
        names, to = self._to(instruction, names)
        if not names:
            self.reader.report("bad-action", f"`{instruction}` must say what", scalar)
        targets = self._targets(instruction, names)
        action = Action(instruction, targets, background, scalar.place, to, per_instance, when, irreversible)
        return action if count is None else replace(action, count=count)

    def refuse_as_name(self, key: Scalar) -> None:
        """The name of a step that does nothing is an action on what there is: it was meant to happen."""
        first, *others = take_word(key).words() or [take_word(key)]
        if first.text in Instruction._value2member_map_ and others and all(map(self._is_name, others)):
            message = f"the step {quote(key.text)} does nothing: that is its name"
            self.reader.report("bad-step", message, key, f"write `{key.text}: [{key.text}]`")

    def _beginning(self, words: list[Word]) -> tuple[bool, bool, list[Word]]:
        """Whether the action is irreversible, and in the background; and the words behind that."""
        said: set[str] = set()
        for index, word in enumerate(words):
            if word.text not in (START, IRREVERSIBLE) or word.text in said:
                return IRREVERSIBLE in said, START in said, words[index:]
            said.add(word.text)
        return IRREVERSIBLE in said, START in said, []

    def _misspelt(self, words: list[Word]) -> bool:
        """A word behind the first target is no name, and looks like one that can follow; reported."""
        versions = self.names.versions or ()
        for number, word in enumerate(words[1:], start=2):
            if word.text == WHEN:
                return False
            if self._is_name(word) or word.text in (TO, *PER_INSTANCE):
                continue
            rest = words[number:]
            goes_to = len(rest) == 1 and rest[0].text in versions
            likely = TO if goes_to else find_likely(word.text, (WHEN, *PER_INSTANCE))
            if likely is not None and (goes_to or rest or likely == PER_INSTANCE[1]):
                message = f"{quote(word.text)} cannot stand here"
                self.reader.report("bad-action", message, word, f"did you mean {quote(likely)}?")
                return True
        return False

    def _is_name(self, word: Word) -> bool:
        """A component, one of its contracts, or a flag."""
        name = word.unquoted().text
        return name.partition("/")[0] in self.names.components.by_name or name in self.names.flags

    def _split(self, words: list[Word], whole: Word) -> tuple[list[Word], Predicate | None]:
        """The words before `when`, and the predicate behind it."""
        at = next((index for index, word in enumerate(words) if index and word.text == WHEN), None)
        if at is None:
            return words, None
        match = list(QUOTABLE.finditer(whole.text))[-len(words) :][at]
        return words[:at], self.predicate(whole.part(match.end()), f"`{WHEN}`")

    def predicate(self, word: Word, what: str) -> Predicate | None:
        """A predicate that the deployment itself waits for."""
        predicate = parse_predicate(self.reader, word, self.names)
        if predicate is not None and speaks_of_the_end(predicate):
            message = f"{what} cannot wait for `done`: what it holds up is part of that"
            self.reader.report("bad-predicate", message, word)
        return predicate

    def _per_instance(self, instruction: Instruction, words: list[Word]) -> tuple[list[Word], bool]:
        if tuple(word.text for word in words[-2:]) != PER_INSTANCE or len(words) < 3:
            return words, False
        if instruction not in (Instruction.ENABLE, Instruction.DISABLE):
            message = f"`{' '.join(PER_INSTANCE)}` fits `enable` and `disable`"
            self.reader.report("bad-action", message, words[-2])
        return words[:-2], True

    def _count(
        self, instruction: Instruction, words: list[Word], whole: Scalar
    ) -> tuple[list[Word], int | None]:
        """The words before the `to` of a `scale`, and the number behind it."""
        if instruction is not Instruction.SCALE:
            return words, None
        if len(words) < 3 or words[-2].text != TO:
            self.reader.report("bad-action", "`scale` must say to how many", whole, "write `scale zed to 3`")
            return words, None
        if not words[-1].text.isdecimal() or int(words[-1].text) > MAX_INSTANCES:
            message = f"`scale` goes to a whole number up to {MAX_INSTANCES}, not {quote(words[-1].text)}"
            self.reader.report("bad-number", message, words[-1])
            return words[:-2], None
        return words[:-2], int(words[-1].text)

    def _to(self, instruction: Instruction, words: list[Word]) -> tuple[list[Word], str | None]:
        """The words before `to`, and the version behind it."""
        if len(words) < 2 or words[-2].text != TO or len(words) < 3:
            return words, None
        if instruction not in AIMING:
            self.reader.report("bad-action", f"`{instruction}` goes to no version", words[-2])
            return words[:-2], None
        return words[:-2], self.reader.version(words[-1], self.names.versions)

    def _instruction(self, words: list[Word], scalar: Scalar) -> Instruction | None:
        if not words:
            message = f"{quote(scalar.text)} must be followed by an action"
            self.reader.report("bad-action", message, scalar)
            return None
        word = words[0]
        if word.text in Instruction._value2member_map_:
            return Instruction(word.text)
        if word.text in (START, IRREVERSIBLE):
            self.reader.report("bad-action", f"`{word.text}` stands here twice", word)
        elif word.text in self.names.components.by_name:
            message = f"an action begins with an instruction, and {quote(word.text)} is a component"
            self.reader.report("bad-action", message, word, "part names by spaces, actions by commas")
        else:
            fix = f"the instructions are {join_words(Instruction)}"
            self.reader.report_unknown("instruction", word, [*Instruction, START, IRREVERSIBLE], fix=fix)
        return None

    def _targets(self, instruction: Instruction, words: list[Word]) -> tuple[Target, ...]:
        targets: dict[str, Target] = {}
        for word in filter(self.reader.is_closed, words):
            if word.text in targets:
                message = f"{quote(word.text)} stands twice in one action"
                self.reader.report("duplicate-target", message, word)
            targets[word.text] = self._target(instruction, word)
        return tuple(targets.values())

    def _target(self, instruction: Instruction, word: Word) -> Target:
        """What a word names; a word that is wrong is reported, and then stands for itself."""
        word = word.unquoted()
        halves = word.halves("/")
        takes_flags, kinds = instruction in FLAG_INSTRUCTIONS, INSTRUCTION_KINDS[instruction]
        if takes_flags and word.text in self.names.flags:
            return Target(word.text)
        if takes_flags and not kinds:
            fix = f"name it in `flags:`, as in `flags: {{{word.text}: {{guards: [PROVIDER/SUBJECT]}}}}`"
            if word.text in self.names.components.by_name:
                fix = f"`{instruction}` fits flags"
            self.reader.report_unknown("flag", word, self.names.flags, fix=fix)
            return Target(word.text)
        owner = halves[0] if halves else word
        also = self.names.flags if takes_flags and not halves else ()
        component = self.names.components.find(self.reader, owner, also)
        if component is not None and component.kind not in kinds:
            self._report_misfit(instruction, owner, component.kind)
        elif component is not None:
            self._check_life(instruction, owner, component)
            if halves:
                self._check_contract(instruction, word, component.kind)
        return Target(owner.text, halves[1].text) if halves else Target(word.text)

    def _report_misfit(self, instruction: Instruction, word: Word, kind: Kind) -> None:
        fitting = write_plural(INSTRUCTION_KINDS[instruction])
        message = f"{quote(word.text)} is a {kind}; `{instruction}` fits {fitting}"
        fix = f"for a {kind} write `{USUAL_INSTRUCTION[kind]} {word.text}`"
        self.reader.report("does-not-fit", message, word, fix)

    def _check_life(self, instruction: Instruction, word: Word, component: Component) -> None:
        """The component's own strategy knows the instruction."""
        if instruction is Instruction.PROMOTE and component.strategy is not Strategy.CANARY:
            message = f"`promote` ends a canary, and {quote(component.name)} has none"
            fix = f"write `strategy: {{canary: 1}}` at {quote(component.name)}"
            self.reader.report("does-not-fit", message, word, fix)
        if instruction is Instruction.ROLLBACK and component.stays:
            message = f"the users of {quote(component.name)} stay at what they have; nothing rolls them back"
            self.reader.report("does-not-fit", message, word)

    def _check_contract(self, instruction: Instruction, word: Word, kind: Kind) -> None:
        if kind.has_instances and instruction not in (Instruction.EXPIRE, Instruction.AWAIT):
            name = word.text.partition("/")[0]
            message = f"{quote(name)} is a {kind}, and moves as a whole"
            self.reader.report("does-not-fit", message, word, f"write `{instruction} {name}`")
        elif word.text.endswith("/*"):
            name = word.text.partition("/")[0]
            message = f"{quote(word.text)} is {quote(name)} itself"
            self.reader.report("bad-action", message, word, f"write `{instruction} {name}`")
        else:
            self.names.contracts.find(self.reader, self.names.components, word)
