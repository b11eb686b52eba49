"""What is printed to be pasted is read as the same request, whatever its names are."""

from __future__ import annotations

import json

import pytest

from skewproof.model.language import loads
from skewproof.model.language.writing import write_request

NAMES = [
    "zed",
    "null",
    "~",
    "1.0",
    "yes",
    "a:",
    ":b",
    "#c",
    "a#b",
    "-",
    "- x",
    "'",
    '"',
    "\\",
    "{x}",
    "[",
    "é",
    "日本",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_request_is_read_as_it_was_written(name: str) -> None:
    word = name.replace(" ", "")
    subject = word.replace('"', "'")  # a subject holds no double quotes, for they stand around it
    text = json.dumps(
        {
            "components": {word: {"kind": "service"}},
            "requests": {
                f"{name} x": [
                    {f"client calls {word}": subject},
                    {f"{word} calls {word}": f"y using {word}/{subject}"},
                ]
            },
            "pipeline": ["A"],
        },
        ensure_ascii=False,
    )
    deployment = loads(text)
    (request,) = deployment.requests
    components = f"components: {{{json.dumps(word)}: {{kind: service}}}}"
    written = f"{components}\npipeline: [A]\nrequests:\n{write_request(request)}\n"
    assert loads(written).requests == (request,)


def test_plain_names_stay_plain() -> None:
    deployment = loads(
        "{components: {a: {kind: service}}, requests: {go on: [client calls a: x.y]}, pipeline: [A]}"
    )
    assert write_request(deployment.requests[0]) == "  go on:\n    - client calls a: x.y"
