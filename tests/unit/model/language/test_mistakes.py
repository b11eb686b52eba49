"""Mistakes that people make when they write a first deployment file, and what they are told of each."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads

SHOP = """system: Shop
components:
  front: {kind: service}
  back: {kind: service}
  worker: {kind: worker}
  db: {kind: database}
  cache: {kind: cache}
requests:
  order:
    - client calls front: basket
    - front reads cache: page
    - front calls back: order
    - back writes db: order
pipeline:
  - Migrate: [migrate db]
  - Deploy services: [deploy back front worker]
changes:
  back/order: {breaks: [V1 -> V2], note: a field}
  db/order: {breaks: {schema: [V1 -> V2]}}
"""


@pytest.mark.parametrize(
    ("wrote", "instead_of", "told"),
    [
        # YAML
        (
            "   back: {kind",
            "  back: {kind",
            "4:4: not valid YAML: the line is indented by 3, the mapping that begins in line 3 by 2; "
            "indent it like the lines that it belongs to",
        ),
        (
            "   - front calls",
            "    - front calls",
            "12:4: not valid YAML: the line is indented by 3, the mapping that begins in line 9 by 2; "
            "indent it like the lines that it belongs to",
        ),
        (
            "    client calls front: basket\n    front reads",
            "    - client calls front: basket\n    - front reads",
            "12:5: not valid YAML: a `- ` stands among the keys of the mapping that begins in line 10; "
            "write `- ` before all, or none",
        ),
        (
            "  - back/order",
            "  back/order",
            "19:3: not valid YAML: the line has no `- `, and the list that begins in line 18 has; "
            "write `- ` before all, or none",
        ),
        ('note: "a', "note: a", "18:42: not valid YAML: the quote that begins here does not end"),
        (
            "note: %d",
            "note: a",
            "18:42: not valid YAML: a text cannot begin with `%`; put the whole text in quotes",
        ),
        (
            "a field: renamed",
            "a field",
            "18:49: not valid YAML: a second `:` stands in one entry; where a text has `: ` in it, "
            "put the whole text in quotes",
        ),
        (
            "fixes #12",
            "a field",
            "18:15: not valid YAML: the `{` that begins here is not closed before line 19 goes on; what "
            "stands behind ` #` is a comment: where it belongs to a text, put the whole text in quotes",
        ),
        (
            "components: [",
            "components:",
            "2:13: not valid YAML: the `[` that begins here is not closed before line 4 goes on; "
            "close it with `]`",
        ),
        (
            "system: Shop: eu",
            "system: Shop",
            "1:13: not valid YAML: mapping values are not allowed in this context; where a text has `: ` "
            "in it, put the whole text in quotes",
        ),
        # What belongs where
        (
            "    - front calls back: order\n    - front reads cache: more\n    - back writes",
            "    - front calls back: order\n    - back writes",
            "14:7: `back` has answered before: `front` went on; put its hops right behind the one that "
            "calls it; on the stack: `client` and `front`",
        ),
        (
            "- migrate db",
            "- Migrate: [migrate db]",
            "15:5: the step `migrate db` does nothing: that is its name; write `migrate db: [migrate db]`",
        ),
        (
            "front/order: {breaks",
            "back/order: {breaks",
            "18:3: no request meets `front/order`; a contract is named by its provider: did you mean "
            "`back/order` or `db/order`?",
        ),
        (
            "[V2 -> V3], note",
            "[V1 -> V2], note",
            "18:31: unknown version `V3`; the versions are V1 and V2; `versions:` names them",
        ),
        (
            "breaks: true",
            "breaks: [V1 -> V2]",
            "18:24: what breaks must be a pair `V1 -> V2` (consumer -> provider), `both` or `none`, "
            "not `true`",
        ),
        (
            "flags: {new: back/order}\nchanges:",
            "changes:",
            "17:14: flag `new` must be a mapping, not `back/order`; write `{guards: [back/order]}`",
        ),
        (
            "[migrate db, enable new]",
            "[migrate db]",
            "15:34: unknown flag `new`; name it in `flags:`, as in "
            "`flags: {new: {guards: [PROVIDER/SUBJECT]}}`",
        ),
        # Predicates
        (
            'properties: {p: always at "Migrate"}\nchanges:',
            "changes:",
            "17:24: `at` is no operator; write `in`",
        ),
        (
            "properties: {p: always after(Migrate)}\nchanges:",
            "changes:",
            "17:29: `(` cannot stand here; a name has none around it; one with a space or `(` in it stands "
            "in quotes",
        ),
    ],
)
def test_a_mistake_is_told_with_what_to_write_instead(wrote: str, instead_of: str, told: str) -> None:
    assert instead_of in SHOP
    loads(SHOP)
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(SHOP.replace(instead_of, wrote, 1), "shop.yaml")
    lines = str(caught.value).splitlines()
    assert f"shop.yaml:{told}" in lines


def test_a_step_that_is_named_like_an_action_on_nothing_that_there_is_may_do_nothing() -> None:
    """Gates, and jobs of a pipeline of which nobody knows what they do, are steps too."""
    names = [step.name for step in loads(SHOP.replace("- Migrate:", "- deploy docs\n  - Migrate:")).pipeline]
    assert names == ["deploy docs", "Migrate", "Deploy services"]
