"""Hypothesis strategies: the pipelines, releases and rollbacks of the rich random deployments."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

T = TypeVar("T")
Data = dict[str, Any]
MOST_ACTIONS = 6


def pick(draw: DrawFn, *choices: T) -> T:
    """One of the choices; shrinks to the first."""
    return draw(st.sampled_from(choices))


def chance(draw: DrawFn, out_of: int, *, usually: bool = False, first: bool = False) -> bool:
    """True once out of so many (or usually but for that once); `first` makes it certain."""
    return first or (draw(st.integers(1, out_of)) == out_of) != usually


@dataclass
class World:
    """What is known of an example while it is drawn."""

    features: frozenset[str]
    components: dict[str, Data] = field(default_factory=dict)
    met: list[str] = field(default_factory=list)
    changes: dict[str, Data] = field(default_factory=dict)
    flags: dict[str, Data] = field(default_factory=dict)
    scaled: list[str] = field(default_factory=list)
    led: dict[str, None] = field(default_factory=dict)
    """The components of whose leader hops speak."""

    def has(self, *features: str) -> bool:
        """Whether the example is about any of these."""
        return not self.features.isdisjoint(features)

    @property
    def versions(self) -> tuple[str, ...]:
        """Three only where the example is about more than two."""
        return ("V1", "V2", "V3") if self.has("three versions", "releases") else ("V1", "V2")

    def kind(self, name: str) -> str:
        """The kind of a component."""
        return str(self.components[name]["kind"])

    @property
    def instances(self) -> list[str]:
        """The components with instances."""
        return [name for name in self.components if self.kind(name) in ("service", "worker", "client")]

    @property
    def stores(self) -> list[str]:
        """The others."""
        return [name for name in self.components if name not in self.instances]

    def contracts(self, *kinds: str) -> list[str]:
        """The contracts that requests meet at components of these kinds."""
        return [contract for contract in self.met if self.kind(contract.partition("/")[0]) in kinds]

    def may_lead(self, name: str) -> bool:
        """Whether an instance of the component may lead it."""
        spec = self.components.get(name, {})
        fits = name in self.instances and "route" not in spec and not spec.get("stays")
        return self.has("leader") and fits and spec.get("strategy") != "blue-green"

    def named(self, *kinds: str) -> list[str]:
        """How an action can name stores of these kinds that requests meet: whole, or by contract."""
        contracts = self.contracts(*kinds)
        return list(dict.fromkeys(c.partition("/")[0] for c in contracts)) + contracts

    def predicate(self, draw: DrawFn) -> str:
        """Something that can hold at one moment and not at another."""
        moving = [name for name in self.instances if not self.components[name].get("stays")]
        later = self.versions[1:]
        choices = [f"all {name} at {pick(draw, *later)}" for name in moving]
        schemas = [name for name in self.named("database", "broker") if "/" not in name]
        choices += [f"{name}.version == {pick(draw, *later)}" for name in schemas]
        facts = [flag for flag, spec in self.flags.items() if not spec.get("guards")]
        choices += [f"{flag}.{pick(draw, 'on', 'off')}" for flag in (*self.flags, *facts * 2)]
        choices += [f"{name}.restarting" for name in self.instances if "restarts" in self.components[name]]
        ending = [name for name in moving if "terminates" in self.components[name]]
        choices += [f"{name}.gone({pick(draw, *self.versions)})" for name in ending]
        for name in self.led:
            leader = f"{name}.leader"
            asked = f"{leader} {pick(draw, '==', '==', '!=')} {pick(draw, *self.versions)}"
            choices += [asked, asked, f"{leader} is none"]
        choices += [f"{name}.suspended" for name in self.instances if self.kind(name) == "worker"]
        one, other = pick(draw, *choices, "true"), pick(draw, *choices, "true", "false")
        return pick(draw, one, one, f"{one} and {other}")


def pipelines(draw: DrawFn, world: World) -> Data:
    """The pipeline or the releases, and a rollback if the example is about failures."""
    data: Data = {}
    most = 3 if world.has("failure") else MOST_ACTIONS
    if world.has("releases"):
        most = 2 if world.has("failure") else 3
        first, second = _actions(draw, world, most), _actions(draw, world, most)
        releases = [_steps(draw, first), _steps(draw, second)]
        data["releases"] = [
            pick(draw, steps, {name: steps}) for name, steps in zip("ab", releases, strict=True)
        ]
    else:
        data["pipeline"] = _steps(draw, _actions(draw, world, most))
    fails = world.has("failure") and chance(draw, 5, usually=True)
    if fails or (world.has("releases") and chance(draw, 2)):
        data["rollback"] = _steps(draw, _back(draw, world, 3), prefix=pick(draw, "Step", "Back"))
    return data


def _steps(draw: DrawFn, actions: list[str], prefix: str = "Step") -> list[Any]:
    """The actions, cut into steps."""
    steps: list[list[str]] = [[]]
    for action in actions:
        gap = pick(draw, 1, 0, 1, 2) if steps != [[]] or chance(draw, 4) else 0
        steps += [[] for _ in range(gap)]
        steps[-1].append(action)
    named = [(f"{prefix}_{n}", found) for n, found in enumerate(steps, start=1)]
    return [{name: found} if found else name for name, found in named]


def _actions(draw: DrawFn, world: World, most: int) -> list[str]:
    """Most of what the release needs, in any order, with other things between."""
    needed = _needed(draw, world) * (2 if world.has("three versions") and not world.has("releases") else 1)
    order = draw(st.permutations(needed))[: most - 1]
    actions: list[str] = []
    started: list[str] = []
    for instruction in order:
        actions.append(_dressed(draw, world, instruction, started))
        if len(actions) < most and chance(draw, 3, first=world.has("expire") and chance(draw, 2)):
            actions.append(_other(draw, world, started))
        promoted = [name for name in instruction.split()[1:] if _is_canary(world, name)]
        if instruction.startswith("deploy") and promoted and chance(draw, 4, usually=True):
            actions.append(_dressed(draw, world, f"promote {promoted[0]}", started))
    if world.has("back", "irreversible"):
        actions = actions[: most - 1] + _back(draw, world, 1)
    return _around(draw, _together(draw, world, most), actions[:most], most)


def _together(draw: DrawFn, world: World, most: int) -> list[str]:
    """Actions of which each has its point only after the ones before it."""
    if world.has("promotion") and most > 2 and chance(draw, 4, usually=True):
        return ["deploy glue", "rollback glue", "promote glue"]
    if "scheduler" in world.components and world.named("broker") and chance(draw, 2):
        return ["suspend scheduler", f"drain {pick(draw, *world.named('broker'))}"]
    return []


def _around(draw: DrawFn, fixed: list[str], others: list[str], most: int) -> list[str]:
    """These in their order, with as many others between as there is room for."""
    actions = list(fixed)
    for action in others[: most - len(fixed)] if fixed else []:
        actions.insert(pick(draw, *range(len(actions), -1, -1)), action)
    return actions or others


def _is_canary(world: World, name: str) -> bool:
    return isinstance(world.components.get(name, {}).get("strategy"), dict)


def _needed(draw: DrawFn, world: World) -> list[str]:
    together = len(world.instances) > 1 and chance(draw, 4)
    deploys = (
        ["deploy " + " ".join(world.instances)] if together else [f"deploy {n}" for n in world.instances]
    )
    verbs = {"database": "migrate", "broker": "reconfigure", "cache": "sync"}
    moves = [f"{verbs[world.kind(name)]} {name}" for name in world.named(*verbs) if "/" not in name]
    kept = any("rows" in change for contract, change in world.changes.items() if contract in world.met)
    moves += ["backfill database"] if kept else []
    return deploys + moves + [f"enable {flag}" for flag in world.flags if chance(draw, 3, usually=True)]


def _other(draw: DrawFn, world: World, started: list[str]) -> str:
    """Any other action that fits."""
    workers = [name for name in world.instances if world.kind(name) == "worker"]
    kept = [c for c in world.contracts("database") if world.changes.get(c, {}).get("rows")]
    choices = [
        ("deploy", world.instances),
        ("migrate", world.named("database")),
        ("reconfigure", world.named("broker")),
        ("sync", world.named("cache")),
        ("backfill", kept),
        ("suspend", workers),
        ("resume", workers),
        ("enable", list(world.flags)),
        ("disable", list(world.flags)),
    ]
    cleaning = [
        ("drain", world.named("broker")),
        ("purge", world.named("cache", "broker")),
        ("expire", [*world.contracts("service", "worker"), *world.named("database", "cache", "broker")]),
    ]
    if world.scaled and chance(draw, 2):
        return _dressed(draw, world, f"scale {pick(draw, *world.scaled)} to {pick(draw, 1, 2, 3, 0)}", [])
    choices += cleaning * (4 if world.has("expire") else 1) + [("await", started)] * 4
    fitting = [(verb, names) for verb, names in choices if names]
    verb, names = pick(draw, *fitting)
    return _dressed(draw, world, f"{verb} {pick(draw, *names)}", started)


def _back(draw: DrawFn, world: World, most: int) -> list[str]:
    """What takes something back, or throws away what the failed release left."""
    rolled = [name for name in world.instances if not world.components[name].get("stays")]
    choices = [f"rollback {name}" for name in rolled]
    choices += [f"revert {name}" for name in world.named("database", "broker")]
    choices += [f"scale {name} to {pick(draw, 1, 2)}" for name in world.scaled]
    choices += [f"disable {flag}" for flag in world.flags]
    others = [f"purge {name}" for name in world.named("cache")]
    others += [f"sync {name}" for name in world.named("cache")]
    count = pick(draw, *range(1, most + 1))
    found = draw(st.permutations([*choices, *(others if most > 1 else [])]))[:count]
    return [_dressed(draw, world, instruction, []) for instruction in found or ["await glue"]]


# What can stand around an instruction


def _dressed(draw: DrawFn, world: World, instruction: str, started: list[str]) -> str:
    """The instruction with its options; what it starts is added to `started`."""
    verb, *targets = instruction.split()
    text = instruction
    if verb not in ("await", "scale", "promote", "suspend", "resume", "enable", "disable"):
        cleaning = verb in ("purge", "drain", "expire")
        found = verb in ("rollback", "revert") and world.has("releases")  # not beyond where it was found
        aims = (len(world.versions) > 2 and not found and chance(draw, 3)) or (cleaning and chance(draw, 2))
        text += f" to {pick(draw, *world.versions[not cleaning :])}" if aims else ""
    guarded = verb in ("enable", "disable") and all(world.flags[name].get("guards") for name in targets)
    if guarded and chance(draw, 2):
        text += " per instance"
    held = world.has("when", "background") and chance(draw, 5)
    if held or (world.has("when") and chance(draw, 2)):
        text += f" when {'false' if held else world.predicate(draw)}"
    alone = verb == "scale" or (
        verb in ("deploy", "promote", "rollback") and bool(set(targets) & set(world.scaled))
    )
    if verb != "await" and not alone and (held or chance(draw, 2 if world.has("background") else 5)):
        started += targets
        text = f"start {text}"
    if world.has("irreversible") and verb in ("enable", "migrate", "reconfigure", "deploy", "purge"):
        text = pick(draw, f"irreversible {text}", text)
    return text
