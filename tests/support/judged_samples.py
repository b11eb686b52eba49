"""What was judged, for the tests of outputs: deployments of the samples with hazards, and files without."""

from __future__ import annotations

from skewproof import check, loads
from skewproof.cli.outputs.judged import Judged, Silent, Verdict, WrongInput
from skewproof.model.errors import InvalidDeploymentError

SHOP = """\
system: shop
components: {browser: {kind: client}, web: {kind: service}, db: {kind: database}}
requests:
  buy: [browser calls web: buy, web writes db: orders]
  look: [browser calls web: look, web reads db: orders]
pipeline: [{Migrate: [migrate db]}, {Roll: [deploy web]}]
changes: {db/orders: {breaks: [V1 -> V2], note: the column is gone}}
properties: {often: "always web.up >= 1"}
"""


def judge(text: str = SHOP, file: str = "shop.yaml") -> Judged:
    """The text as a file of that name, judged."""
    try:
        deployment = loads(text, file)
    except InvalidDeploymentError as wrong:
        return Judged(file, 2, WrongInput(wrong.problems))
    answer = check(deployment)
    return Judged(file, 1 if answer.hazards else 0, Verdict(deployment, answer))


def judge_all() -> list[Judged]:
    """One of each outcome."""
    idle = SHOP.replace("migrate db", "deploy web", 1).replace("{Roll: [deploy web]}", "{Rest: [deploy web]}")
    return [
        judge(),
        judge(SHOP.replace("breaks: [V1 -> V2]", "breaks: none"), "safe.yaml"),
        judge(idle, "idle.yaml"),
        judge(SHOP.replace("kind: client", "kind: clint"), "wrong.yaml"),
        Judged("large.yaml", 3, Silent("no time left (--timeout); give more")),
    ]
