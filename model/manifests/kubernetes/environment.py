"""What containers are told: variables, arguments, and files of ConfigMaps."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

from ...names import Place
from ..hosts import says_address
from ..seen import Origin
from ..views import View
from .objects import Cluster, Object, share
from .workloads import Workload

_REFERENCE = re.compile(r"\$\(([A-Za-z_][\w.-]{0,200})\)")
MAX_VALUE = 200_000


class Told(NamedTuple):
    """A text that a container is given; `name` is the variable's, or empty."""

    name: str
    text: str
    origin: Origin


def list_told(workload: Workload, container: View, cluster: Cluster) -> Iterator[Told]:
    """All that a container is told; secrets are read for the hosts in them, and never shown."""
    variables = list(_variables(workload, container, cluster))
    values = {one.name: one.text for one in variables}
    for one in variables:
        text = _REFERENCE.sub(lambda found: values.get(found[1], ""), one.text)[:MAX_VALUE]
        yield one._replace(text=_lead_outside(one.name, text, workload, cluster))
    for key in ("command", "args"):
        for text, place in container.at(key).texts():
            yield Told("", text, Origin(key, place))


def _lead_outside(name: str, text: str, workload: Workload, cluster: Cluster) -> str:
    """An address with the hosts to which Services without pods lead (`type: ExternalName`)."""
    for service in cluster.of("Service", ""):
        outside = service.spec.at("externalName").text
        if outside is None or service.name not in text or not share(service.namespace, workload.namespace):
            continue
        if text == service.name and says_address(name):
            return outside
        domain = rf"(?:\.{re.escape(service.namespace or 'default')}(?:\.svc(?:\.cluster\.local)?)?)?"
        host = rf"(?<=[/@,=]){re.escape(service.name)}{domain}(?=[:/,?]|$)"
        text = re.sub(host, outside.replace("\\", ""), text)
    return text


def list_files(workload: Workload, cluster: Cluster) -> Iterator[Told]:
    """The files of ConfigMaps that a pod has as volumes."""
    for volume in workload.spec.at("volumes").items():
        sources = (volume, *volume.at("projected", "sources").items())
        for source in sources:
            name = source.at("configMap", "name").text
            found = cluster.find("ConfigMap", name, workload.namespace)
            for key, value in found.view.at("data").entries() if found else ():
                if value.text is not None:
                    yield Told("", value.text, Origin(f"ConfigMap {name}", key.place))


def _variables(workload: Workload, container: View, cluster: Cluster) -> Iterator[Told]:
    """Later ones count where a name stands twice, which matters to nobody who looks for hosts."""
    for source in container.at("envFrom").items():
        prefix = source.at("prefix").text or ""
        for key, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            found = cluster.find(kind, source.at(key, "name").text, workload.namespace)
            for name, text, place in _data(found):
                yield Told(prefix + name, text, Origin(prefix + name, place))
    for variable in container.at("env").items():
        name = variable.at("name").text or ""
        value = variable.at("value")
        if value.text is not None:
            yield Told(name, value.text, Origin(name, value.place))
        for key, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            reference = variable.at("valueFrom", key)
            found = cluster.find(kind, reference.at("name").text, workload.namespace)
            wanted = reference.at("key").text
            for _, text, place in (one for one in _data(found) if one[0] == wanted):
                yield Told(name, text, Origin(name, place))


def _data(one: Object | None) -> Iterator[tuple[str, str, Place]]:
    """The entries of a ConfigMap or a Secret."""
    if one is None:
        return
    for section in ("data", "stringData"):
        for key, value in one.view.at(section).entries():
            text = value.text
            if text is not None and one.kind == "Secret" and section == "data":
                text = _decode(text)
            if text is not None:
                yield key.text, text, key.place


def _decode(text: str) -> str | None:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
