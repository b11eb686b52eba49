"""`skewproof watch`: each change of a file that counts brings the verdict anew."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from support.command import PATIENCE_S, invoke, start
from support.projects import SAFE, UNSAFE

Waits = Callable[[str], None]


def begin(folder: Path, *arguments: str) -> tuple[Waits, Callable[[], int]]:
    """A way to wait until it says something on standard error, and a way to end it by Ctrl-C."""
    process = start("watch", *arguments, cwd=folder)
    assert process.stderr is not None

    def wait(for_what: str) -> None:
        lines: list[str] = []

        def read() -> None:
            assert process.stderr is not None
            while not lines or for_what not in lines[-1]:
                lines.append(process.stderr.readline())
                if not lines[-1]:
                    return

        reader = Thread(target=read, daemon=True)
        reader.start()
        reader.join(PATIENCE_S)
        assert not reader.is_alive(), lines
        assert lines[-1], lines

    def end() -> int:
        process.send_signal(signal.SIGINT)
        return process.wait(PATIENCE_S)

    return wait, end


def test_a_change_of_any_file_brings_the_verdict_anew(tmp_path: Path) -> None:
    file, known = tmp_path / "deploy.yaml", tmp_path / "known.yaml"
    file.write_text(SAFE)
    wait, end = begin(tmp_path, "deploy.yaml", "--stories", "0", "--accept", "known.yaml")
    wait("exit status 2; 2 files are looked after")  # there is no known.yaml yet
    known.write_text("accept: []\n")
    wait("exit status 0;")
    file.write_text(UNSAFE)
    wait("exit status 1;")
    known.write_text("accept: [{component: db, reason: planned}]\n")
    wait("exit status 0;")
    file.write_text("components: [")
    wait("exit status 2;")
    file.unlink()
    wait("exit status 2;")
    file.write_text(UNSAFE)
    wait("exit status 0;")
    assert end() == 130


def test_settings_and_files_of_a_folder_are_looked_after(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    settings = tmp_path / ".skewproof.toml"
    settings.write_text("stories = 0\n")
    (tmp_path / "skewproof.yaml").write_text(SAFE)
    wait, end = begin(tmp_path, ".")
    wait("exit status 0; 2 files")
    (tmp_path / "more.skew.yaml").write_text(UNSAFE)
    wait("exit status 1; 3 files")
    settings.write_text("stories = 0\nfail-on = 'corruption'\n")
    wait("exit status 0;")
    assert end() == 130


@pytest.mark.parametrize("arguments", [[], ["deploy.yaml", "--no-such"], ["deploy.yaml", "--engine", "x"]])
def test_wrong_options_end_it(tmp_path: Path, arguments: list[str]) -> None:
    done = invoke("watch", *arguments, cwd=tmp_path)
    assert (done.returncode, "Error: " in done.stderr) == (2, True)
