"""Who may call whom: network policies, and authorization policies of Istio."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from ...names import Place
from ..seen import Basis, Origin, SeenParts
from ..views import View
from .network import select
from .objects import Cluster, Object, is_empty
from .workloads import Workload

_JOB_KINDS = ("Job",)


@dataclass(slots=True)
class Policies:
    """Policies add up: what one of them allows is allowed."""

    cluster: Cluster
    workloads: list[Workload]
    seen: SeenParts
    selected: dict[str, Origin] = field(default_factory=dict)
    is_open: set[str] = field(default_factory=set)
    missing: dict[tuple[str, str], tuple[str, Place]] = field(default_factory=dict)

    def see(self) -> None:
        """Adds links for what is allowed by name, and what of a unit is limited; tells of labels that nobody
        has."""
        for policy in self.cluster.of("NetworkPolicy"):
            self._network_policy(policy)
        for policy in self.cluster.of("AuthorizationPolicy", "security.istio.io"):
            self._authorization_policy(policy)
        self.seen.limited |= {name: one for name, one in self.selected.items() if name not in self.is_open}
        for message, place in self.missing.values():
            self.seen.remark(message, place)

    def _network_policy(self, policy: Object) -> None:
        origin = Origin(policy.words, policy.place)
        targets = select(self.workloads, policy.spec.at("podSelector"), policy.namespace)
        if not targets:
            self._report_nobody(policy, policy.spec.at("podSelector"))
        kinds = {text for text, _ in policy.spec.at("policyTypes").texts()} or {"Ingress"}
        if "Ingress" in kinds:
            self._limit(targets, origin)
            for rule in policy.spec.at("ingress").items():
                self._ingress(policy, rule, targets)
        for rule in policy.spec.at("egress").items():
            for peer in rule.at("to").items():
                for provider in self._peers(policy, peer) or ():
                    self._allow((one.name for one in targets), [provider.name], policy, peer)

    def _ingress(self, policy: Object, rule: View, targets: list[Workload]) -> None:
        names = [one.name for one in targets]
        if not any(rule.at("from").items()):
            self.is_open.update(names)
        for peer in rule.at("from").items():
            consumers = self._peers(policy, peer)
            if consumers is None:
                self.is_open.update(names)
            else:
                self._allow((one.name for one in consumers), names, policy, peer)

    def _peers(self, policy: Object, peer: View) -> list[Workload] | None:
        """The workloads that are meant; None if it is all of them, or all of a namespace."""
        selector = peer.at("podSelector")
        if peer.at("ipBlock").is_there and not selector.is_mapping:
            return []
        if not selector.is_mapping or is_empty(selector):
            return None
        namespace = "" if peer.at("namespaceSelector").is_mapping else policy.namespace
        found = select(self.workloads, selector, namespace)
        if not found:
            self._report_nobody(policy, selector)
        return found

    def _authorization_policy(self, policy: Object) -> None:
        if policy.spec.at("action").text not in (None, "ALLOW"):
            return
        labels = policy.spec.at("selector")
        targets = select(self.workloads, labels, policy.namespace)
        self._limit(targets, Origin(policy.words, policy.place))
        names = [one.name for one in targets]
        for rule in policy.spec.at("rules").items():
            sources = [one.at("source") for one in rule.at("from").items()]
            if not sources:
                self.is_open.update(names)
            for source in sources:
                self._source(policy, source, names)

    def _source(self, policy: Object, source: View, names: list[str]) -> None:
        principals = list(source.at("principals").texts())
        if not principals:
            self.is_open.update(names)
        for text, place in principals:
            if "*" in text:
                self.is_open.update(names)
                continue
            consumers = [one.name for one in self.workloads if _runs_as(one, text)]
            if not consumers:
                message = f"{policy.words} allows `{text}`, and no workload runs as that"
                self.missing.setdefault((policy.name, text), (message, place))
            self._allow(consumers, names, policy, View(source.node, place))

    def _limit(self, targets: Iterable[Workload], origin: Origin) -> None:
        for one in targets:
            self.selected.setdefault(one.name, origin)

    def _allow(self, consumers: Iterable[str], providers: list[str], policy: Object, at: View) -> None:
        for consumer in consumers:
            self.seen.link(consumer, providers, Basis.POLICY, Origin(policy.words, at.place))

    def _report_nobody(self, policy: Object, selector: View) -> None:
        """A selector that no pod has: the manifests disagree, or some of them are not here."""
        told = ", ".join(f"{key}: {value}" for key, value in _wanted(selector))
        if not told:
            return
        values = {value for one in self.workloads for value in one.labels.values()}
        near = [
            close
            for _, value in _wanted(selector)
            for close in get_close_matches(value, sorted(values), 1, 0.75)
        ]
        hint = f"; is `{near[0]}` meant?" if near else ""
        message = f"{policy.words} names pods with `{told}`, and no workload has them{hint}"
        self.missing.setdefault((policy.name, told), (message, selector.place))


def _wanted(selector: View) -> Iterator[tuple[str, str]]:
    for key, value in selector.at("matchLabels").entries():
        yield key.text, value.text or ""


def _runs_as(one: Workload, principal: str) -> bool:
    """Whether pods run under `cluster.local/ns/NAMESPACE/sa/ACCOUNT`."""
    _, _, rest = principal.partition("/ns/")
    namespace, _, account = rest.partition("/sa/")
    own = one.spec.at("serviceAccountName").text or "default"
    return account == own and (not one.namespace or one.namespace == namespace)
