"""Python that two versions exchange: arguments of tasks (Celery, RQ), fields of serialised classes, enums.

The consumer runs a task, or reads an object, that a provider of another version sent: it must take what the
other one's signature lets be written. Sources are read by `griffe` and never run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ..judgement import Grade, Mismatch, Spot
from ..programs import load_library
from ..sides import Options, Side, UnjudgedError
from .reading import KEYWORD, POSITIONAL, VARIADIC, Signature, list_signatures


def compare(consumer: Side, provider: Side, options: Options) -> list[Mismatch]:
    """What the consumer's version of a function or class does not take. Raises `UnjudgedError`, and
    `MissingToolError` without the library."""
    library = load_library("griffe", "griffelib")
    reads, writes = (list_signatures(library, side) for side in (consumer, provider))
    name = consumer.pointer.strip("/")
    names = [name] if name else sorted(writes)
    reads |= dict(_list_renamed(writes, reads))
    if name and name not in reads and name not in writes:
        raise UnjudgedError(f"no function and no class `{name}` is on either side", consumer.path)
    newer = consumer if consumer.rank > provider.rank else provider
    found: list[Mismatch] = []
    for one in names:
        if one not in writes:
            continue  # nobody sends it
        if one not in reads:
            gone = "is not there yet" if newer is provider else "is gone"
            found.append(
                Mismatch(Grade.BREAKS, "removed", f"`{one}` {gone} at the consumer", writes[one].spot)
            )
        else:
            at = reads[one].spot if newer is consumer else writes[one].spot
            found += _compare(writes[one], reads[one], at)
    return list(dict.fromkeys(found))


def _list_renamed(
    writes: dict[str, Signature], reads: dict[str, Signature]
) -> Iterator[tuple[str, Signature]]:
    """Tasks that have another name in the code of who reads, and one that a decorator keeps on the wire."""
    by_wire = {one.sent_as: one for one in reads.values() if one.sent_as is not None}
    for name, written in writes.items():
        if name not in reads and written.sent_as in by_wire:
            yield name, by_wire[written.sent_as]


def _compare(written: Signature, read: Signature, spot: Spot) -> Iterator[Mismatch]:
    if written.is_enum or read.is_enum:
        yield from _compare_values(written, read, spot)
        return
    yield from _compare_options(written, read, spot)
    if written.bases != read.bases:
        made = [_show(one.bases) for one in (written, read)]
        text = f"`{read.name}` extends {made[0]} to who sends, {made[1]} to who reads, which is not looked up"
        yield Mismatch(Grade.UNKNOWN, "bases", text, spot)
    if written.unannotated != read.unannotated:
        kept = [_show(one.unannotated) for one in (written, read)]
        text = f"`{read.name}` keeps {kept[0]} to who sends, {kept[1]} to who reads"
        yield Mismatch(Grade.UNKNOWN, "unannotated", text, spot)
    yield from _compare_parameters(written, read, spot)
    if written.is_positional:
        yield from _compare_order(written, read, spot)


def _compare_options(written: Signature, read: Signature, spot: Spot) -> Iterator[Mismatch]:
    """What the decorator of a task says of its messages."""
    if written.sent_as != read.sent_as:
        names = [one.sent_as or "by its module" for one in (written, read)]
        texts = [name is None or name[:1] in "'\"" for name in (written.sent_as, read.sent_as)]
        text = f"`{read.name}` is sent as {names[0]}, and taken as {names[1]}"
        yield Mismatch(Grade.BREAKS if all(texts) else Grade.UNKNOWN, "name", text, spot)
    if written.serializer != read.serializer:
        shown = [one or "by default" for one in (written.serializer, read.serializer)]
        text = f"`{read.name}` is written as {shown[0]}, where {shown[1]} may be all that is accepted"
        yield Mismatch(Grade.MAY_BREAK, "serializer", text, spot)


def _compare_values(written: Signature, read: Signature, spot: Spot) -> Iterator[Mismatch]:
    for value in written.parameters:
        known = read.find(value.name)
        if known is None:
            yield Mismatch(Grade.BREAKS, "value", f"`{read.name}.{value.name}` is not known", spot)
        elif known.default != value.default:
            text = f"`{read.name}.{value.name}` is written as {value.default} and read as {known.default}"
            others = [one.default for one in read.parameters]
            grade = Grade.SILENT if value.default in others else Grade.BREAKS
            yield Mismatch(grade, "value", text, spot)


def _compare_parameters(written: Signature, read: Signature, spot: Spot) -> Iterator[Mismatch]:
    for one in read.parameters:
        sent, shown = written.find(one.name), f"`{read.name}`: `{one.name}`"
        if one.kind in VARIADIC:
            continue
        if one.default is None and (sent is None or sent.default is not None):
            how = "is never sent" if sent is None else "may be left out"
            yield Mismatch(Grade.BREAKS, "required", f"{shown} is needed, and {how}", spot)
        elif sent is not None and sent.default != one.default and sent.default is not None:
            text = f"{shown}: left out, it means {sent.default} to who sends and {one.default} to who reads"
            yield Mismatch(Grade.SILENT, "default", text, spot)
        if sent is not None and sent.alias != one.alias:
            names = [field.alias or "by its name" for field in (sent, one)]
            yield Mismatch(Grade.BREAKS, "alias", f"{shown} is written {names[0]} and read {names[1]}", spot)
        if (
            sent is not None
            and None not in (annotated := (sent.annotation, one.annotation))
            and (annotated[0] != annotated[1])
        ):
            text = f"{shown} is sent as {sent.annotation} and read as {one.annotation}"
            yield Mismatch(Grade.MAY_BREAK, "annotation", text, spot)
        if sent is not None and sent.kind != POSITIONAL and one.kind == POSITIONAL:
            text = f"{shown} may be sent by name, and is taken by position alone"
            yield Mismatch(Grade.BREAKS, "kind", text, spot)
        if sent is not None and sent.kind != KEYWORD and one.kind == KEYWORD and written.is_positional:
            text = f"{shown} may be sent by position, and is taken by name alone"
            yield Mismatch(Grade.BREAKS, "kind", text, spot)
    for sent in written.parameters:
        if sent.kind not in VARIADIC and read.find(sent.name) is None and not read.has(VARIADIC[1]):
            text = f"`{read.name}`: `{sent.name}` is sent, and not taken"
            yield Mismatch(Grade.BREAKS, "unexpected", text, spot)
    for kind in VARIADIC:
        if written.has(kind) and not read.has(kind):
            text = f"`{read.name}`: more arguments ({kind}) may be sent than are taken"
            yield Mismatch(Grade.MAY_BREAK, "unexpected", text, spot)


def _compare_order(written: Signature, read: Signature, spot: Spot) -> Iterator[Mismatch]:
    orders = [
        [one.name for one in signature.parameters if one.kind != KEYWORD and one.kind not in VARIADIC]
        for signature in (written, read)
    ]
    for index, (one, other) in enumerate(zip(*orders, strict=False)):
        if one != other and one in orders[1]:
            text = f"`{read.name}`: argument {index + 1} is sent as `{one}` and read as `{other}`"
            yield Mismatch(Grade.SILENT, "order", text, spot)


def _show(names: Collection[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names)) or "nothing"
