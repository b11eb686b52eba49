"""A Docker daemon for tests, and images of two small services that need nothing but BusyBox."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skewproof.properties.harness import Image, MixedVersions, Outcome, Part

DEPLOYMENT = """
components:
  front: {kind: service}
  back:  {kind: service}
requests:
  ask:
    - client calls front: page
    - front calls back: price
pipeline:
  - Deploy: [deploy back, deploy front]
flags: {sale: {}}
changes:
  back/price: {breaks: {call: both}}
"""

TOOLS = ("sh", "cat", "httpd", "sed", "wget")

START = """#!/bin/sh
trap 'exit 0' TERM
httpd -f -p "127.0.0.1:$PORT" -h /www &
wait
"""

PAGE = """#!/bin/sh
answer=$(wget -q -O - "http://$BACKEND/price")
value=$(echo "$answer" | sed -n 's/.*"NAME": \\([0-9]*\\).*/\\1/p')
if [ -z "$value" ]; then
    echo "PriceError: no NAME in $answer" >&2
    printf 'Status: 500 Internal Server Error\\r\\n\\r\\n'
else
    printf 'Content-Type: application/json\\r\\n\\r\\n{"value": %s, "flags": %s}' "$value" "$(cat "$FLAGS")"
fi
"""

NAMES = {"V1": "price", "V2": "amount"}
"""What the field is called."""


def run(*words: str, given: bytes | None = None) -> str:
    done = subprocess.run(["docker", *words], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@contextmanager
def docker_daemon(folder: Path) -> Iterator[None]:
    """The daemon that answers already, or one of our own, which needs root and leaves networks alone."""
    if _answers():
        yield
        return
    assert shutil.which("dockerd"), "no Docker daemon answers, and none is installed"
    socket = f"unix://{folder}/socket"
    words = ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]
    places = ["--data-root", f"{folder}/data", "--exec-root", f"{folder}/run", "--pidfile", f"{folder}/pid"]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen([*words, *places, "--host", socket], stdout=log, stderr=log)
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = socket
    try:
        end = time.monotonic() + 60
        while not _answers():
            said = (folder / "log").read_text()[-2000:]
            assert daemon.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.1)
        yield
    finally:
        daemon.terminate()
        daemon.wait(60)
        _unmount(folder)
        os.environ.pop("DOCKER_HOST")
        if before is not None:
            os.environ["DOCKER_HOST"] = before


def _unmount(folder: Path) -> None:
    """The daemon leaves the network of this machine behind, mounted."""
    mounted = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    for place in [place for place in mounted if Path(place).is_relative_to(folder)]:
        subprocess.run(["umount", "--lazy", place], check=True)


def _answers() -> bool:
    words = ["docker", "version", "--format", "{{.Server.Version}}"]
    return bool(shutil.which("docker")) and subprocess.run(words, capture_output=True).returncode == 0


@contextmanager
def built_images() -> Iterator[None]:
    """`skewproof-front` and `skewproof-back`, each in both versions."""
    for version, name in NAMES.items():
        price = json.dumps({name: 7}).encode()
        _build(f"skewproof-back:{version}", {"www/price": (price, 0o644)})
        page = PAGE.replace("NAME", name).encode()
        _build(f"skewproof-front:{version}", {"www/cgi-bin/page": (page, 0o755)})
    yield
    run("rmi", "--force", *(f"skewproof-{one}:{v}" for one in ("back", "front") for v in NAMES))


def _build(image: str, files: Mapping[str, tuple[bytes, int]]) -> None:
    busybox = shutil.which("busybox")
    assert busybox is not None
    everything = {
        "bin/busybox": (Path(busybox).read_bytes(), 0o755),
        "start": (START.encode(), 0o755),
        **files,
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, (content, mode) in everything.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), mode
            archive.addfile(entry, io.BytesIO(content))
        for tool in TOOLS:
            link = tarfile.TarInfo(f"bin/{tool}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            archive.addfile(link)
    run("import", "--change", 'CMD ["/start"]', "-", image, given=packed.getvalue())


def list_containers() -> list[str]:
    """Those that a harness has started, also when they have ended."""
    return run("ps", "--all", "--quiet", "--filter", "name=skewproof-").split()


@dataclass
class Images(MixedVersions):
    """A test gives what is different."""

    folder: Path
    front: Mapping[str, Any] = field(default_factory=dict)
    command: str = "skewproof-front:{version}"
    answers: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        file = self.folder / "images.yaml"
        file.write_text(DEPLOYMENT, "utf-8")
        self.deployment = file  # type: ignore[misc]  # a sample has a file of its own

    def parts(self) -> Mapping[str, Part]:
        return {
            "front": Image(
                self.command,
                env={"PORT": "{port}", "BACKEND": "{back}", "FLAGS": "{flags}"},
                **self.front,
            ),
            "back": Image("skewproof-back:{version}", env={"PORT": "{port}"}),
        }

    def perform(self, request: str, root: Any) -> Any:
        return root.http("front").request("GET", "/cgi-bin/page")

    def check(self, outcome: Outcome) -> str | None:
        self.answers.append(outcome.response.json())
        return None if self.answers[-1]["value"] == 7 else "another price"
