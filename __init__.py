"""Skewproof: a model checker for deployments.

A deployment file in, a verdict out:

>>> from skewproof import check, loads
>>> answer = check(loads('''
... system: shop
... versions: [V1, V2]
... components: {browser: {kind: client}, web: {kind: service}, stock: {kind: service}}
... requests: {buy: [browser calls web: buy, web calls stock: reserve]}
... pipeline: [{Deploy: [deploy web stock]}]
... changes: {stock/reserve: {breaks: {call: [V1 -> V2]}}}
... '''))
>>> [hazard.window for hazard in answer.verdict.hazards]
[('Deploy',)]

All names here are public. Each is imported when it is first used, so that a plain check pays neither for
Hypothesis nor for networkx. Inside, start with `skewproof.model` (what a deployment can do), then
`skewproof.properties` (what must hold); `docs/architecture.md` has the whole map.
"""

# Nothing is imported here, not even `__future__`: the command line begins with this module, and has yet to
# take the working folder from where Python looks for modules.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .model.deployment import Deployment
    from .model.errors import InvalidDeploymentError, SkewproofError
    from .model.language import load, loads
    from .model.machines.rollouts import Rollout, own_rollout
    from .model.resources.limits import Limits
    from .properties import harness, strategies
    from .properties.checker import check
    from .properties.engines.registry import engine
    from .properties.hunting.hunter import HazardousPathError, assert_no_hazardous_path, hunt
    from .properties.simulation.rollout_machine import RolloutMachine
    from .properties.verdict import Answer, Hazard, HopHazard, PropertyHazard, Safe, Unknown, Unsafe

__all__ = [
    "Answer",
    "Deployment",
    "Hazard",
    "HazardousPathError",
    "HopHazard",
    "InvalidDeploymentError",
    "Limits",
    "PropertyHazard",
    "Rollout",
    "RolloutMachine",
    "Safe",
    "SkewproofError",
    "Unknown",
    "Unsafe",
    "assert_no_hazardous_path",
    "check",
    "engine",
    "harness",
    "hunt",
    "load",
    "loads",
    "own_rollout",
    "strategies",
]

_HOMES = {
    ".model.deployment": ["Deployment"],
    ".model.errors": ["InvalidDeploymentError", "SkewproofError"],
    ".model.language": ["load", "loads"],
    ".model.machines.rollouts": ["Rollout", "own_rollout"],
    ".model.resources.limits": ["Limits"],
    ".properties.checker": ["check"],
    ".properties.engines.registry": ["engine"],
    ".properties.hunting.hunter": ["HazardousPathError", "assert_no_hazardous_path", "hunt"],
    ".properties.simulation.rollout_machine": ["RolloutMachine"],
    ".properties.verdict": ["Answer", "Hazard", "HopHazard", "PropertyHazard", "Safe", "Unknown", "Unsafe"],
}
"""The public names of each module."""

_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_PACKAGES = {"harness": ".properties.harness", "strategies": ".properties.strategies"}


def __getattr__(name: str) -> "Any":
    from importlib import import_module

    if name in _PACKAGES:
        return import_module(_PACKAGES[name], __name__)
    if name in _HOME_OF:
        return getattr(import_module(_HOME_OF[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
