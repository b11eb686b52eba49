"""What of a request is asked where one of its hops is judged."""

from __future__ import annotations

from dataclasses import replace

from ....model.compiler.stack import build_stack
from ....model.compiler.walker import find_sources
from ....model.deployment import (
    Component,
    Deployment,
    Drain,
    Hop,
    Instruction,
    Request,
    Route,
    Strategy,
    Verb,
)
from .keep import UNCHANGED

CALLER = "who calls"
"""Calls the consumer of a hop that is served at once; nobody in a file is called so."""


def ask_so_far(deployment: Deployment, request: Request, number: int) -> Request:
    """The hops up to `number` (from 1). Those behind it do not matter to it: whoever is on the stack by then
    is so until then, whatever comes after. But who is cut off may have made any hop since it was called, and
    what a later hop is using is carried until then, and holds up who waits until it has expired."""
    if _can_be_cut_off(deployment, request) or _may_carry_what_expires(deployment, request):
        return request
    return replace(request, hops=request.hops[:number])


def ask_at_once(deployment: Deployment, request: Request, number: int) -> Request | None:
    """The call of the hop's consumer and the hop alone, as of a request that comes just then: None where what
    came before may matter, or an instance on which the request stands may take no calls any more.

    The consumer's version takes calls as long as the request stands on it. So whatever the hop meets, a
    request meets that comes just then, after as many events, if no hop before has to wait or leaves anything
    there.
    """
    hops, stack = request.hops[:number], build_stack(request.hops)
    hop, caller = hops[-1], stack.frames[stack.callers[number - 1]]
    root, consumer = (deployment.components.get(name) for name in (request.root, hop.consumer))
    is_simple = not _has_instances(root) and all(_is_simple(deployment, one) for one in hops)
    if number == 1 or not is_simple or find_sources(deployment, request.hops, number):
        return None
    if _can_be_cut_off(deployment, request):
        return None
    if not caller.born:
        return replace(request, hops=(hop,))
    if consumer is None or consumer.strategy is Strategy.BLUE_GREEN or consumer.terminates_later:
        return None
    return replace(request, hops=(Hop(CALLER, Verb.CALLS, hop.consumer, UNCHANGED), hop))


def _is_simple(deployment: Deployment, hop: Hop) -> bool:
    """Whether everybody makes the hop, and it goes to any instance."""
    provider = deployment.components[hop.provider]
    is_everybodys = not (hop.since or hop.until or hop.by_leader or hop.to_leader)
    return is_everybodys and provider.route is Route.NONE and provider.machine is None


def _can_be_cut_off(deployment: Deployment, request: Request) -> bool:
    """Whether an instance that the request comes to may go without waiting for it."""
    names = (request.root, *(hop.provider for hop in request.hops))
    met = (deployment.components[name] for name in names if name in deployment.components)
    return any(_has_instances(one) and one.drain is Drain.ABRUPT for one in met)


def _may_carry_what_expires(deployment: Deployment, request: Request) -> bool:
    expires = any(action.instruction is Instruction.EXPIRE for action in deployment.actions)
    return expires and any(hop.using for hop in request.hops)


def _has_instances(component: Component | None) -> bool:
    return component is not None and component.kind.has_instances
