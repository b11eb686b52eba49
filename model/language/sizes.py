"""How many instances there should be, where that changes: `replicas` by version, and `scale`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ..deployment import Action, Component, Instruction, Step, Strategy
from ..names import Place
from .components import Components
from .document import Mapping, Scalar, YamlNode
from .keys import MAX_INSTANCES
from .reader import Reader, Word, quote

_ROLLS = frozenset({Instruction.DEPLOY, Instruction.PROMOTE, Instruction.ROLLBACK})


def read_sizes(
    reader: Reader,
    components: Components,
    read: dict[str, Component],
    versions: tuple[str, ...] | None,
    pipelines: tuple[tuple[Step, ...], tuple[Step, ...]],
) -> dict[str, Component]:
    """The components with how many instances each version wants; `pipelines` are the pipeline and the
    rollback. Reports what does not fit where the number changes."""
    scaled = {
        target.name: action
        for action in _actions((*pipelines[0], *pipelines[1]))
        if action.instruction is Instruction.SCALE
        for target in action.targets
    }
    canaries = {name for name, component in read.items() if component.strategy is Strategy.CANARY}
    _check_alone(reader, pipelines, canaries)
    found = {}
    for name, component in read.items():
        values = components.values.get(name, {})
        by_version = values.get("replicas")
        if isinstance(by_version, Mapping):
            component = _by_version(reader, component, by_version, versions)
        if isinstance(by_version, Mapping) or name in scaled:
            _check_fits(reader, component, values, by_version, scaled.get(name))
            component = _sized(component, values)
        found[name] = component
    return found


def _actions(steps: Iterable[Step]) -> Iterator[Action]:
    return (action for step in steps for action in step.actions)


def _by_version(
    reader: Reader, component: Component, node: Mapping, versions: tuple[str, ...] | None
) -> Component:
    counts: dict[str, int] = {}
    for key, value in node.entries:
        version = reader.version(key, versions)
        count = reader.integer(value, f"`replicas` of {quote(key.text)}", 0, MAX_INSTANCES)
        if version is not None and count is not None:
            counts[version] = count
    named = {key.text for key, _ in node.entries}
    for version in versions or ():
        if version not in named:
            message = f"`replicas` of {quote(component.name)} says nothing of {quote(version)}"
            reader.report("missing-key", message, node, "name every version, or write one number for all")
    sizes = tuple((version, counts[version]) for version in versions or () if version in counts)
    return replace(component, sizes=sizes, replicas=sizes[0][1] if sizes else 1)


def _sized(component: Component, values: dict[str, YamlNode]) -> Component:
    """The component with what follows its number of instances."""
    percent = _percent(values.get("max_surge")), _percent(values.get("max_unavailable"))
    return replace(component, percent=percent).sized(component.replicas)


def _percent(node: YamlNode | None) -> int | None:
    is_share = isinstance(node, Scalar) and node.text.endswith("%") and node.text[:-1].isdecimal()
    return int(node.text[:-1]) if isinstance(node, Scalar) and is_share else None


def _check_fits(
    reader: Reader,
    component: Component,
    values: dict[str, YamlNode],
    by_version: YamlNode | None,
    scale: Action | None,
) -> None:
    at = by_version if isinstance(by_version, Mapping) else _whole(scale) if scale else None
    said = "`replicas` by version" if isinstance(by_version, Mapping) else "`scale`"
    lives = (
        (component.strategy is Strategy.BLUE_GREEN, "two fleets beside each other"),
        (component.stays, "users who stay"),
        (component.machine is not None, "a machine of its own"),
    )
    for has, what in lives:
        if has and at is not None:
            message = f"{quote(component.name)} has {what}, and {said} does not fit that"
            reader.report("does-not-fit", message, at)
    available = values.get("min_available")
    if available is not None and _percent(available) is not None:
        message = (
            f"the number of instances of {quote(component.name)} changes, so that a share of it says little"
        )
        reader.report("does-not-fit", message, available, "write `min_available` as a number")


def _whole(action: Action) -> Word:
    """The action as it stands in the file."""
    text = str(action)
    return Word(text, action.place or Place("", 1, 1), len(text), False)


@dataclass
class _Begun:
    """The components of which `start` has begun a rollout: one that may go on; or a canary, which comes
    again when a `scale` takes it away, until the rest has followed or gone back."""

    rolling: set[str] = field(default_factory=set)
    canaries: set[str] = field(default_factory=set)
    followed: set[str] = field(default_factory=set)

    def take_on(self, action: Action, names: set[str], canaries: set[str]) -> None:
        """What has begun, and is over, with an action that is no `scale`."""
        rolls, ends = action.instruction in _ROLLS, action.instruction in _ROLLS - {Instruction.DEPLOY}
        if rolls and action.background:
            self.rolling |= names
            self.canaries |= set() if ends else names & canaries
            self.followed = self.followed | names if ends else self.followed - names
        elif ends:
            self.canaries -= names
        elif action.instruction is Instruction.AWAIT and action.when is None:
            self.rolling -= names
            self.canaries -= names & self.followed


def _check_alone(
    reader: Reader, pipelines: tuple[tuple[Step, ...], tuple[Step, ...]], canaries: set[str]
) -> None:
    """No `scale` is told while a `start`ed rollout of the same component may go on: nobody says which of the
    two takes away whom."""
    begun, ever = _Begun(), _Begun()
    for action in _actions(pipelines[0]):
        _check_action(reader, action, begun, canaries)
        ever.rolling |= begun.rolling | begun.canaries
    for action in _actions(pipelines[1]):
        _check_action(reader, action, ever, canaries)


def _check_action(reader: Reader, action: Action, begun: _Begun, canaries: set[str]) -> None:
    names = {target.name for target in action.targets}
    if action.instruction is Instruction.SCALE and action.background:
        message = "`scale` waits until so many serve; nothing else may move the component meanwhile"
        reader.report("bad-action", message, _whole(action), "leave out `start`")
    elif action.instruction is Instruction.SCALE and names & begun.rolling:
        name = sorted(names & begun.rolling)[0]
        message = f"a rollout of {quote(name)} that was begun by `start` may still go on"
        reader.report("bad-action", message, _whole(action), f"write `await {name}` before it")
    elif action.instruction is Instruction.SCALE and names & begun.canaries:
        name = sorted(names & begun.canaries)[0]
        message = f"the canary of {quote(name)} that was begun by `start` would come again behind it"
        fix = f"write `deploy {name}` without `start`, or `promote {name}` before it"
        reader.report("bad-action", message, _whole(action), fix)
    else:
        begun.take_on(action, names, canaries)
