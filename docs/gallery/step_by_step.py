"""Writes docs/sccos-step-by-step (`make gallery`): Spryker's document beside the checker, step by step.

The document's words stand in `document.yaml` there, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from gallery import SCCOS, write

from skewproof.diagrams.pictures.film import draw_steps
from skewproof.diagrams.wording import count, tell_failure, tell_sides
from skewproof.model.compiler.compile import compile_deployment
from skewproof.model.compiler.space import explore
from skewproof.model.compiler.stepview import StepView
from skewproof.model.compiler.views import list_step_views
from skewproof.model.deployment import Deployment
from skewproof.model.language import load
from skewproof.properties.checker import check
from skewproof.properties.verdict import Answer, HopHazard

if TYPE_CHECKING:
    from skewproof.diagrams.graphviz import Drawing

FOLDER = Path(__file__).parents[1] / "sccos-step-by-step"


@dataclass(frozen=True)
class Judged:
    """The document's pessimistic scenario, a release as they are, and how everybody stands at each step."""

    deployment: Deployment
    answer: Answer
    realistic: Answer
    views: tuple[StepView, ...]


@cache
def judged() -> Judged:
    file = SCCOS / "deployment.yaml"
    deployment = load(file).pessimistic()
    realistic = check(load(file, SCCOS / "releases" / "realistic.yaml"))
    views = list_step_views(explore(compile_deployment(deployment)))
    return Judged(deployment, check(deployment), realistic, views)


def document() -> dict[str, Any]:
    """What the document says, and our remarks: `document.yaml`."""
    found: dict[str, Any] = yaml.safe_load((FOLDER / "document.yaml").read_text(encoding="utf-8"))
    return found


def pictures() -> Iterator[tuple[str, Drawing]]:
    """The architecture at each step with the name of its file."""
    it = judged()
    frames = draw_steps(it.deployment, it.answer, it.views)
    for view, frame in zip(it.views, frames, strict=True):
        yield _name(view), frame.draw()


def page() -> str:
    """The page in Markdown."""
    it, said = judged(), document()
    before = [None, *it.views]
    steps = (_step(view, last, said["steps"][view.step]) for last, view in pairwise(before) if view)
    return "\n".join([_introduction(said), _overview(said["steps"]), *steps])


def _name(view: StepView) -> str:
    return f"{view.number:02}-{re.sub(r'[^a-z0-9]+', '-', view.step.lower()).strip('-')}"


def _introduction(said: Mapping[str, Any]) -> str:
    source = f"[“{said['title']}”]({said['url']})"
    return f"""# Spryker Cloud Commerce OS, step by step

Left, what {source} of {said["publisher"]}'s documentation says of a step (last updated
{said["updated"]}); right, what skewproof finds in `examples/sccos` while the pipeline stands there; below,
the architecture as it draws it.

> {said["scenario"]}

So does this page: `skewproof check examples/sccos/deployment.yaml --pessimistic`, every contract broken both
ways. “Can break” is a claim about all interleavings. *inevitable*: every timing has a moment, here or at
another step at which the pair is listed, when a quick request is struck. *race*: some timings avoid it.

In the document's list of steps: “{said["marking"]}”
The last column is one release as they are, `examples/sccos/releases/realistic.yaml`.

The quotations are {said["publisher"]}'s, taken word for word from that page, which names no licence of its
own; its films and drawings are not copied. They stand once, in [document.yaml](document.yaml), each step with
the tests of `tests/examples/test_spryker_document.py` that hold it. `make gallery` writes this page, and a
test keeps it current.
"""


