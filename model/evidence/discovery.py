"""`sources:` as they may be: contracts looked for by their names in the files of a repository."""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterator

from msgspec import Struct

from ..deployment import ContractFormat, Deployment, Kind
from ..language.writing import write_scalar
from ..names import Contract
from .documents import Library, Node
from .openapi import list_operations
from .sides import UnjudgedError
from .trees import Root

MAX_DOCUMENTS = 400
"""Files of YAML and JSON that are read to see what they are."""

_SKIPPED = frozenset(
    {"node_modules", "vendor", "third_party", ".venv", "venv", "dist", "build", "tests", "test"}
)
_SERVICE = re.compile(r"^\s*service\s+(\w+)", re.MULTILINE)
_CALL = re.compile(r"\brpc\s+(\w+)")
_PACKAGE = re.compile(r"^\s*package\s+([\w.]+)\s*;", re.MULTILINE)
_TABLE = re.compile(
    r"create\s+table\s+(?:if\s+not\s+exists\s+)?[\"`\[]?(?:\w+[\"`\]]?\.[\"`\[]?)?(\w+)", re.IGNORECASE
)
_TASK = re.compile(r"@[\w.]*task\b[^\n]*\n(?:@[^\n]*\n)*(?:async\s+)?def\s+(\w+)")
_DOCUMENTS = (".yaml", ".yml", ".json")


class Candidate(Struct, frozen=True):
    """A named part of a file, and for which kinds of provider it can be a contract."""

    name: str
    format: ContractFormat
    path: str
    pointer: str
    kinds: frozenset[Kind]


def propose_sources(deployment: Deployment, root: Root) -> str:
    """The section, to be pasted into the deployment file; what was not found stands in it as a comment."""
    found = list(_list_candidates(root))
    lines = ["sources:"]
    for contract in deployment.contracts:
        kind = deployment.components[contract.provider].kind
        best = _choose(contract, kind, found)
        key = write_scalar(str(contract))
        if best is None:
            lines.append(f"  # {key}: no file was found that names `{_plain(contract.subject)}`")
        else:
            path = os.path.relpath(f"/{best.path}", f"/{root.prefix}")
            target = path + (f"#{best.pointer}" if best.pointer else "")
            lines.append(f"  {key}: {{{best.format}: {json.dumps(target)}}}")
    return "\n".join(lines)


def _choose(contract: Contract, kind: Kind, found: list[Candidate]) -> Candidate | None:
    """The part with the contract's name; of several that which also names the provider, then the shortest."""
    wanted = _words(contract.subject)
    named = [one for one in found if kind in one.kinds and _words(one.name) == wanted]
    provider = _words(contract.provider)
    return min(
        named, key=lambda one: (provider not in _words(one.path), len(one.path), one.path), default=None
    )


def _words(text: str) -> str:
    """A name without its case, and without what stands between words."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _plain(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)


_CALLED = frozenset({Kind.SERVICE, Kind.WORKER})
_HELD = frozenset({Kind.BROKER, Kind.CACHE})


def _list_candidates(root: Root) -> Iterator[Candidate]:
    documents = 0
    library = Library(root.tree)
    for path in root.tree.list(""):
        if _SKIPPED & {*path.split("/")[:-1]}:
            continue
        try:
            if path.endswith(_DOCUMENTS):
                documents += 1
                if documents <= MAX_DOCUMENTS and _may_be_contract(root, path):
                    yield from _of_document(library.open(path), path)
            else:
                yield from _of_text(root, path)
        except UnjudgedError:
            continue  # whatever it is, no contract that could be judged


def _may_be_contract(root: Root, path: str) -> bool:
    text = root.tree.read(path)
    return any(word in text for word in (b"openapi", b"asyncapi", b"$schema"))


def _of_document(document: Node, path: str) -> Iterator[Candidate]:
    if document.has("openapi"):
        for name, (_, operation) in list_operations(document).items():
            pointer = "/" + "/".join(
                str(part).replace("~", "~0").replace("/", "~1") for part in operation.pointer
            )
            names = {name, str(operation.read("operationId", name)), str(operation.pointer[1])}
            for one in names:
                yield Candidate(one, ContractFormat.OPENAPI, path, pointer, _CALLED)
    elif document.has("asyncapi"):
        for channel, _ in document.raw("channels"):
            pointer = f"/channels/{str(channel).replace('~', '~0').replace('/', '~1')}"
            yield Candidate(str(channel), ContractFormat.ASYNCAPI, path, pointer, _HELD)
    elif document.has("$schema") and (document.has("properties") or document.has("type")):
        name = str(document.read("title") or path.rsplit("/", 1)[-1].split(".")[0])
        yield Candidate(name, ContractFormat.JSON_SCHEMA, path, "", _HELD)


def _of_text(root: Root, path: str) -> Iterator[Candidate]:
    folder = path.rpartition("/")[0]
    if path.endswith(".proto"):
        text = root.tree.read(path).decode("utf-8", "replace")
        package = _PACKAGE.search(text)
        yield from _of_proto(text, package[1] if package else "", path)
    elif path.endswith(".sql"):
        text = root.tree.read(path).decode("utf-8", "replace")
        for table in _TABLE.findall(text):
            yield Candidate(table, ContractFormat.SQL, folder or path, table, frozenset({Kind.DATABASE}))
    elif path.endswith(".avsc"):
        told = json.loads(root.tree.read(path)) if len(root.tree.read(path)) < 1_000_000 else {}
        if isinstance(told, dict) and isinstance(told.get("name"), str):
            yield Candidate(told["name"], ContractFormat.AVRO, path, "", _HELD)
    elif path.endswith(".py"):
        for task in _TASK.findall(root.tree.read(path).decode("utf-8", "replace")):
            yield Candidate(task, ContractFormat.PYTHON, path, task, _HELD)


def _of_proto(text: str, package: str, path: str) -> Iterator[Candidate]:
    folder = path.rpartition("/")[0] or path
    target = folder if "import " in text else path
    for part in re.split(r"(?=^\s*service\s)", text, flags=re.MULTILINE):
        service = _SERVICE.search(part)
        if service is None:
            continue
        full = f"{package}.{service[1]}".lstrip(".")
        yield Candidate(service[1], ContractFormat.PROTO, target, full, _CALLED)
        for call in _CALL.findall(part):
            for name in (call, f"{service[1]}/{call}"):
                yield Candidate(name, ContractFormat.PROTO, target, f"{full}/{call}", _CALLED)
