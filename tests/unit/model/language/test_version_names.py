"""`versions` of a component: what is read, and what cannot be meant."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads

TEXT = """
versions: [V1, V2, V3]
components:
  zed: {{kind: service, versions: {zed}}}
  db: {{kind: database}}
requests: {{ask: [client calls zed: x]}}
pipeline: [A: [deploy zed]]
"""


def test_names_of_versions() -> None:
    found = loads(TEXT.format(zed="{V3: 3.3, V1: 3.10}"))
    assert found.version_names == {"zed": {"V1": "3.10", "V3": "3.3"}}
    assert [found.name_version("zed", version) for version in found.versions] == ["3.10", "V2", "3.3"]
    assert found.name_version("db", "V1") == found.name_version("client", "V1") == "V1"


@pytest.mark.parametrize(
    ("zed", "message"),
    [
        ("[3.1, 3.2]", "`versions` of `zed` must be a mapping"),
        ("{V4: 3.1}", "unknown version `V4`"),
        ("{V1: [3.1]}", "what `V1` is called must be a name"),
        ("{V1: 3 1}", "the name of a version `3 1` must not contain"),
        ("{V1: 3.1, V2: 3.1}", "two versions of `zed` are called `3.1`"),
        ("{V1: V2}", "`V2` is a version of its own; `V1` cannot be called so"),
    ],
)
def test_what_cannot_be_meant(zed: str, message: str) -> None:
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(TEXT.format(zed=zed))
    assert [message in problem.message for problem in caught.value.problems] == [True], caught.value
