"""What goes with what: instructions, aspects and verbs with kinds of components, and with each other."""

from __future__ import annotations

from collections.abc import Mapping

from ..deployment import Aspect, Instruction, Kind, Verb

_WITH_INSTANCES = frozenset(kind for kind in Kind if kind.has_instances)

INSTRUCTION_KINDS: Mapping[Instruction, frozenset[Kind]] = {
    Instruction.DEPLOY: _WITH_INSTANCES,
    Instruction.MIGRATE: frozenset({Kind.DATABASE}),
    Instruction.RECONFIGURE: frozenset({Kind.BROKER}),
    Instruction.SYNC: frozenset({Kind.CACHE}),
    Instruction.BACKFILL: frozenset({Kind.DATABASE}),
    Instruction.PURGE: frozenset({Kind.CACHE, Kind.BROKER}),
    Instruction.DRAIN: frozenset({Kind.BROKER}),
    Instruction.SUSPEND: frozenset({Kind.WORKER}),
    Instruction.RESUME: frozenset({Kind.WORKER}),
    Instruction.ENABLE: frozenset(),  # flags only
    Instruction.DISABLE: frozenset(),
    Instruction.AWAIT: frozenset(Kind),  # and flags
    Instruction.ROLLBACK: _WITH_INSTANCES,
    Instruction.REVERT: frozenset({Kind.DATABASE, Kind.BROKER}),
    Instruction.PROMOTE: _WITH_INSTANCES,
    Instruction.EXPIRE: frozenset(Kind),
    Instruction.SCALE: _WITH_INSTANCES,
}
AIMING = frozenset(
    {
        Instruction.DEPLOY,
        Instruction.ROLLBACK,
        Instruction.MIGRATE,
        Instruction.RECONFIGURE,
        Instruction.REVERT,
        Instruction.SYNC,
        Instruction.BACKFILL,
        Instruction.PURGE,
        Instruction.DRAIN,
        Instruction.EXPIRE,
    }
)
"""The instructions that can be followed by `to V`."""

LASTING = frozenset(
    {
        Instruction.ENABLE,
        Instruction.MIGRATE,
        Instruction.RECONFIGURE,
        Instruction.DEPLOY,
        Instruction.PURGE,
    }
)
"""The instructions that can be irreversible."""

FLAG_INSTRUCTIONS = frozenset({Instruction.ENABLE, Instruction.DISABLE, Instruction.AWAIT})

USUAL_INSTRUCTION: Mapping[Kind, Instruction] = {
    Kind.SERVICE: Instruction.DEPLOY,
    Kind.WORKER: Instruction.DEPLOY,
    Kind.CLIENT: Instruction.DEPLOY,
    Kind.DATABASE: Instruction.MIGRATE,
    Kind.CACHE: Instruction.SYNC,
    Kind.BROKER: Instruction.RECONFIGURE,
}
"""What brings a component of this kind to the next version."""

ASPECTS: Mapping[Kind, tuple[Aspect, ...]] = {
    Kind.SERVICE: (Aspect.CALL, Aspect.TOKEN),
    Kind.WORKER: (Aspect.CALL, Aspect.TOKEN),
    Kind.CLIENT: (Aspect.CALL, Aspect.TOKEN),
    Kind.DATABASE: (Aspect.SCHEMA, Aspect.CONTENT, Aspect.TOKEN),
    Kind.CACHE: (Aspect.CONTENT,),
    Kind.BROKER: (Aspect.SCHEMA, Aspect.CONTENT, Aspect.TOKEN),
}
"""The aspects that a hop to a provider of this kind can be judged in."""

_SCHEMA_VERBS = (Verb.READS, Verb.WRITES, Verb.PUBLISHES, Verb.CONSUMES)
VERBS: Mapping[Aspect, tuple[Verb, ...]] = {
    Aspect.CALL: (Verb.CALLS,),
    Aspect.SCHEMA: _SCHEMA_VERBS,
    Aspect.CONTENT: (Verb.READS, Verb.CONSUMES),
    Aspect.TOKEN: (Verb.CALLS, Verb.FORWARDS, *_SCHEMA_VERBS),
}
"""The verbs of which a break can be said in each aspect."""
