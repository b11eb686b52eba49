"""The section `pipeline`: steps, their actions, and what each instruction fits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..deployment import Action, Instruction, Kind, Step, Target
from ..document import Mapping, Node, Scalar
from .components import Components
from .contracts import Contracts
from .keys import (
    FLAG_INSTRUCTIONS,
    INSTRUCTION_KINDS,
    LATER_INSTRUCTIONS,
    OUTSIDE,
    START,
    USUAL_INSTRUCTION,
)
from .reader import Reader, Word, listed, plural, quoted, word_of


def read_pipeline(
    reader: Reader, node: Node, components: Components, contracts: Contracts, flags: Collection[str]
) -> tuple[Step, ...]:
    """The steps of the pipeline, in order."""
    section = reader.sequence(node, "`pipeline`", "write one step a line, each behind `- `")
    if section is None:
        return ()
    actions = _Actions(reader, components, contracts, flags)
    steps: dict[str, Step] = {}
    for item in section.items:
        step = _step(reader, item, actions)
        if step is not None and step.name in steps:
            first = steps[step.name].place
            line = f"; first in line {first.line}" if first else ""
            key = item.entries[0][0] if isinstance(item, Mapping) else item
            reader.report("duplicate-step", f"a second step is named {quoted(step.name)}{line}", key)
        elif step is not None:
            steps[step.name] = step
    return tuple(steps.values())


def _step(reader: Reader, node: Node, actions: _Actions) -> Step | None:
    entry = _entry(reader, node)
    if entry is None:
        return None
    key, value = entry
    name = reader.title(key, "the name of a step")
    if name in OUTSIDE:
        reader.report("reserved-name", f"{quoted(key.text)} is the time outside of the pipeline", key)
    if value is None or (isinstance(value, Scalar) and value.is_null):
        return Step(key.text, (), key.place)
    fix = f"write `[{value.text}]`" if isinstance(value, Scalar) else None
    items = reader.sequence(value, f"what step {quoted(key.text)} does", fix)
    read = (actions.read(item) for item in items.items) if items else ()
    return Step(key.text, tuple(action for action in read if action is not None), key.place)


def _entry(reader: Reader, node: Node) -> tuple[Scalar, Node | None] | None:
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


@dataclass(frozen=True, slots=True)
class _Actions:
    """Reads actions; knows every name that they may use."""

    reader: Reader
    components: Components
    contracts: Contracts
    flags: Collection[str]

    def read(self, node: Node) -> Action | None:
        scalar = self.reader.scalar(node, "an action", "a text such as `deploy zed`")
        words = word_of(scalar).split() if scalar else []
        if scalar is None or not words:
            return None
        background = words[0].text == START
        instruction = self._instruction(words[1:] if background else words, scalar)
        if instruction is None:
            return None
        if background and instruction is Instruction.AWAIT:
            self.reader.report("bad-action", f"`{START}` goes on at once, and `await` waits", words[0])
        names = words[2:] if background else words[1:]
        if not names:
            self.reader.report("bad-action", f"`{instruction}` must say what", scalar)
        return Action(instruction, self._targets(instruction, names), background, scalar.place)

    def _instruction(self, words: list[Word], scalar: Scalar) -> Instruction | None:
        if not words:
            self.reader.report("bad-action", f"`{START}` must be followed by an action", scalar)
            return None
        word = words[0]
        if word.text in LATER_INSTRUCTIONS:
            self.reader.report_later(quoted(word.text), word)
        elif word.text in Instruction._value2member_map_:
            return Instruction(word.text)
        elif word.text == START:
            self.reader.report("bad-action", f"`{START}` stands here twice", word)
        elif word.text in self.components.by_name:
            message = f"an action begins with an instruction, and {quoted(word.text)} is a component"
            self.reader.report("bad-action", message, word, "part names by spaces, actions by commas")
        else:
            fix = f"the instructions are {listed(Instruction)}"
            self.reader.report_unknown("instruction", word, [*Instruction, START], fix=fix)
        return None

    def _targets(self, instruction: Instruction, words: list[Word]) -> tuple[Target, ...]:
        targets: dict[str, Target] = {}
        for word in words:
            if instruction is Instruction.ENABLE and targets and word.text in ("per", "when"):
                self.reader.report_later(f"`enable … {word.text}`", word)
                break
            if word.text in targets:
                message = f"{quoted(word.text)} stands twice in one action"
                self.reader.report("duplicate-target", message, word)
            targets[word.text] = self._target(instruction, word)
        return tuple(targets.values())

    def _target(self, instruction: Instruction, word: Word) -> Target:
        """What a word names; a word that is wrong is reported, and then stands for itself."""
        halves = word.halves("/")
        takes_flags, kinds = instruction in FLAG_INSTRUCTIONS, INSTRUCTION_KINDS[instruction]
        if takes_flags and word.text in self.flags:
            return Target(word.text)
        if takes_flags and not kinds:
            fix = (
                f"`{instruction}` fits flags"
                if not self.flags or word.text in self.components.by_name
                else None
            )
            self.reader.report_unknown("flag", word, self.flags, fix=fix)
            return Target(word.text)
        owner = halves[0] if halves else word
        also = self.flags if takes_flags and not halves else ()
        component = self.components.find(self.reader, owner, also)
        if component is not None and component.kind not in kinds:
            self._report_misfit(instruction, owner, component.kind)
        elif component is not None and halves:
            self._check_contract(instruction, word, component.kind)
        return Target(owner.text, halves[1].text) if halves else Target(word.text)

    def _report_misfit(self, instruction: Instruction, word: Word, kind: Kind) -> None:
        message = (
            f"{quoted(word.text)} is a {kind}; `{instruction}` fits {plural(INSTRUCTION_KINDS[instruction])}"
        )
        fix = f"for a {kind} write `{USUAL_INSTRUCTION[kind]} {word.text}`"
        self.reader.report("does-not-fit", message, word, fix)

    def _check_contract(self, instruction: Instruction, word: Word, kind: Kind) -> None:
        if kind.has_instances:
            name = word.text.partition("/")[0]
            message = f"{quoted(name)} is a {kind}, and moves as a whole"
            self.reader.report("does-not-fit", message, word, f"write `{instruction} {name}`")
        elif word.text.endswith("/*"):
            name = word.text.partition("/")[0]
            message = f"{quoted(word.text)} is {quoted(name)} itself"
            self.reader.report("bad-action", message, word, f"write `{instruction} {name}`")
        else:
            self.contracts.find(self.reader, self.components, word)
