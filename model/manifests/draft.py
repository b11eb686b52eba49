"""From what was seen to what a deployment file says: components, requests, steps, and what is to be asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from msgspec.structs import replace

from ..deployment import Hop, Instruction, Kind, Verb
from ..errors import Problem
from ..language.combinations import INSTRUCTION_KINDS
from ..language.keys import ANONYMOUS as CLIENT
from ..names import Place
from .drafted import Draft, DraftComponent, DraftRequest, DraftStep, tell_origin, write_place
from .naming import with_good_names
from .placing import DraftHop, HopList
from .seen import Basis, Link, Seen, SeenRequest, SeenStep, Unit

MAX_ORIGINS = 3
"""Of one hop; the rest is counted."""


@dataclass(slots=True)
class _Edge:
    """All that is seen of one consumer at one provider."""

    consumer: str
    provider: str
    links: list[Link] = field(default_factory=list)

    def rests_on(self, basis: Basis) -> bool:
        return all(link.basis is basis for link in self.links)


def make_draft(seen: Seen, kinds: Mapping[str, Kind] | None = None) -> Draft:
    """The draft of a deployment file; what it cannot know becomes a question, and stands in it as such.

    `kinds` are those of components that somebody has settled.
    """
    return _Drafting(with_good_names(seen), kinds or {}).draft()


class _Drafting:
    def __init__(self, seen: Seen, kinds: Mapping[str, Kind]) -> None:
        settled = {name: _settle(unit, kinds.get(name, unit.kind)) for name, unit in seen.units.items()}
        self.seen = dataclasses.replace(seen, units=settled)
        self.questions: list[str] = []
        self.names: set[str] = set()
        self.remarks = list(seen.remarks)
        self.edges = self._list_edges()
        self.callers = {edge.provider for edge in self.edges.values()}
        self.kinds = {name: unit.kind or self._kind(unit) for name, unit in settled.items()}
        self.topics = self._list_topics()
        self.outgoing: dict[str, list[_Edge]] = {}
        for edge in self.edges.values():
            self.outgoing.setdefault(edge.consumer, []).append(edge)

    def draft(self) -> Draft:
        self._report_disagreements()
        requests, steps = tuple(self._requests()), tuple(self._steps())
        self._ask()
        return Draft(
            _title(self.seen.title) if self.seen.title and self.seen.title.strip() else None,
            tuple(self._components()),
            requests,
            steps,
            tuple(self.questions),
            tuple(self.remarks),
        )

    def _list_edges(self) -> dict[tuple[str, str], _Edge]:
        """Who uses whom; what a store does by itself is no hop."""
        edges: dict[tuple[str, str], _Edge] = {}
        for link in self.seen.links:
            consumer, provider = self.seen.units.get(link.consumer), self.seen.units.get(link.provider)
            starts = link.consumer == CLIENT or (consumer is not None and not consumer.is_store)
            if starts and provider is not None and not (link.consumer == CLIENT and provider.is_store):
                key = link.consumer, link.provider
                edges.setdefault(key, _Edge(*key)).links.append(link)
        return edges

    def _kind(self, unit: Unit) -> Kind:
        """Who is called by somebody, or listens, is a service; others begin their work themselves. Who is
        seen to begin some is a worker, whoever calls it besides."""
        if any(request.hops[0].consumer == unit.name for request in self.seen.requests):
            return Kind.WORKER
        return Kind.SERVICE if unit.is_open or unit.name in self.callers else Kind.WORKER

    def _list_topics(self) -> dict[str, str]:
        """The topic of each broker of which only one is named by all who use it. It is that of all links
        there: who publishes and who consumes must meet at one contract."""
        named: dict[str, set[str]] = {}
        for edge in self.edges.values():
            if self.kinds[edge.provider] is Kind.BROKER:
                named.setdefault(edge.provider, set()).update(self.seen.topics.get(edge.consumer, ()))
        return {broker: next(iter(topics)) for broker, topics in named.items() if len(topics) == 1}

    # --- components ---

    def _components(self) -> Iterator[DraftComponent]:
        first_of_image: dict[str, str] = {}
        for unit in sorted(self.seen.units.values(), key=lambda unit: unit.is_store):
            kind = self.kinds[unit.name]
            keys = [("kind", str(kind)), *unit.settings]
            if unit.image and kind.has_instances:
                shared = first_of_image.setdefault(unit.image, unit.name)
                keys += [("image", shared)] if shared != unit.name else []
            yield DraftComponent(unit.name, tuple(keys), tell_origin(unit.origin), unit.notes)

    # --- requests ---

    def _requests(self) -> Iterator[DraftRequest]:
        """Those of traces, with what else is known of who takes part in them; then what they do not show."""
        traced = [one for request in self.seen.requests for one in self._traced(request)]
        lists = [HopList(one.name, list(one.hops)) for one in traced]
        covered = {(one.hop.consumer, one.hop.provider) for hops in lists for one in hops.hops}
        self._add_linked(lists, covered)
        yield from (replace(one, hops=tuple(hops.hops)) for one, hops in zip(traced, lists, strict=True))
        left = [edge for key, edge in self.edges.items() if key not in covered]
        self.outgoing = {}
        for edge in left:
            self.outgoing.setdefault(edge.consumer, []).append(edge)
        reached = {name for key in covered for name in key}
        yield from self._linked({name for name in reached if name not in self.outgoing})

    def _add_linked(self, lists: list[HopList], covered: set[tuple[str, str]]) -> None:
        """What links tell of those who take part in requests, and of those whom they call."""
        waiting = list(dict.fromkeys(one.hop.provider for hops in lists for one in hops.hops))
        known = set(waiting)
        for consumer in waiting:  # grows while it is walked
            for edge in self.outgoing.get(consumer, ()):
                key = edge.consumer, edge.provider
                if key not in covered and any(one.add(consumer, self._hops(edge)) for one in lists):
                    covered.add(key)
                    waiting += [edge.provider] if edge.provider not in known else []
                    known.add(edge.provider)

    def _traced(self, request: SeenRequest) -> Iterator[DraftRequest]:
        """A request of traces, without hops that do not fit what somebody settled."""
        hops = [
            Hop(hop.consumer, hop.verb, hop.provider, hop.subject)
            for hop in request.hops
            if self.kinds[hop.provider] in hop.verb.providers
            and (hop.consumer == CLIENT or self.kinds[hop.consumer].has_instances)
        ]
        if not hops:
            return
        if self.kinds.get(hops[0].consumer) is Kind.SERVICE:
            hops.insert(0, Hop(CLIENT, Verb.CALLS, hops[0].consumer, request.name))
        comment = tell_origin(request.origin)
        drafted = tuple(DraftHop(hop, "" if number else comment) for number, hop in enumerate(hops))
        name = _distinct(_title(request.name), self.names)
        yield DraftRequest(name, drafted, request.notes)

    def _linked(self, expanded: set[str]) -> Iterator[DraftRequest]:
        """A request for each who starts some, each link once: a hop that stands in one is judged by it."""
        for request in self._walked(expanded):
            yield replace(request, name=_distinct(request.name, self.names))

    def _walked(self, expanded: set[str]) -> Iterator[DraftRequest]:
        for edge in self.outgoing.get(CLIENT, ()):
            yield DraftRequest(edge.provider, tuple(self._walk([edge], expanded)))
        for name, kind in self.kinds.items():
            if kind is Kind.WORKER and name in self.outgoing and name not in expanded:
                expanded.add(name)
                yield DraftRequest(name, tuple(self._walk(self._of(name), expanded)))
        for name in self._not_reached(expanded):
            if name in expanded:
                continue
            self.questions.append(f"Nothing tells who calls {name}; it is taken to be called from outside.")
            guess = _Edge(CLIENT, name)
            yield DraftRequest(name, tuple(self._walk([guess], expanded)))

    def _not_reached(self, expanded: set[str]) -> list[str]:
        """Services that no request has come to, those that nobody calls first; where there is no hop at all,
        anything."""
        services = [
            name for name, kind in self.kinds.items() if kind is Kind.SERVICE and name not in expanded
        ]
        roots = [name for name in services if name not in self.callers]
        if not services and not expanded:
            return [name for name, kind in self.kinds.items() if kind is Kind.WORKER][:1]
        return [*roots, *services]

    def _of(self, consumer: str) -> list[_Edge]:
        """What somebody does, in the order of the manifests; a job begins with what it consumes."""
        edges = self.outgoing.get(consumer, [])
        return sorted(edges, key=lambda edge: not self._consumes(edge))

    def _consumes(self, edge: _Edge) -> bool:
        return self.kinds[edge.provider] is Kind.BROKER and Verb.CONSUMES in self._verbs(edge)

    def _walk(self, edges: list[_Edge], expanded: set[str]) -> Iterator[DraftHop]:
        """The hops of edges and of all below them, callers before those that they call."""
        waiting = edges[::-1]
        while waiting:
            edge = waiting.pop()
            yield from self._hops(edge)
            if self.kinds[edge.provider].has_instances and edge.provider not in expanded:
                expanded.add(edge.provider)
                waiting += self._of(edge.provider)[::-1]

    def _hops(self, edge: _Edge) -> Iterator[DraftHop]:
        comment = self._tell(edge)
        for number, verb in enumerate(self._verbs(edge)):
            subject = next((link.subject for link in edge.links if link.subject), None)
            subject = subject or self.topics.get(edge.provider) or _SUBJECTS[verb]
            told = comment if number == 0 else _SECOND.get(verb, "")
            yield DraftHop(Hop(edge.consumer, verb, edge.provider, subject), told)

    def _verbs(self, edge: _Edge) -> tuple[Verb, ...]:
        """What is done there; all that could be, where nobody tells."""
        kind = self.kinds[edge.provider]
        said = [verb for link in edge.links for verb in link.verbs if kind in verb.providers]
        if said:
            return tuple(dict.fromkeys(said))
        match kind:
            case Kind.DATABASE | Kind.CACHE:
                return (Verb.READS, Verb.WRITES)
            case Kind.BROKER:
                is_job = self.kinds.get(edge.consumer) is Kind.WORKER
                both = (Verb.CONSUMES, Verb.PUBLISHES)
                return both if is_job else both[::-1]
            case Kind.SERVICE | Kind.WORKER | Kind.CLIENT:
                return (Verb.CALLS,)
            case _:
                assert_never(kind)

    def _tell(self, edge: _Edge) -> str:
        if not edge.links:
            return "nothing tells who calls it"
        told = list(dict.fromkeys(tell_origin(link.origin) for link in edge.links))
        more = f"; {len(told) - MAX_ORIGINS} more" if len(told) > MAX_ORIGINS else ""
        doubt = next((word for basis, word in _DOUBTS.items() if edge.rests_on(basis)), "")
        return "; ".join(told[:MAX_ORIGINS]) + more + doubt

    # --- what does not fit together, and what is not known ---

    def _report_disagreements(self) -> None:
        for edge in self.edges.values():
            allowed = self.seen.limited.get(edge.provider)
            bases = {link.basis for link in edge.links}
            if (
                allowed is not None
                and edge.consumer != CLIENT
                and Basis.POLICY not in bases
                and Basis.ADDRESS in bases
            ):
                named = next(link.origin for link in edge.links if link.basis is Basis.ADDRESS)
                message = (
                    f"{edge.consumer} is told to use {edge.provider} ({named.words}), "
                    f"which {allowed.words} ({write_place(allowed.place)}) does not allow"
                )
                self._remark(message, named.place)
        for basis, told in _WEAK.items():
            weak = [edge for edge in self.edges.values() if edge.rests_on(basis)]
            if weak:
                shown = ", ".join(f"{edge.consumer} -> {edge.provider}" for edge in weak[:10])
                more = f" and {len(weak) - 10} more" if len(weak) > 10 else ""
                self._remark(f"{told}: {shown}{more}", weak[0].links[0].origin.place)

        for host, (unit, variable, place) in self.seen.unknown.items():
            self._remark(f"{variable} of {unit} names `{host}`, which is in no manifest that was read", place)

    def _remark(self, message: str, place: Place) -> None:
        self.remarks.append(Problem("bad-manifest", message, place))

    def _ask(self) -> None:
        used = {edge.provider for edge in self.edges.values() if edge.consumer != CLIENT}
        stores = [name for name, kind in self.kinds.items() if not kind.has_instances and name not in used]
        callers = {edge.consumer for edge in self.edges.values()}
        silent = [name for name, kind in self.kinds.items() if kind.has_instances and name not in callers]
        for name in stores:
            verb = "publishes" if self.kinds[name] is Kind.BROKER else "writes"
            self.questions.append(f"Nothing tells who uses {name}. Write: SERVICE {verb} {name}: SUBJECT")
        if silent and len(self.kinds) > 1 and (stores or not used):
            self.questions.append(
                f"Nothing tells whom these use: {', '.join(silent)}. Write: ONE calls OTHER: SUBJECT"
            )
        self._ask_of_brokers()
        self._ask_of_migrations()

    def _ask_of_migrations(self) -> None:
        """Of databases that neither a step nor an instance that starts brings to another version."""
        told = {
            word
            for step in self._all_steps()
            for action in (*step.actions, *step.then)
            if "migrate " in action
            for word in action.split()
        }
        settings = (setting for unit in self.seen.units.values() for setting in unit.settings)
        told |= {name for key, text in settings if key == "migrates" for name in text.strip("[]").split(", ")}
        left = [name for name, kind in self.kinds.items() if kind is Kind.DATABASE and name not in told]
        if left:
            name = left[0] if len(left) == 1 else "NAME"
            question = f"Nothing tells what migrates {', '.join(left)}."
            self.questions.append(f"{question} Write, in the step that does: migrate {name}")

    def _ask_of_brokers(self) -> None:
        for name in (name for name, kind in self.kinds.items() if kind is Kind.BROKER):
            verbs = {
                verb for edge in self.edges.values() if edge.provider == name for verb in self._verbs(edge)
            }
            if verbs and len(verbs) == 1:
                other = "consumes" if Verb.PUBLISHES in verbs else "publishes"
                self.questions.append(
                    f"Nothing tells who {other} at {name}. Write: ONE {other} {name}: SUBJECT"
                )

    # --- steps ---

    def _fitting(self, actions: tuple[str, ...]) -> tuple[str, ...]:
        """The actions without the targets whose kind, as somebody settled it, they do not fit."""
        kept = []
        for action in actions:
            start, words = action.startswith("start "), action.removeprefix("start ").split()
            fitting = INSTRUCTION_KINDS[Instruction(words[0])]
            targets = [name for name in words[1:] if self.kinds.get(name) in fitting]
            kept += [" ".join((*(["start"] if start else []), words[0], *targets))] if targets else []
        return tuple(kept)

    def _all_steps(self) -> list[SeenStep]:
        """The steps of the pipeline, with those of the rollout in the place where it deploys."""
        steps = self.seen.steps
        at = next((index for index, step in enumerate(steps) if step.is_rollout), None)
        if at is None:
            is_told = any("deploy " in action for step in steps for action in step.actions)
            return steps if is_told else [*steps, *self.seen.rollout]
        if len(self.seen.rollout) <= 1:
            return steps
        own = replace(steps[at], is_rollout=False, then=())
        before = [own] if own.actions else []
        behind = [replace(own, actions=steps[at].then, notes=())] if steps[at].then else []
        return [*steps[:at], *before, *self.seen.rollout, *behind, *steps[at + 1 :]]

    def _steps(self) -> Iterator[DraftStep]:
        steps = self._all_steps()
        deployed = (action for step in steps for action in step.actions if "deploy " in action)
        said = {word for action in deployed for word in action.split()}
        rest = [
            name
            for name, kind in self.kinds.items()
            if kind.has_instances and name not in said and name not in self.seen.kept
        ]
        taken: set[str] = set()
        if rest and said and not any(step.is_rollout for step in steps):
            self.questions.append(f"No step deploys {', '.join(rest)}, so they stay at their version.")
        elif rest and not any(step.is_rollout for step in steps):
            steps = [*steps, SeenStep("Deploy", next(iter(self.seen.units.values())).origin, (), (), True)]
        for step in steps:
            actions = self._fitting(step.actions)
            if step.is_rollout and rest:
                begin = "start " if step.begins else ""
                actions, rest = (*actions, f"{begin}deploy {' '.join(rest)}"), []
            actions += self._fitting(step.then)
            name = _distinct(_title(step.name), taken)
            comment = tell_origin(step.origin) if step.origin.words or actions else ""
            yield DraftStep(name, actions, comment, step.notes)


def _settle(unit: Unit, kind: Kind | None) -> Unit:
    """The unit with a kind that somebody has settled; a store has no instances of whom anything is said."""
    settings = unit.settings if kind is None or kind.has_instances else ()
    return replace(unit, kind=kind, settings=settings)


_SUBJECTS: Mapping[Verb, str] = {
    Verb.CALLS: "api",
    Verb.FORWARDS: "api",
    Verb.READS: "data",
    Verb.WRITES: "data",
    Verb.PUBLISHES: "messages",
    Verb.CONSUMES: "messages",
    Verb.RELAYS: "messages",
}
"""What a contract is called until somebody names it."""

_SECOND = {
    Verb.PUBLISHES: "if it publishes too",
    Verb.CONSUMES: "if it consumes too",
}
"""What is said of a verb that only could be."""

_DOUBTS = {
    Basis.POLICY: " (allowed; nothing else tells of it)",
    Basis.DEPENDENCY: " (starts after it; nothing else tells of it)",
}
_WEAK = {
    Basis.POLICY: "allowed by a policy, and nothing else tells of it",
    Basis.DEPENDENCY: "only the order of start tells of it; is it called?",
}


def _title(text: str) -> str:
    plain = "".join(char if char.isprintable() else " " for char in text).strip()
    return plain[:100].strip() or "step"


def _distinct(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken or found in ("(before)", "(after)"):
        found, number = f"{name} {number}", number + 1
    taken.add(found)
    return found
