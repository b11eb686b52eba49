"""Deployments of the examples and of shapes that a picture has to bear, each judged once."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from skewproof.diagrams.graphviz import draw_picture
from skewproof.diagrams.pictures.canvas import Canvas
from skewproof.model.compiler.stepview import StepView
from skewproof.model.compiler.task import Task
from skewproof.model.deployment import Deployment
from skewproof.model.language import load, loads
from skewproof.properties.checker import check
from skewproof.properties.coverage.step_views import find_step_views
from skewproof.properties.verdict import Answer
from support.geometry import faults
from support.large_shop import large_shop
from support.picture_samples import HOSTILE, LONG, chain, named, star

EXAMPLES = Path(__file__).parents[2] / "examples"
SCCOS = EXAMPLES / "sccos"


BOUTIQUE = Path(__file__).parents[1] / "golden" / "files" / "imported" / "online-boutique.yaml"
BREAKING = """
changes:
  cartservice/api: {breaks: [V1 -> V2], note: a field more in AddItem}
  paymentservice/api: {breaks: [V2 -> V1], note: Charge wants a currency}
  productcatalogservice/api: {breaks: both, note: prices in cents}
"""
"""Three changes of Online Boutique, of which each breaks."""
STORIES = {
    "jwt": "jwt-rotation/naive",
    "stall": "rabbitmq-flags/stopped-node",
    "itself": "consul-leader-first/naive",
    "apart": "separate-triggers/naive",
    "versions": "rails-rename/merge-2-4",
}
PAIR = """
components: {{front: {{kind: service, replicas: 2}}, back: {{kind: service}}}}
requests: {{ask: [client calls front: page, front calls back: answer]}}
pipeline: [One: [deploy {first}], Two: [deploy {second}]]
changes: {{back/answer: {{breaks: {{call: {breaks}}}}}}}
"""


@cache
def deployment(name: str) -> Deployment:
    match name:
        case "chain" | "star":
            return loads(chain(100) if name == "chain" else star(20))
        case "short chain":
            return loads(chain(12))
        case "boutique":
            return loads(BOUTIQUE.read_text(encoding="utf-8"), changes=BREAKING)
        case "long" | "hostile":
            return loads(named(LONG if name == "long" else HOSTILE))
        case "shop":
            return loads(large_shop(200))
        case "pessimistic":
            return load(SCCOS / "deployment.yaml").pessimistic()
        case "otel":
            text = BOUTIQUE.with_name("otel-demo.yaml").read_text(encoding="utf-8")
            return loads(text, changes="changes: {cart/api: {breaks: none}}")
        case _ if name in STORIES:
            return load(EXAMPLES / "stories" / f"{STORIES[name]}.yaml")
        case _:
            return load(SCCOS / "deployment.yaml", SCCOS / "releases" / f"{name}.yaml")


@cache
def judged(name: str) -> tuple[Answer, tuple[StepView, ...]]:
    return check(deployment(name)), find_step_views(Task(deployment(name)))


SHAPES = (
    "realistic", "pessimistic", "compatible", "chain", "star", "long", "hostile", "shop", "jwt", "stall",
    "itself", "apart",
)  # fmt: skip


def is_legible(canvas: Canvas) -> None:
    assert list(faults(canvas)) == []
    svg = draw_picture(canvas.draw(), "svg").decode()
    assert min(map(float, re.findall(r'font-size="([\d.]+)"', svg)), default=11.0) >= 11.0
    box = re.search(r'viewBox="0.00 0.00 ([\d.]+) ', svg)
    assert box
    assert float(box[1]) <= 830.5
    assert "\x1b" not in svg
