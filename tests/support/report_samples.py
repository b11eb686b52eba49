"""Deployment files for reports: one in which every name is chosen to do harm, one with many services."""

from __future__ import annotations

from itertools import pairwise

HARMFUL_NAMES = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u05e9\u05dc\u05d5\u05dd",
    "'`${alert(1)}",
    "x" * 200,
    "\N{FISH CAKE WITH SWIRL DESIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}世界",
    "javascript:alert(1)",
    "<!--",
)


def hostile_file() -> str:
    """A deployment with hazards whose names, steps and notes are markup, script, long, right-to-left, emoji.

    Names of components hold neither white space nor `/` and `*`, as the language has it.
    """
    words = [name.translate(str.maketrans(" /*", "___")) for name in HARMFUL_NAMES]
    ends = pairwise(["client", *words])
    hops = ", ".join(f"{{{_quoted(f'{a} calls {b}')}: {_quoted(b)}}}" for a, b in ends)
    lines = [
        f"system: {_quoted(HARMFUL_NAMES[0])}",
        "versions: [V1, '<b>2']",
        "components:",
        *(f"  {_quoted(word)}: {{kind: service}}" for word in words),
        "requests:",
        *(f"  {_quoted(name)}: [{hops}]" for name in HARMFUL_NAMES),
        "pipeline:",
        *(f"  - {_quoted(name)}" for name in HARMFUL_NAMES[1:]),
        f"  - {_quoted(HARMFUL_NAMES[0])}: [{_quoted(' '.join(['deploy', *words[1:3]]))}]",
        "changes:",
        f"  {_quoted(f'{words[2]}/{words[2]}')}: {{breaks: both, note: {_quoted(HARMFUL_NAMES[0])}}}",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def many_services(number: int, per_step: int = 10) -> str:
    """A deployment of so many services, each calling the next three, rolled one after the other."""
    names = [f"service-{index:03}" for index in range(number)]
    lines = ["system: many services", "versions: [V1, V2]", "components:"]
    lines += [f"  {name}: {{kind: service}}" for name in names]
    lines += ["  store: {kind: database}", "requests:"]
    for index, name in enumerate(names):
        lines.append(f"  request {index:03}:")
        lines.append(f"    - client calls {name}: page")
        called = names[index + 1 : index + 4]
        lines += [f"    - {name} calls {other}: subject" for other in called]
        lines.append(f"    - {(called or [name])[-1]} writes store: rows")
    lines.append("pipeline:")
    for start in range(0, number, per_step):
        deploys = ", ".join(f"deploy {name}" for name in names[start : start + per_step])
        lines.append(f"  - step_{start // per_step + 1}: [{deploys}]")
    lines.append("changes:")
    lines += [f"  {name}/subject: {{breaks: both}}" for name in names[1::2]]
    return "\n".join(lines) + "\n"
