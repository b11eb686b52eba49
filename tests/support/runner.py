"""The part of GitHub's runner that a composite action needs: expressions, conditions, `run` in a shell.

Steps that use other actions are not run but written down, with what they were given. Source: GitHub Docs,
"Metadata syntax for GitHub Actions", "Evaluate expressions in workflows and actions".
"""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Context = dict[str, Any]
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_TOKEN = re.compile(r"'(?:[^']*)'|\|\||&&|==|!=|[()]|always\(\)|[A-Za-z_][\w.-]*")


@dataclass
class Run:
    """How a job ended: whether it failed, all that was printed, and what other actions were given."""

    failed: bool = False
    log: str = ""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def run_action(file: Path, given: dict[str, Any], context: Context, folder: Path, **env: str) -> Run:
    """Runs the steps of a composite action in a folder; `env` is what the runner sets.

    The step that installs is left out: what it installs is what these tests run."""
    action = yaml.safe_load(file.read_text(encoding="utf-8"))
    defaults = {
        name: evaluate(str(one.get("default", "")), context) for name, one in action["inputs"].items()
    }
    assert set(given) <= set(defaults), "an input that the action does not have"
    inputs = defaults | {name: evaluate(str(value), context) for name, value in given.items()}
    run, scope = Run(), {**context, "inputs": inputs}
    for step in action["runs"]["steps"]:
        if step["name"] != "Install":
            _take(step, scope, run, folder, env)
    return run


def _take(step: dict[str, Any], scope: Context, run: Run, folder: Path, env: dict[str, str]) -> None:
    condition = str(step.get("if", "success()")).removeprefix("${{").removesuffix("}}")
    if ("always()" not in condition and run.failed) or not _is_met(condition, scope):
        run.skipped.append(step["name"])
        return
    if "uses" in step:
        with_ = {name: evaluate(str(value), scope) for name, value in step.get("with", {}).items()}
        run.used[step["uses"].partition("@")[0]] = with_
        return
    own = {name: evaluate(str(value), scope) for name, value in step.get("env", {}).items()}
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder,
        env={**os.environ, "PATH": path, **env, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        check=False,
    )
    run.log += done.stdout
    run.failed |= done.returncode != 0 and not step.get("continue-on-error")


def evaluate(text: str, scope: Context) -> str:
    """The text with its expressions worked out."""
    return _EXPRESSION.sub(lambda found: _as_text(_value(found[1], scope)), text)


def _is_met(condition: str, scope: Context) -> bool:
    return bool(_value(condition.replace("success()", "always()"), scope))


def _value(expression: str, scope: Context) -> Any:
    """`||`, `&&`, `==`, `!=`, names and texts: as Python has them, for all that our files use."""
    tokens = _TOKEN.findall(expression)
    assert "".join(tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", expression), expression
    words = {"||": " or ", "&&": " and ", "always()": "True"}
    text = "".join(words.get(token) or _operand(token, scope) for token in tokens)
    return eval(text, {"__builtins__": {}})  # our own files, and no names in it


def _operand(token: str, scope: Context) -> str:
    if token in ("==", "!=", "(", ")") or token.startswith("'"):
        return token
    value: Any = scope
    for name in token.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return repr(value)


def _as_text(value: Any) -> str:
    return (
        {True: "true", False: "false", None: ""}.get(value, str(value))
        if value in (True, False, None)
        else str(value)
    )
