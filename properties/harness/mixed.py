"""What a user writes: how the parts are started, how a request is performed, what a right answer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from ...model.deployment import Deployment
from ...model.names import Contract
from ...model.resources.alarm import others_code
from .code import Code
from .disk import need_space
from .errors import NOT_THEIRS, HarnessError, Impossible, Interrupted, UndeclaredHop, Waiting
from .parts import Broker, Database, KeyStore, Part, Started
from .session import Director, Session, tell_exception
from .wires import Wires
from .world import World

if TYPE_CHECKING:
    from ...model.deployment import Request


class Wrong(Struct, frozen=True):
    """What an oracle says of a wrong answer; `hop` names the hop that made it wrong, as the file has it.

    Without `hop` it is the last hop of the handler that answered.
    """

    words: str
    hop: str | None = None


class Outcome(Struct, frozen=True):
    """A request that was answered: its name, what `perform` returned, and the world that it left."""

    request: str
    response: Any
    world: World

    def rows(self, database: str, statement: str) -> list[Any]:
        """What the database holds now."""
        return self.world.databases.rows(database, statement)


class MixedVersions:
    """Drives the real V1 and V2 of an application through the rollout of a deployment file.

    Subclass it: `deployment` is the file (`changes` a second one), `code` the code of each version if
    they are loaded side by side, `parts` says how to start each component, `perform` does what the
    client or the worker does to set a request off, `check` may say that an answer is wrong.
    """

    deployment: ClassVar[str | Path]
    changes: ClassVar[str | Path | None] = None
    code: ClassVar[Mapping[str, Code]] = {}

    def parts(self) -> Mapping[str, Part]:
        """A part for each component of the deployment."""
        raise NotImplementedError

    def perform(self, request: str, root: Any) -> Any:
        """Sets the request off and returns its answer.

        `root` is what the starting component's `start` gave (a job's worker), or the `Wires` of the
        anonymous client. Raising anything is a failure of the request.
        """
        raise NotImplementedError

    def check(self, outcome: Outcome) -> str | Wrong | None:  # noqa: ARG002 - for subclasses
        """What is wrong with an answer that came without an error; None if nothing is."""
        return None

    def contents(self, version: str) -> Mapping[str, Mapping[str, bytes]]:  # noqa: ARG002
        """What lies in caches and queues though no request writes it: contract -> key -> bytes."""
        return {}


def load_deployment(harness: MixedVersions) -> Deployment:
    """The harness's deployment, with its changes; `changes: {}` if it gives none.

    Raises `InvalidDeploymentError`.
    """
    from ...model.language import load

    deployment = load(harness.deployment, harness.changes)
    return deployment if deployment.changes is not None else replace(deployment, changes={})


def check_parts(harness: MixedVersions, deployment: Deployment) -> Mapping[str, Part]:
    """The harness's parts. Raises `HarnessError` with every component that lacks one that fits."""
    try:
        parts = harness.parts()
    except NOT_THEIRS:
        raise
    except Exception as error:
        raise HarnessError(f"`parts` of {type(harness).__name__} raises {tell_exception(error)}") from error
    wrong = []
    for name, component in deployment.components.items():
        kind = component.kind
        fits: type[Any] | tuple[type[Any], ...] = (
            Started if kind.has_instances else (Database, KeyStore, Broker)
        )
        if not isinstance(parts.get(name), fits):
            wrong.append(f"`{name}` is a {kind} and has {_kind_of(parts.get(name))}")
    wrong += [
        f"`{name}` is no component of the deployment" for name in parts if name not in deployment.components
    ]
    if wrong:
        raise HarnessError(f"the parts do not fit the deployment: {'; '.join(wrong)}")
    return parts


def _kind_of(part: Part | None) -> str:
    return "no part" if part is None else f"a part {type(part).__name__}"


def execute(
    harness: MixedVersions,
    world: World,
    request: Request,
    director: Director,
    kind: type[Session] = Session,
) -> Session:
    """Runs the request on the real thing, and returns what came of it."""
    session = kind(world.deployment, request, director)
    try:
        version = director.begin()
        with others_code():
            response = _perform(harness, world, session, version)
            session.settle()
            if session.ended is not None:
                raise session.ended
            if session.failure is None:
                _judge(harness, world, session, response)
    except Interrupted as interrupted:  # of who began the request: nobody above could ask again
        session.ended, session.lost = None, interrupted.hop
        session.fail(interrupted.hop, str(interrupted))
    except UndeclaredHop as ended:
        session.undeclared = str(ended)
    except Waiting:
        session.waits = True
    except Impossible:
        session.impossible = True
    except Exception:
        world.site.need_servers()  # one that is gone explains whatever stumbled over it
        raise
    finally:
        world.attend(None)
    if session.tripped is not None:
        raise HarnessError(session.tripped)
    refusal = world.tell_refusal(has_failed=session.failure is not None)
    if refusal is not None:
        raise HarnessError(refusal)
    if session.failure is not None:
        need_space(world.folder)
        world.site.need_servers()
    if not session.is_served:
        session.logs = tuple(world.tell_logs(session))
    return session


def _perform(harness: MixedVersions, world: World, session: Session, version: str | None) -> Any:
    root = session.request.root
    world.attend(session)
    with session.frame(root, version) as frame, world.running(version):
        try:
            starter = Wires(world, root, None) if version is None else world.instance(root, version)
            answer = harness.perform(session.request.name, starter)
            world.quiet(root)
            return answer
        except NOT_THEIRS:
            raise
        except Exception as error:
            if session.ended is not None:
                raise session.ended from error
            session.fail(frame.last, tell_exception(error))
            return None
        finally:
            if version is not None:
                session.answered = frame


def _judge(harness: MixedVersions, world: World, session: Session, response: Any) -> None:
    world.attend(None)
    try:
        verdict = harness.check(Outcome(session.request.name, response, world))
    except NOT_THEIRS:
        raise
    except Exception as error:  # an oracle may assert, and may stumble over what it did not expect
        verdict = tell_exception(error)
    if verdict is None:
        return
    wrong = verdict if isinstance(verdict, Wrong) else Wrong(verdict)
    session.fail(_blamed(session, wrong.hop), wrong.words, is_corruption=True)


def _blamed(session: Session, hop: str | None) -> int:
    if hop is None:
        return session.answered.last if session.answered is not None else 1
    names = [str(declared) for declared in session.request.hops]
    if hop not in names:
        raise HarnessError(f"`check` blames `{hop}`, which is no hop of `{session.request.name}`")
    return names.index(hop) + 1


def list_content_contracts(deployment: Deployment, parts: Mapping[str, Part]) -> list[Contract]:
    """The contracts of caches and queues."""
    return [c for c in deployment.contracts if isinstance(parts[c.provider], KeyStore | Broker)]
