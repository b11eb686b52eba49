"""The section `requests`: paths of hops, each held against who can call whom at that point."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from msgspec import Struct, field

from ..deployment import LEADER, OBTAINING, Component, Hop, Kind, Request, Route, Source, Strategy, Verb
from .components import Components
from .contracts import Contracts
from .document import Mapping, Scalar, YamlNode
from .keys import ANONYMOUS, SINCE, UNTIL, USING
from .reader import Reader, Word, join_words, quote, take_word, write_plural
from .suggestions import find_likely

_FORM = "a hop is written `CONSUMER VERB PROVIDER: SUBJECT`"
_STACK_SHOWN = 5
_WRITTEN = [verb for verb in Verb if verb.written == verb]
"""The verbs that a file can have."""
_MEANT = {
    "requests": Verb.CALLS,
    "invokes": Verb.CALLS,
    "gets": Verb.READS,
    "loads": Verb.READS,
    "queries": Verb.READS,
    "saves": Verb.WRITES,
    "stores": Verb.WRITES,
    "updates": Verb.WRITES,
    "sends": Verb.PUBLISHES,
    "produces": Verb.PUBLISHES,
    "receives": Verb.CONSUMES,
    "subscribes": Verb.CONSUMES,
    "passes": Verb.FORWARDS,
    "relays": Verb.FORWARDS,
}
"""Words that others use for ours, and that are like none of them to the eye."""


def read_requests(
    reader: Reader, node: YamlNode, components: Components, versions: tuple[str, ...] | None = None
) -> tuple[tuple[Request, ...], Contracts]:
    """All requests of the section, and the contracts that their hops meet."""
    contracts = Contracts()
    section = reader.mapping(node, "`requests`")
    if section is None:
        contracts.lost = True
        return (), contracts
    if not section.entries and section.complete:
        reader.report("empty", "`requests` must not be empty", section)
    requests = []
    for key, value in section.entries:
        reader.title(key, "the name of a request")
        hops = _Path(reader, components, contracts, versions).hops(key, value)
        requests.append(Request(key.text, tuple(hops), key.place))
    contracts.lost = contracts.lost or not section.complete or not requests
    return tuple(requests), contracts


def _fits(verb: Verb, kind: Kind) -> bool:
    """At a broker, `forwards` is written for `relays`."""
    return kind in verb.providers or (verb is Verb.FORWARDS and kind is Kind.BROKER)


def _before(words: list[Word], *ends: str) -> list[Word]:
    """The words before the first of some; a subject can be called so."""
    places = (index for index, word in enumerate(words) if index and word.text in ends)
    return words[: next(places, len(words))]


def _as_one(words: list[Word]) -> Word:
    """The words of a subject, which are apart by one space each."""
    if len(words) == 1:
        return words[0].unquoted()
    return words[0]._replace(text=" ".join(word.unquoted().text for word in words), exact=False)


def _without_leaders(words: list[Word]) -> tuple[list[Word], Word | None, Word | None]:
    """Consumer, verb and provider; and the words that say of consumer and provider that it leads."""
    by = words[1] if len(words) > 3 and words[1].text == LEADER else None
    rest = [words[0], *words[2:]] if by else words
    to = rest[3] if len(rest) == 4 and rest[3].text == LEADER else None
    return (rest[:3] if to else rest), by, to


class _Stack(Struct):
    """Who has been called and has not answered, outermost first.

    `answered`: who has, each with who went on then.
    """

    names: list[str] = field(default_factory=list)
    leads: list[bool] = field(default_factory=list)
    """Of each, whether it was picked as the leader."""
    count: Counter[str] = field(default_factory=Counter)
    answered: dict[str, str] = field(default_factory=dict)

    def push(self, name: str, *, leads: bool) -> None:
        self.names.append(name)
        self.leads.append(leads)
        self.count[name] += 1

    def return_to(self, name: str, *, leads: bool) -> None:
        """Lets all below the innermost frame of that name answer; without one it is a new frame."""
        if not self.count[name]:
            self.push(name, leads=leads)
        while self.names[-1] != name:
            self.leads.pop()
            self.count[self.names[-1]] -= 1
            self.answered[self.names.pop()] = name


class _Path(Struct):
    """One request while it is read: who is on its stack, and what it has obtained.

    `lost`: a hop could not be read, so that nobody knows who is on the stack and what is held.
    """

    reader: Reader
    components: Components
    contracts: Contracts
    versions: tuple[str, ...] | None
    stack: _Stack = field(default_factory=_Stack)
    obtained: set[str] = field(default_factory=set)  # subjects, and `provider/subject`
    lost: bool = False

    def hops(self, key: Scalar, node: YamlNode) -> list[Hop]:
        what = f"request {quote(key.text)}"
        items = self.reader.sequence(node, what, "write one hop a line, each behind `- `")
        if items is None:
            self.contracts.lost = True
            return []
        if not items.items:
            self.reader.report("empty", f"{what} needs at least one hop", key)
        return [hop for hop in map(self._hop, items.items) if hop is not None]

    def _hop(self, node: YamlNode) -> Hop | None:
        entry = self._entry(node)
        words, by_leader, to_leader = _without_leaders(entry[0].split() if entry else [])
        if entry and len(words) != 3:
            self.reader.report("bad-hop", f"{_FORM}; {quote(entry[0].text)} has not three words", entry[0])
        if entry is None or len(words) != 3:
            self.lost = self.contracts.lost = True
            return None
        consumer, verb_word, provider = words
        self._check_consumer(consumer, by_leader)
        verb = self._verb(verb_word)
        component = self._provider(provider, verb, verb_word)
        if to_leader is not None and component is not None:
            self._check_led(component, to_leader)
        if verb is Verb.FORWARDS and component is not None and component.kind is Kind.BROKER:
            verb = Verb.RELAYS
        (subject, using), limits = self._subject(*entry), self._limits(entry[1], consumer)
        leads = by_leader is not None, to_leader is not None
        self._go_on(provider.text, verb, component, subject, leads=leads[1])
        if verb is None or subject is None:
            return None
        return Hop(consumer.text, verb, provider.text, subject, using, entry[0].place, *limits, *leads)

    def _entry(self, node: YamlNode) -> tuple[Word, Word] | None:
        """The two halves of a hop: what stands before the colon, and after it; also of a quoted text."""
        if isinstance(node, Scalar) and (halves := take_word(node).halves(": ")) is not None:
            return halves
        if isinstance(node, Mapping) and len(node.entries) == 1 and node.complete:
            key, value = node.entries[0]
            if isinstance(value, Scalar) and not value.is_null:
                return take_word(key), take_word(value)
            found = "it names no subject" if isinstance(value, Scalar) else "its subject is no text"
            self.reader.report(
                "bad-hop", f"{_FORM}; {found}", value if not isinstance(value, Scalar) else key
            )
        elif isinstance(node, Mapping) and len(node.entries) > 1:
            second = node.entries[1][0]
            self.reader.report("bad-hop", f"{_FORM}; a second one begins here", second, "begin it with `- `")
        elif isinstance(node, Scalar):
            fix = "put a space behind the colon" if ":" in node.text else None
            self.reader.report("bad-hop", f"{_FORM}, not {quote(node.text)}", node, fix)
        elif not isinstance(node, Mapping) or node.complete:
            self.reader.report("bad-hop", _FORM, node)
        return None

    def _check_consumer(self, word: Word, leader: Word | None) -> None:
        """Lets the caller's deeper frames answer. A wrong caller is taken for right from here on."""
        anonymous = self._is_anonymous(word)
        component = None if anonymous else self._find_consumer(word)
        known = anonymous or component is not None
        if component is not None and not component.kind.has_instances:
            message = f"{quote(word.text)} is a {component.kind}; a {component.kind} calls nobody"
            self.reader.report("does-not-fit", message, word)
        elif known and not self.lost and not self.stack.names:
            self._check_root(word, component)
        elif known and not self.lost and not self.stack.count[word.text]:
            self._report_off_stack(word)
        self.stack.return_to(word.text, leads=leader is not None)
        if leader is not None and component is not None:
            self._check_led(component, leader)
            if not self.stack.leads[-1] and not self.lost:
                self._report_not_led(word, leader)
        elif leader is not None and anonymous:
            message = f"`{ANONYMOUS}` is anonymous: it has no instances, and no leader"
            self.reader.report("does-not-fit", message, leader)

    def _check_led(self, component: Component, leader: Word) -> None:
        """A leader is one of several instances that take calls, and no route leads past it."""
        name = quote(component.name)
        self.contracts.led.add(component.name)
        if not component.kind.has_instances:
            message = f"{name} is a {component.kind}; a leader is one of several instances"
            self.reader.report("does-not-fit", message, leader, f"leave out `{LEADER}`")
        elif component.stays:
            message = f"the users of {name} stay or update as they like; none of them leads"
            self.reader.report("does-not-fit", message, leader, f"leave out `{LEADER}`, or `stays`")
        elif component.strategy is Strategy.BLUE_GREEN or component.route is not Route.NONE:
            key = "strategy: blue-green" if component.route is Route.NONE else f"route: {component.route}"
            message = f"`{key}` says which version of {name} takes a call, and so does its leader"
            self.reader.report("does-not-fit", message, leader, f"leave out `{LEADER}`, or `{key}`")

    def _report_not_led(self, word: Word, leader: Word) -> None:
        is_root = len(self.stack.names) == 1
        begins = f"begin the request with `{word.text} {LEADER} …`"
        called = f"call it so: `… {Verb.CALLS} {word.text} {LEADER}: …`"
        message = f"{quote(word.text)} was not picked as the leader here"
        self.reader.report("not-the-leader", message, leader, begins if is_root else called)

    def _find_consumer(self, word: Word) -> Component | None:
        declare = f"`{word.text}: {{kind: {Kind.CLIENT if not self.stack.names else Kind.SERVICE}}}`"
        fix = f"declare {declare}; only `{ANONYMOUS}` may stay undeclared"
        return self.components.find(self.reader, word, also=[ANONYMOUS], fix=fix)

    def _is_anonymous(self, word: Word) -> bool:
        return word.text == ANONYMOUS and ANONYMOUS not in self.components.by_name

    def _check_root(self, word: Word, component: Component | None) -> None:
        if component is not None and component.kind is Kind.SERVICE:
            message = f"a request starts at a client or at a worker; {quote(word.text)} is a service"
            fix = f"say who calls it: `{ANONYMOUS} calls {word.text}: SUBJECT`"
            self.reader.report("bad-root", message, word, fix)

    def _report_off_stack(self, word: Word) -> None:
        names = self.stack.names
        shown = join_words([quote(name) for name in names[-_STACK_SHOWN:]])
        more = "…, " if len(names) > _STACK_SHOWN else ""
        if word.text in self.stack.answered:
            message = (
                f"{quote(word.text)} has answered before: {quote(self.stack.answered[word.text])} went on"
            )
            fix = f"put its hops right behind the one that calls it; on the stack: {more}{shown}"
        else:
            message = f"{quote(word.text)} does nothing here: no hop before has called it"
            fix = f"call it first; on the stack: {more}{shown}"
        self.reader.report("not-on-stack", message, word, fix)

    def _verb(self, word: Word) -> Verb | None:
        if word.text in _WRITTEN:
            return Verb(word.text)
        if word.text in _MEANT:
            message = f"unknown verb {quote(word.text)}"
            self.reader.report("unknown-verb", message, word, f"did you mean {quote(_MEANT[word.text])}?")
        else:
            self.reader.report_unknown("verb", word, _WRITTEN, fix=f"the verbs are {join_words(_WRITTEN)}")
        return None

    def _provider(self, word: Word, verb: Verb | None, verb_word: Word) -> Component | None:
        if self._is_anonymous(word):
            message = f"`{ANONYMOUS}` is anonymous: it starts requests, and nobody can call it"
            self.reader.report("does-not-fit", message, word)
            return None
        component = self.components.find(self.reader, word)
        if component is not None and verb is not None and not _fits(verb, component.kind):
            kind = component.kind
            written = dict.fromkeys(f"`{other.written}`" for other in Verb if kind in other.providers)
            fitting = join_words(written, "or")
            fits = write_plural([one for one in Kind if _fits(verb, one)])
            message = f"{quote(word.text)} is a {kind}; `{verb}` fits {fits}"
            self.reader.report("does-not-fit", message, verb_word, f"for a {kind} write {fitting}")
        return component

    def _subject(self, key: Word, value: Word) -> tuple[str | None, tuple[Source, ...]]:
        if not self.reader.is_closed(value):
            return None, ()
        words = _before(value.words(), SINCE, UNTIL)
        if not words:
            self.reader.report("bad-hop", f"{_FORM}; it names no subject", key)
            return None, ()
        own = _before(words, USING)
        if self._misspelt(own):
            return None, ()
        subject = self.reader.subject(_as_one(own))
        using, given = words[len(own) : len(own) + 1], words[len(own) + 1 :]
        if using and not given:
            self.reader.report("bad-hop", f"{_FORM}, then perhaps `using SOURCE …`", using[0])
        sources: dict[str, Source | None] = {}
        for word in given:
            if word.text in sources:
                self.reader.report("duplicate-source", f"{quote(word.text)} stands twice after `using`", word)
            else:
                sources[word.text] = self._source(word)
        return subject, tuple(source for source in sources.values() if source is not None)

    def _misspelt(self, subject: list[Word]) -> bool:
        """A word of the subject is like one that can follow it, and what is behind fits that; reported."""
        for word, following in pairwise(subject[1:]):
            meant = [USING] if following.text in self.obtained else []
            meant += [SINCE, UNTIL] if following.text in (self.versions or ()) else []
            if meant and (likely := find_likely(word.text, meant)):
                message = f"{_FORM}; {quote(word.text)} stands in the subject"
                self.reader.report("bad-hop", message, word, f"did you mean {quote(likely)}?")
                return True
        return False

    def _limits(self, value: Word, consumer: Word) -> tuple[str | None, str | None]:
        """What stands behind `since` and `until`."""
        words = value.words()
        rest = words[len(_before(words, SINCE, UNTIL)) :]
        found: dict[str, str | None] = {}
        while rest:
            word, rest = rest[0], rest[1:]
            if word.text not in (SINCE, UNTIL) or word.text in found or not rest:
                self.reader.report(
                    "bad-hop", f"{_FORM}, then perhaps `since VERSION` and `until VERSION`", word
                )
                return None, None
            found[word.text] = self.reader.version(rest[0], self.versions)
            rest = rest[1:]
            if self._is_anonymous(consumer):
                message = (
                    f"`{ANONYMOUS}` is anonymous and has no version; `{word.text}` fits hops of a component"
                )
                self.reader.report("does-not-fit", message, word)
        since, until = found.get(SINCE), found.get(UNTIL)
        order = (self.versions or ()).index
        if since and until and order(since) > order(until):
            message = f"no version is since {quote(since)} and until {quote(until)}"
            self.reader.report("empty", message, value)
        return since, until

    def _source(self, word: Word) -> Source | None:
        is_subject = word.text.startswith('"')
        word = word.unquoted()
        halves = None if is_subject else word.halves("/")
        name = self.reader.subject(halves[1] if halves else word)
        if halves and halves[0].text not in self.components.by_name:
            self.components.find(self.reader, halves[0])
            return None
        if name is None:
            return None
        if word.text not in self.obtained and not self.lost:
            message = f"nothing earlier in this request obtains {quote(word.text)}"
            fix = self.reader.suggestion(word.text, self.obtained)
            fix = fix or f"{join_words(verb for verb in Verb if verb in OBTAINING)} obtain their subject"
            self.reader.report("unknown-source", message, word, fix)
        return Source(name, halves[0].text if halves else None)

    def _go_on(
        self,
        provider: str,
        verb: Verb | None,
        component: Component | None,
        subject: str | None,
        *,
        leads: bool,
    ) -> None:
        """What holds after the hop. A verb or provider that is wrong is taken for what it could be."""
        self.contracts.add(provider, subject, provider in self.components.by_name)
        if verb.is_call if verb else (component is None or component.kind.has_instances):
            self.stack.push(provider, leads=leads)
        if component is None or subject is None:
            self.lost = True
        if subject is not None and (verb is None or verb in OBTAINING):
            self.obtained.update((subject, f"{provider}/{subject}"))
