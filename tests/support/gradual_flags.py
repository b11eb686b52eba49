"""The sample application with a flag that each instance takes up at its own moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skewproof.properties.harness import Part, Plain, Wires

from .harness_samples import DEPLOYMENT, Sample

GRADUAL = DEPLOYMENT.partition("  tell:")[0] + (
    "pipeline:\n  - Deploy: [deploy back front]\n  - Switch: [enable new per instance]\n"
    "flags: {new: {guards: [back/value], understands: own}}\n"
)
AT_ONCE = GRADUAL.replace(" per instance", "")
NEW_CALLS_BREAK = "changes: {back/value: {breaks: {call: both}}}"


@dataclass
class Gradual(Sample):
    """The front asks in the form that it sees the flag ask for; the back answers only who sees it alike."""

    text: str = GRADUAL
    is_tolerant: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.front = self.ask_in_form

    def ask_in_form(self, _: str, wires: Wires) -> Any:
        return wires.call("back", "value", form_of(wires))

    def start_back(self, version: str, wires: Wires) -> Any:
        def handle(_: str, form: str) -> Any:
            if form != form_of(wires) and not self.is_tolerant:
                raise ValueError(f"{version} asks for {form_of(wires)}, and hears {form}")
            return 7 if self.back is None else self.back(version, wires)

        return handle


def form_of(wires: Wires) -> str:
    return "new" if wires.version == "V2" and wires.flag("new") else "old"


USING = """
components: {front: {kind: service}, back: {kind: service}}
requests:
  ask:
    - client calls front: page
    - front calls back: value
    - front calls back: spend using value
pipeline:
  - Deploy: [deploy back front]
  - Switch: [enable new]
flags: {new: {guards: [back/value, back/spend], understands: own}}
"""
OLD_TOKENS_BREAK = "changes: {back/spend: {breaks: {token: both}}}"


@dataclass
class Spending(Gradual):
    """The front gets a value in the form of the day, and spends it a call later: another form is refused."""

    text: str = USING
    is_asked_once: bool = False

    def parts(self) -> Mapping[str, Part]:
        front = Plain(lambda version, wires: lambda *_: self.front(version, wires))
        return {"front": front, "back": Plain(self.start_back)}

    def ask_in_form(self, _: str, wires: Wires) -> Any:
        form = form_of(wires)
        value = wires.call("back", "value", form)
        return wires.call("back", "spend", form if self.is_asked_once else form_of(wires), value)

    def start_back(self, version: str, wires: Wires) -> Any:
        def handle(subject: str, form: str, value: str = "") -> Any:
            if subject == "spend" and value != form:
                raise ValueError(f"{version} spends in the {form} form what it has in the {value} one")
            return form

        return handle

    def perform(self, request: str, root: Any) -> Any:
        return root.call("front", "page")
