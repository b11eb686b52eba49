"""`-o FILE` as a user may mean it: through links, into devices and pipes, and in words where it cannot be."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from skewproof.model.resources.files import write_whole
from support.command import PATIENCE_S, ROOT, SKEWPROOF, skewproof
from support.shops import CORNER_SHOP

SAFE = CORNER_SHOP.replace("[V1 -> V2]", "none")


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(SAFE)
    return tmp_path / "shop.yaml"


WRITERS: dict[str, Callable[[Path, str], list[str]]] = {
    "report": lambda shop, out: ["report", str(shop), "-o", out],
    "export": lambda shop, out: ["export", str(shop), "--to", "dot", "-o", out],
    "graphml": lambda shop, out: ["space", str(shop), "--graphml", out],
    "dot": lambda shop, out: ["space", str(shop), "--dot", out],
    "certificate": lambda shop, out: ["check", str(shop), "--certificate", out],
}
every_writer = pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
Writer = Callable[[Path, str], list[str]]


@every_writer
def test_a_link_stays_and_what_it_leads_to_is_written(writer: Writer, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    target, link = tmp_path / "deeper" / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    done = skewproof(*writer(shop, str(link)))
    assert done.returncode == 0, done.stderr
    assert link.is_symlink()
    assert len(target.read_text()) > 20
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert [file.name for file in (tmp_path / "deeper").iterdir()] == ["target"]


@every_writer
def test_a_device_stays_one(writer: Writer, shop: Path, tmp_path: Path) -> None:
    """A null device of our own, where we may make one; elsewhere the system's."""
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        device.open("wb").close()
    except OSError:
        device = Path("/dev/null")
    done = skewproof(*writer(shop, str(device)))
    assert done.returncode == 0, done.stderr
    assert stat.S_ISCHR(device.stat().st_mode)


def test_a_fifo_is_written_into(shop: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(["cat", str(fifo)], stdout=subprocess.PIPE) as reader:
        done = skewproof("export", str(shop), "--to", "dot", "-o", str(fifo))
        output, _ = reader.communicate(timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr
    assert output.startswith(b"digraph")
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_what_is_printed_to_can_be_named(shop: Path, tmp_path: Path) -> None:
    piped = skewproof("export", str(shop), "--to", "dot", "-o", "/dev/stdout")
    assert piped.stdout.startswith("digraph")
    command = f'"{SKEWPROOF}" report "{shop}" -o /dev/stdout > out; echo $?'
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("0\n", "")
    page = (tmp_path / "out").read_text()
    assert page.lower().startswith("<!doctype html>")
    assert page.rstrip().endswith("/dev/stdout"), "the page is not written over"
    assert "</html>" in page


@every_writer
def test_a_folder_is_no_file(writer: Writer, shop: Path) -> None:
    done = skewproof(*writer(shop, "."))
    assert done.returncode == 2
    assert "is a directory" in done.stderr.lower()


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("/", "Is a directory"),
        ("missing/file", "No such file or directory"),
        ("shop.yaml/file", "Not a directory"),
        ("/dev/full", "No space left on device"),
        ("loop", "symbolic links"),
        ("socket", "No such device or address"),
        ("n" * 300, "File name too long"),
    ],
)
def test_what_cannot_be_written_is_said(out: str, said: str, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(tmp_path)  # the name of a socket is short
        try:
            listener.bind("socket")
        finally:
            os.chdir(before)
        assert shop.exists()
        names = {file.name for file in tmp_path.iterdir()}
        done = skewproof("export", "shop.yaml", "--to", "dot", "-o", out, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert {file.name for file in tmp_path.iterdir()} == names


def test_what_may_not_be_written_is_said(shop: Path) -> None:
    """Not even root makes a file there."""
    done = skewproof("report", str(shop), "-o", "/proc/report.html")
    assert done.returncode == 2
    assert "/proc/report.html" in done.stderr


def test_a_picture_follows_no_link_that_lies_in_its_folder(shop: Path, tmp_path: Path) -> None:
    """The names of pictures are ours; who lays a link there means us to write somewhere else."""
    first = skewproof("diagram", str(shop), "-o", str(tmp_path / "out"), "--format", "dot")
    picture = Path(first.stdout.splitlines()[0])
    victim = tmp_path / "victim"
    victim.write_text("mine")
    picture.unlink()
    picture.symlink_to(victim)
    done = skewproof("diagram", str(shop), "-o", str(tmp_path / "out"), "--format", "dot")
    assert done.returncode == 2
    assert picture.name in done.stderr
    assert victim.read_text() == "mine"


@pytest.mark.parametrize("command", ["diagram", "hunt"])
def test_a_folder_of_pictures_that_cannot_be_made_is_said(command: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(CORNER_SHOP)
    for out in ("shop.yaml", "shop.yaml/in", "/dev/null", "/proc/pictures"):
        done = skewproof(command, "shop.yaml", "-o", out, "--format", "dot", cwd=tmp_path)
        assert done.returncode == 2, (out, done.stdout, done.stderr)
        assert "cannot write" in done.stderr


def test_learned_changes_go_the_same_way(tmp_path: Path) -> None:
    shop = ROOT / "examples" / "shop"
    done = skewproof("learn", "shop_harness:ExpandContract", "--allow-code", "-o", str(tmp_path), cwd=shop)
    assert done.returncode == 2
    assert "directory" in done.stderr


def test_a_new_file_has_the_mode_that_the_user_wants(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    write_whole(tmp_path / ("é" * 127), json.dumps({}).encode())
    assert len(list(tmp_path.iterdir())) == 2, "a name may be as long as the system lets it"
