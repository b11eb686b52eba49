"""Pages opened in Firefox. Playwright drives a Firefox of its own alone; puppeteer drives the machine's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from .command import ROOT

JUDGES = ROOT / ".judges"
DRIVER = ROOT / "tests" / "browser" / "firefox.mjs"


def ask_firefox(pages: Sequence[Mapping[str, Any]], ask: str, given: Sequence[Any], **env: str) -> list[Any]:
    """What the function `ask` of `given` answers in each page: `url` or `html`, and `size` in pixels.

    `env` is added to Firefox's environment. A page that throws an error fails."""
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    assert program, "pictures are tested in a second browser: install firefox-esr"
    assert (JUDGES / "node_modules/puppeteer-core").is_dir(), "`bash .ci/tools` installs puppeteer"
    job = {"judges": f"{JUDGES}/", "program": program, "ask": ask, "given": given, "pages": pages}
    run = subprocess.run(
        ["node", DRIVER],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    answers = json.loads(run.stdout)
    assert [answer["errors"] for answer in answers] == [[] for _ in pages]
    return [answer["answer"] for answer in answers]
