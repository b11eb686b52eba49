"""What a Dockerfile says of how its image is started; nothing is built."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

_STEP = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_HERE = re.compile(r"<<-?[\"']?(\w+)[\"']?")
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*", re.IGNORECASE)
_SETTING = re.compile(r"""([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)""")
_OF_A_SHELL = re.compile(r"[$|&;<>()*?`~]|^\s*\w+=")


class Copied(Struct, frozen=True):
    """Something of the context that stands in the image."""

    source: str
    target: str


class ImageRecipe(Struct, frozen=True):
    """What a stage comes to. `entrypoint` and `command` are words; None where none is said."""

    entrypoint: tuple[str, ...] | None = None
    is_shell: bool = False
    command: tuple[str, ...] | None = None
    folder: str = "/"
    env: tuple[tuple[str, str], ...] = ()
    ports: tuple[int, ...] = ()
    copied: tuple[Copied, ...] = ()
    health: str = ""

    @property
    def words(self) -> tuple[str, ...] | None:
        """The program that a container runs; one that a shell begins takes no command."""
        if self.entrypoint is None or self.is_shell:
            return self.entrypoint or self.command
        return (*self.entrypoint, *(self.command or ()))


def read_dockerfile(text: str, target: str | None = None) -> ImageRecipe:
    """What the last stage comes to, or the one named `target`; what it does not say is its base's.

    >>> read_dockerfile('FROM a\\nWORKDIR /app\\nCMD ["serve", "--all"]').words
    ('serve', '--all')
    """
    stages: dict[str, ImageRecipe] = {}
    name, stage = "", ImageRecipe()
    for keyword, rest in _list_steps(text):
        if keyword == "FROM":
            if name and name == target:
                break
            found = _FROM.fullmatch(rest)
            base = found[1] if found else ""
            name = (found[2] or f"{len(stages)}") if found else f"{len(stages)}"
            stage = stages.get(base, ImageRecipe())
        else:
            stage = _apply(stage, keyword, rest)
        if name:
            stages[name] = stage
    return stages.get(target or name, stage)


def _list_steps(text: str) -> Iterator[tuple[str, str]]:
    """The instructions, continued lines joined, without comments; documents within are left out."""
    waiting, end = "", ""
    for line in text.splitlines():
        if end:
            end = "" if line.strip() == end else end
            continue
        if line.lstrip().startswith("#") or not (line.strip() or waiting):
            continue
        if line.rstrip().endswith("\\"):
            waiting += line.rstrip()[:-1] + " "
            continue
        found = _STEP.fullmatch((waiting + line).strip())
        waiting = ""
        if found is not None:
            keyword = found[1].upper()
            here = _HERE.search(found[2]) if keyword in ("RUN", "COPY", "ADD") else None
            end = here[1] if here else ""
            yield keyword, found[2].strip()


def _apply(stage: ImageRecipe, keyword: str, rest: str) -> ImageRecipe:
    match keyword:
        case "ENTRYPOINT":
            words, is_shell = split_command(rest)
            return replace(stage, entrypoint=words, is_shell=is_shell, command=None)
        case "CMD":
            return replace(stage, command=split_command(rest)[0])
        case "WORKDIR":
            return replace(stage, folder=str(PurePosixPath(stage.folder, rest.strip("\"'"))))
        case "ENV":
            return replace(stage, env=(*stage.env, *_read_settings(rest)))
        case "EXPOSE":
            found = [int(word.partition("/")[0]) for word in rest.split() if re.match(r"\d{1,5}(/|$)", word)]
            return replace(stage, ports=(*stage.ports, *found))
        case "COPY" | "ADD":
            return replace(stage, copied=(*stage.copied, *_read_copy(stage, rest)))
        case "HEALTHCHECK":
            return replace(stage, health=rest)
        case _:
            return stage


def split_command(text: str) -> tuple[tuple[str, ...], bool]:
    """The words of a command, and whether a shell runs it; where no shell is needed, none does."""
    try:
        listed = json.loads(text)
        if isinstance(listed, list) and listed and all(isinstance(word, str) for word in listed):
            return tuple(listed), False
    except ValueError:
        pass
    return as_words(text), True


def as_words(text: str) -> tuple[str, ...]:
    """The words of a line for a shell; the shell itself where it does more than split."""
    plain = text.strip().removeprefix("exec ")
    if _OF_A_SHELL.search(plain) is None:
        try:
            return tuple(shlex.split(plain))
        except ValueError:
            pass
    return ("sh", "-c", text.strip())


def _read_settings(rest: str) -> list[tuple[str, str]]:
    """`A=1 B="2"`, and the old form `A 1`."""
    name, _, value = rest.partition(" ")
    if "=" not in name:
        return [(name, value.strip())]
    return [(found[1], found[2].strip("\"'")) for found in _SETTING.finditer(rest)]


def _read_copy(stage: ImageRecipe, rest: str) -> Iterator[Copied]:
    """What comes from the context, and not from another stage or the network."""
    listed = split_command(rest)[0]
    flags = [word for word in listed if word.startswith("--")]
    words = [word for word in listed if not word.startswith("--")]
    if len(words) < 2 or any(flag.startswith("--from") for flag in flags) or listed[:2] == ("sh", "-c"):
        return
    for source in words[:-1]:
        if "://" not in source:
            yield Copied(source, str(PurePosixPath(stage.folder, words[-1])))
