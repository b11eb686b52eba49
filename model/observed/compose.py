"""What `docker compose ps --format json` says: containers by service; those that are healthy are ready."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from ..manifests.json_files import Json, text_of
from .calling import ObservedUnit
from .gathering import Gathering

_VERSION_LABELS = ("org.opencontainers.image.version", "version")


def is_container(value: Json) -> bool:
    """Whether it is a row of `docker compose ps`."""
    return isinstance(value, dict) and all(isinstance(value.get(key), str) for key in ("Service", "State"))


def read_containers(rows: Iterable[Mapping[str, Json]], gathering: Gathering) -> None:
    """Adds what the rows say."""
    ready: dict[str, Counter[str]] = {}
    for row in rows:
        service = text_of(row, "Service")
        name = text_of(row, "Name")
        image = text_of(row, "Image")
        labels = _labels(row.get("Labels"))
        signs = tuple(labels[key] for key in _VERSION_LABELS if key in labels)
        unit = ObservedUnit(f"container {name or service}", (service,), (image,) if image else (), signs)
        component = gathering.component_of(unit)
        if component is None:
            continue
        counts = ready.setdefault(component, Counter())
        if text_of(row, "State") != "running" or text_of(row, "Health") not in ("", "healthy"):
            continue
        version = gathering.version_of(component, unit)
        if version is not None:
            counts[version] += 1
    for component, counts in ready.items():
        gathering.add(component, [dict(counts)], f"service {component}")


def _labels(value: Json) -> dict[str, str]:
    """Labels are one text, `a=b,c=d`, or a mapping."""
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if isinstance(one, str)}
    if not isinstance(value, str):
        return {}
    return dict(part.split("=", 1) for part in value.split(",") if "=" in part)
