"""Right texts made wrong, or strange: by lines, by words, by characters. All from one source of chance."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

WORDS = (
    *("V1", "V2", "V3", "both", "none", "~", "null", "true", "0", "-1", "1.5", "100%", "1000001", "9" * 40),
    *("deploy", "migrate", "sync", "backfill", "start", "await", "purge", "expire", "drain", "irreversible"),
    *(
        "calls",
        "reads",
        "writes",
        "publishes",
        "consumes",
        "forwards",
        "using",
        "since",
        "until",
        "to",
        "when",
    ),
    *("service", "worker", "client", "database", "cache", "broker", "kind", "replicas", "machine", "image"),
    *("breaks", "skew", "expires", "from", "exists", "rows", "note", "severity", "versions", "releases"),
    *("always", "never", "eventually", "leads", "before", "and", "not", "(", ")", ">=", "==", "+", "done"),
    *("[", "]", "{", "}", ":", ",", "- ", "#", "&a", "*a", "<<", "!!str", "|", ">", "'", '"', "%", "@", "\\"),
    *(
        "größer",
        "世界",
        "\u202e",
        "\ufeff",
        "\u0000",
        "\t",
        "\r",
        "\u2028",
        "\ud7ff",
        "🙂",
        "[red]",
        "../../x",
    ),
)
"""What stands in deployment files, and what should not."""

Mutation = Callable[[str, Random], str]


def mutated(text: str, chance: Random, most: int = 4) -> str:
    """The text with one mutation, or with up to so many: each more half as often, for of many none loads."""
    numbers = range(1, most + 1)
    for _ in range(*chance.choices(numbers, [0.5**number for number in numbers])):
        text = chance.choice(_MUTATIONS)(text, chance)
    return text


def _on_lines(change: Callable[[list[str], int, Random], None]) -> Mutation:
    def mutation(text: str, chance: Random) -> str:
        lines = text.splitlines(keepends=True)
        if lines:
            change(lines, chance.randrange(len(lines)), chance)
        return "".join(lines)

    return mutation


def _lose(lines: list[str], at: int, _: Random) -> None:
    del lines[at]


def _double(lines: list[str], at: int, chance: Random) -> None:
    lines.insert(chance.randint(0, len(lines)), lines[at])


def _swap(lines: list[str], at: int, chance: Random) -> None:
    other = chance.randrange(len(lines))
    lines[at], lines[other] = lines[other], lines[at]


def _shift(lines: list[str], at: int, chance: Random) -> None:
    lines[at] = lines[at][1:] if chance.random() < 0.5 else f" {lines[at]}"


def _other_word(text: str, chance: Random) -> str:
    """A word in the place of another: of the list, or of the text itself, where it means something else."""
    found = list(re.finditer(r"[\w.-]+|[^\w\s]", text))
    if not found:
        return chance.choice(WORDS)
    taken = chance.choice(found)
    other = chance.choice(WORDS) if chance.random() < 0.4 else chance.choice(found).group()
    return f"{text[: taken.start()]}{other}{text[taken.end() :]}"


_ALIKE = (
    frozenset({"calls", "reads", "writes", "publishes", "consumes", "forwards"}),
    frozenset({"deploy", "promote", "rollback", "migrate", "reconfigure", "revert", "sync", "backfill"}),
    frozenset({"suspend", "resume", "drain", "purge", "expire", "await", "enable", "disable"}),
    frozenset({"service", "worker", "client", "database", "cache", "broker"}),
    frozenset({"rolling", "recreate", "blue-green", "canary"}),
    frozenset({"always", "never", "eventually", "before", "until"}),
    frozenset({"true", "false", "on", "off", "both", "none"}),
    frozenset({"call", "schema", "content", "token"}),
    frozenset(str(number) for number in range(10)),
)


def _alike(text: str, chance: Random) -> str:
    """A word in the place of one of its kind, or a name in that of another: this nearly always loads."""
    found = list(re.finditer(r"[\w-]+(?![\w-]*:)", text))  # no key
    if not found:
        return text
    taken = chance.choice(found)
    word = taken.group()
    kinds = [kind for kind in _ALIKE if word in kind]
    names = [other.group() for other in found if not any(other.group() in kind for kind in _ALIKE)]
    versions = [name for name in names if _VERSION.fullmatch(name)]
    other = chance.choice(sorted(kinds[0]) if kinds else versions if word in versions else names)
    return f"{text[: taken.start()]}{other}{text[taken.end() :]}"


_VERSION = re.compile(r"V\d|both")


def _more(text: str, chance: Random) -> str:
    at = chance.randint(0, len(text))
    return f"{text[:at]}{chance.choice(WORDS)}{text[at:]}"


def _less(text: str, chance: Random) -> str:
    at = chance.randint(0, len(text))
    return f"{text[:at]}{text[at + chance.randint(1, 30) :]}"


def _broken_off(text: str, chance: Random) -> str:
    return text[: chance.randint(0, len(text))]


_MUTATIONS: Sequence[Mutation] = (
    *(_on_lines(change) for change in (_lose, _double, _swap, _shift)),
    *(_alike, _alike, _alike, _alike, _other_word, _other_word, _more, _less, _broken_off),
)


def in_bytes(text: str, chance: Random) -> bytes:
    """The text as a file, sometimes in another encoding, or with bytes that are none."""
    if chance.random() < 0.9:
        return text.encode("utf-8", "surrogatepass")
    body = bytearray(text.encode(chance.choice(["utf-8", "utf-16", "latin-1"]), "replace"))
    for _ in range(chance.randint(0, 3)):
        body.insert(chance.randint(0, len(body)), chance.randrange(256))
    return bytes(body)