def _overview(steps: Mapping[str, Any]) -> str:
    it = judged()
    rows = []
    for view in it.views:
        marked = "may break or impact" if steps[view.step].get("italic") else "–"
        link = f"[{view.step}](#{_slug(_heading(view))})"
        rows.append(f"| {link} | {marked} | {_open(it.answer, view)} | {_open(it.realistic, view)} |")
    head = [
        "| step | the document | can break, pessimistic | of `realistic.yaml` |",
        "| --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows, ""])


def _open(answer: Answer, view: StepView) -> str:
    hazards = [hazard for hazard in answer.at_hops if view.step in hazard.window]
    if not hazards:
        return "nothing"
    return _counted(hazards)


def _counted(hazards: Iterable[HopHazard]) -> str:
    """`2 pairs, 3 requests`: a pair that breaks several requests is one."""
    told = list(hazards)
    pairs = {
        (
            hazard.contract,
            hazard.kind,
            hazard.aspect,
            *tell_sides(hazard, judged().deployment),
        )
        for hazard in told
    }
    return f"{count(len(pairs), 'pair')}, {count(len({hazard.request for hazard in told}), 'request')}"


def _step(view: StepView, last: StepView | None, said: Mapping[str, Any]) -> str:
    """A step: the two columns, the drawing, and how they differ. All of it is HTML, since Markdown
    within a table's cells is not Markdown everywhere."""
    drawn = f"{_name(view)}.svg"
    alt = f"The architecture at {view.step}: {_spoken(view)}"
    return f"""## {_heading(view)}

<table>
<tr><th width="40%">The document</th><th width="60%">skewproof</th></tr>
<tr>
<td valign="top">{_quotes(said)}</td>
<td valign="top">{_findings(view, last)}</td>
</tr>
<tr><td colspan="2"><a href="{drawn}"><img src="{drawn}" width="100%" alt="{escape(alt)}"></a></td></tr>
<tr><td colspan="2"><b>Compared:</b> {_marked_up(said["remark"])}</td></tr>
</table>
"""


def _heading(view: StepView) -> str:
    inside = 1 <= view.number <= view.total
    return f"Step {view.number} of {view.total}: {view.step}" if inside else view.step


def _slug(heading: str) -> str:
    """What GitHub and GitLab make of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _quotes(said: Mapping[str, Any]) -> str:
    marked = "Marked as a step that may break or impact the application." if said.get("italic") else ""
    if "section" not in said:
        return f"Listed among the steps, not marked, without a section of its own. {marked}".strip()
    quotes = "".join(f"<blockquote>{_marked_up(quote)}</blockquote>" for quote in said["quotes"])
    return f"Section “{escape(said['section'])}”. {marked}{quotes}"


def _marked_up(text: str) -> str:
    """`code` and *emphasis* as HTML."""
    said = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*([^*]+)\*", r"<i>\1</i>", said)


def _findings(view: StepView, last: StepView | None) -> str:
    """What can break at the step: what opens here first, then what has been open before."""
    it = judged()
    here = [hazard for hazard in it.answer.at_hops if view.step in hazard.window]
    if not here:
        return "<b>No request can break.</b>"
    fresh = [hazard for hazard in here if last is None or last.step not in hazard.window]
    old = [hazard for hazard in here if hazard not in fresh]
    parts = [(f"{_counted(fresh)} from here on", fresh), (f"{_counted(old)} still open", old)]
    return "".join(f"<b>{title}</b><ul>{_listed(hazards)}</ul>" for title, hazards in parts if hazards)


def _listed(hazards: Iterable[HopHazard]) -> str:
    by_request = groupby(hazards, key=lambda hazard: hazard.request)
    return "".join(
        f"<li><i>{escape(request or '')}</i><br>{'<br>'.join(map(_pair, pairs))}</li>"
        for request, pairs in by_request
    )


def _pair(hazard: HopHazard) -> str:
    left, right = tell_sides(hazard, judged().deployment)
    word = "<b>inevitable</b>" if hazard.inevitable else "race"
    return f"{escape(left)} → {escape(right)}: {escape(tell_failure(hazard))}, {hazard.severity}, {word}"


def _spoken(view: StepView) -> str:
    """The versions at each component, for who does not see the drawing."""
    seen = (f"{name} {'/'.join(one.versions)}" for name, one in view.components.items() if one.versions)
    return ", ".join(seen)


if __name__ == "__main__":
    write(pictures(), FOLDER)
    (FOLDER / "README.md").write_text(page(), encoding="utf-8", newline="\n")
