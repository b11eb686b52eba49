"""Variables and arguments of a service with the addresses of the harness in place of Compose's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from ....model.deployment import Kind
from ....model.manifests.compose.containers import Container
from ....model.manifests.hosts import list_hosts
from .writing import Blank

_SECRET = re.compile(r"passw|passphrase|secret|token|credential|private|api_?key|access_?key", re.IGNORECASE)
_PORT = re.compile(r"port$", re.IGNORECASE)
_LOGIN = re.compile(r"//[^/@\s]*@$")
_PASSWORD = re.compile(r"//[^/@\s:]*:[^/@\s]+@")
_BRACES = re.compile(r"(?<!\$)\{[A-Za-z_][\w./:-]*\}")


class Peer(Struct, frozen=True):
    """Another part, as services of the project reach it."""

    name: str
    kind: Kind
    hosts: tuple[str, ...]
    ports: tuple[int, ...]


class Wired(Struct, frozen=True):
    """The program and its variables, ready for the harness; a name can be blank, too.

    `is_told_port`: it is told where to listen.
    """

    words: tuple[str, ...] | None
    env: Mapping[Any, Any]
    is_told_port: bool


def wire(container: Container, peers: Mapping[str, Peer], own_port: int | None) -> Wired:
    """The service with what stands in braces for each other part, and for its own port.

    What may be a secret is never copied, and what cannot be known is left blank.
    """
    wiring = _Wiring(container, peers, own_port)
    env: dict[Any, Any] = {name: wiring.value(name, value) for name, value in container.env.items()}
    env |= wiring.ports_of_bare_hosts(env)
    words = (
        None if container.words is None else tuple(str(wiring.rewire("", word)) for word in container.words)
    )
    told = (*(words or ()), *(value for value in env.values() if isinstance(value, str)))
    return Wired(words, env, any("{port}" in text for text in told))


class _Wiring:
    def __init__(self, container: Container, peers: Mapping[str, Peer], own_port: int | None) -> None:
        self.container, self.own_port = container, own_port
        self.hosts = {host.lower(): peer for peer in peers.values() for host in peer.hosts}
        self.bare: list[tuple[str, Peer]] = []

    def value(self, name: str, value: str) -> Any:
        """The value of a variable."""
        if _BRACES.search(value):
            return Blank(
                f"the value of `{name}`: what stands in braces there would be filled in by the harness"
            )
        rewired = self.rewire(name, value)
        if rewired == value and _SECRET.search(name):
            return Blank(
                f"a value of `{name}` for tests; it may be a secret, so it was not copied (PostgreSQL of a "
                "test takes any password, RabbitMQ takes `guest`, Redis none)"
            )
        if _PASSWORD.search(rewired) and "//guest:guest@" not in rewired:
            return Blank(f"the address in `{name}`; it has a password, so it was not copied")
        return rewired

    def rewire(self, name: str, value: str) -> str:
        """A text with its addresses; other texts as they are."""
        for host in dict.fromkeys(list_hosts(name, value)):
            peer = self.hosts.get(host.lower().rstrip("."))
            if peer is not None:
                value = self._put(name, value, host, peer)
        return self._put_own_port(name, value)

    def _put(self, name: str, value: str, host: str, peer: Peer) -> str:
        spelled = re.compile(rf"(?<![\w.-]){re.escape(host)}(?::(\d{{1,5}}))?(?![\w.-])")
        is_own = peer.name == self.container.name
        result, at = "", 0
        for found in spelled.finditer(value):
            before = value[: found.start()]
            is_whole = found[1] is not None or before.endswith(("//", "@", "("))
            result += value[at : found.start()]
            at = found.end()
            if is_own:
                result += "127.0.0.1:{port}" if is_whole else "127.0.0.1"
                continue
            if before.endswith("@"):
                result = _LOGIN.sub(lambda login: f"//{_give_login(login[0], peer)}", result)
            result += f"{{{peer.name}}}" if is_whole else f"{{{peer.name}:host}}"
            if not is_whole:
                self.bare.append((name, peer))
        result += value[at:]
        if peer.kind is Kind.BROKER:
            result = re.sub(rf"(\{{{re.escape(peer.name)}\}})/[^?\s]*", r"\1/", result)
        for port in peer.ports if self.bare and self.bare[-1][0] == name else ():
            result = re.sub(rf"(port\s*=\s*){port}(?!\d)", rf"\g<1>{{{peer.name}:port}}", result)
        return result

    def _put_own_port(self, name: str, value: str) -> str:
        if value == "0.0.0.0":  # noqa: S104 - what the container listens at becomes loopback
            return "127.0.0.1"
        if self.own_port is None:
            return value
        if _PORT.search(name) or not name:
            value = re.sub(rf"^{self.own_port}$", "{port}", value)
        listened = rf"(^|[\s\[\"'=/@])(0\.0\.0\.0|\*|\[::\]|localhost|127\.0\.0\.1|)?:{self.own_port}(?!\d)"
        value = re.sub(listened, lambda m: f"{m[1]}{'127.0.0.1' if m[2] else ''}:{{port}}", value)
        return re.sub(rf"(--?\w*port[= ]){self.own_port}(?!\d)", r"\1{port}", value)

    def ports_of_bare_hosts(self, env: Mapping[Any, Any]) -> dict[Any, Any]:
        """The variables with the port of somebody whose host stands alone; a blank where there is none."""
        found: dict[Any, Any] = {}
        for name, peer in self.bare:
            if name and not any(
                f"{{{peer.name}:port}}" in str(value) for value in (*env.values(), *found.values())
            ):
                port = self._find_port(name, peer)
                words = (
                    f"the variable by which `{self.container.name}` is told the port of `{peer.name}`, "
                    f"beside `{name}`; its value is {{{peer.name}:port}}"
                )
                found[port or Blank(words)] = f"{{{peer.name}:port}}"
        return found

    def _find_port(self, host: str, peer: Peer) -> str | None:
        fitting = [
            name
            for name, value in self.container.env.items()
            if _PORT.search(name) and value.isdecimal() and int(value) in peer.ports
        ]
        return max(fitting, key=lambda name: _count_common(name, host), default=None)


def _count_common(one: str, other: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _give_login(login: str, peer: Peer) -> str:
    """As whom a store of the harness is reached: by any user, or as RabbitMQ's own."""
    user = login.removeprefix("//").partition(":")[0].removesuffix("@")
    match peer.kind:
        case Kind.BROKER:
            return "guest:guest@"
        case Kind.DATABASE:
            return f"{user}@" if user else ""
        case Kind.CACHE:
            return ""
        case _:
            return login.removeprefix("//")
