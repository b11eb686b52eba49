"""A deployment file in the making, for the benchmarks."""

from __future__ import annotations

from typing import Any

File = dict[str, Any]


class Shape:
    """A file in the making: `size` services with `replicas` each that roll out at once, and nothing else."""

    def __init__(self, size: int, replicas: int, *, breaks: bool) -> None:
        self.breaks = breaks
        self.names = [f"s{number}" for number in range(1, size + 1)]
        self.file: File = {
            "versions": ["V1", "V2"],
            "components": {name: {"kind": "service", "replicas": replicas} for name in self.names},
            "requests": {},
            "pipeline": [{"Roll": ["deploy " + " ".join(self.names)]}],
            "changes": {},
        }

    def chain(self, **each: Any) -> None:
        """One request through all services; `each` is said of every one of them."""
        callers = ["client", *self.names]
        calls = [{f"{a} calls {b}": "a"} for a, b in zip(callers, self.names, strict=False)]
        self.file["requests"]["walk"] = calls
        for name in self.names:
            self.file["components"][name] |= each
        self.file["changes"] |= {f"{name}/a": {"breaks": []} for name in self.names[1:]}
        if self.breaks:
            self.file["changes"][f"{self.names[len(self.names) // 2]}/a"] = {"breaks": ["V2 -> V1"]}

    def store(self, name: str, kind: str, *verbs: str, **change: Any) -> None:
        """One store that all services use."""
        self.file["components"][name] = {"kind": kind}
        for one in self.names:
            uses = [{f"{one} {verb} {name}": "x"} for verb in verbs]
            self.file["requests"][f"{one} uses"] = [{f"client calls {one}": "a"}, *uses]
        self.file["changes"][f"{name}/x"] = {"breaks": ["V1 -> V2"] if self.breaks else [], **change}

    def own_database(self, name: str, store: str, subject: str) -> None:
        """A database that one service alone uses, and migrates as it starts."""
        self.file["components"][store] = {"kind": "database"}
        self.file["components"][name]["migrates"] = [store]
        uses = [{f"{name} {verb} {store}": subject} for verb in ("writes", "reads")]
        self.file["requests"][f"{name} uses"] = [{f"client calls {name}": "a"}, *uses]
        self.file["changes"][f"{store}/{subject}"] = {"breaks": {"schema": self.breaking("V1 -> V2")}}

    def breaking(self, pair: str) -> list[str]:
        """The pair, where the file is to be unsafe."""
        return [pair] if self.breaks else []
