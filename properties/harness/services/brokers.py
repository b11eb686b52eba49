"""The part RabbitMQ, and how its server is started."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlsplit

from ....model.resources.children import find_program
from ..errors import HarnessError, MissingPackageError
from ..parts import Broker
from .spawning import LOOPBACK, NotReadyError, is_listening, reserve_port

if TYPE_CHECKING:
    from ..site import Site
    from .rabbitmq import RabbitServer

START_S = 240.0
"""On a machine with nothing else to do it takes some five."""
SERVER = "/usr/lib/rabbitmq/bin"
"""Where Debian keeps the scripts that start the server as whoever runs them."""


class RabbitMQ(Broker, frozen=True):
    """A RabbitMQ broker. `topics`: from patterns to subjects. What is published is matched as
    `exchange/routing key`, or as the routing key alone at the default exchange; what is consumed, as the name
    of the queue.

    The server is one of this machine, started for the test, or `server`, the URL of one that runs and that
    nobody else uses: what lies in the queues that the versions declare is taken out, and at the end the
    queues and exchanges that they have declared are deleted.
    """

    server: str = ""

    @property
    def only_one(self) -> str:
        """What of it there is only once, so that no two worlds can have it."""
        return "a server that is given, which serves one run at a time" if self.server else ""

    def open(self, name: str, site: Site) -> RabbitServer:
        """The server, ready. Raises `HarnessError` that says what is missing."""
        try:
            from .rabbitmq import RabbitServer
        except ImportError as error:
            raise MissingPackageError(name, "RabbitMQ", error.name) from error
        if not self.server:
            return RabbitServer(self, _start_server(name, site))
        address = _read_url(self.server)
        return RabbitServer(self, address, _hold(name, address))


class BrokerAddress(NamedTuple):
    """Where a broker listens, and as whom it is reached."""

    host: str
    port: int
    user: str = "guest"
    password: str = "guest"  # noqa: S105 - what every new broker has
    virtual_host: str = "/"

    def url(self) -> str:
        secret = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"amqp://{secret}@{self.host}:{self.port}/{quote(self.virtual_host, safe='')}"

    def parameters(self) -> Any:
        import pika

        secret = pika.PlainCredentials(self.user, self.password)
        return pika.ConnectionParameters(self.host, self.port, self.virtual_host, secret)


def _read_url(url: str) -> BrokerAddress:
    found = urlsplit(url)
    if found.scheme != "amqp" or not found.hostname:
        raise HarnessError("`server` of RabbitMQ is a URL, `amqp://user:password@host:port/vhost`")
    user, password = unquote(found.username or "guest"), unquote(found.password or "guest")
    return BrokerAddress(found.hostname, found.port or 5672, user, password, unquote(found.path[1:]) or "/")


SIGN = "skewproof-in-use"
"""The queue by which a harness holds the virtual host that it was given."""


def _hold(name: str, address: BrokerAddress) -> Any:
    """A connection that holds the virtual host for as long as it is open: it has a queue there that no other
    connection may have. Raises `HarnessError` if another harness does: each would empty its queues."""
    import pika

    parameters = address.parameters()
    parameters.heartbeat = 0  # nobody speaks on it while runs go on
    try:
        connection = pika.BlockingConnection(parameters)
    except (pika.exceptions.AMQPError, OSError) as error:
        raise HarnessError(
            f"the RabbitMQ server of `{name}` at {address.host}:{address.port} lets nobody in: "
            f"{error or type(error).__name__}"
        ) from error
    try:
        connection.channel().queue_declare(SIGN, exclusive=True)
    except pika.exceptions.ChannelClosedByBroker as refused:
        if refused.reply_code == RESOURCE_LOCKED:
            connection.close()
            raise HarnessError(
                f"another harness uses the virtual host `{address.virtual_host}` of the RabbitMQ server of "
                f"`{name}`; give each one of its own"
            ) from refused
    return connection  # who may declare no such queue cannot know


RESOURCE_LOCKED = 405
"""The broker's word for a queue that belongs to another connection (AMQP 0-9-1, section 1.2)."""


def _start_server(name: str, site: Site) -> BrokerAddress:
    program = find_program("rabbitmq-server", SERVER) or find_program("rabbitmq-server")
    if program is None:
        raise HarnessError(
            f"`{name}` needs a RabbitMQ server on this machine (Debian: `apt-get install rabbitmq-server`), "
            "or the URL of one: RabbitMQ(server=…)"
        )
    folder = site.ward.folder / f"rabbitmq-{len(site.servers)}"
    folder.mkdir()
    (folder / "rabbit.conf").write_text("log.console = true\nlog.file = false\n", "utf-8")
    owner = _give_away(folder)
    with reserve_port() as port, reserve_port() as among_nodes, reserve_port() as of_names:
        address, env = BrokerAddress(LOOPBACK, port), _environment(folder, port, among_nodes, of_names)
        try:
            server = site.ward.spawn(name, [str(program)], env, folder, owner)
            server.wait_until(lambda: _is_up(address, _node_of(port)), START_S, "it takes no connections")
            site.ward.keep(server)
        except NotReadyError as error:
            raise HarnessError(f"the RabbitMQ server of `{name}` does not start: {error}") from error
    return address


def _node_of(port: int) -> str:
    """The node's name, before the host's."""
    return f"skewproof{port}"


def _environment(folder: Path, port: int, among_nodes: int, of_names: int) -> dict[str, str]:
    """All its files in one folder, all its ports of loopback, also that of the name server that it starts."""
    return {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"{_node_of(port)}@localhost",
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbit"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "RABBITMQ_NODE_IP_ADDRESS": LOOPBACK,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(among_nodes),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_PORT": str(of_names),
        "ERL_EPMD_ADDRESS": LOOPBACK,
    }


def _give_away(folder: Path) -> str | None:
    """To whom the folder is given: to the server's own user, where we are root; else it stays ours."""
    if os.geteuid() != 0:
        return None
    try:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "rabbitmq", "rabbitmq")
    except LookupError:
        return None
    folder.parent.chmod(0o711)  # it goes through there
    return "rabbitmq"


def _is_up(address: BrokerAddress, node: str) -> bool:
    """Whether the broker of that node takes connections there, and no other."""
    import pika

    if not is_listening(address.port):
        return False
    try:
        connection: Any = pika.BlockingConnection(address.parameters())
    except (pika.exceptions.AMQPError, OSError):
        return False
    told = connection._impl.server_properties
    connection.close()
    return bool(str(told.get("cluster_name")).partition("@")[0] == node)
