"""Wrong files and the exact words that they get: place, what is wrong, what to write instead."""

from __future__ import annotations

import pytest

from skewproof.model.errors import InvalidDeploymentError
from skewproof.model.language import loads
from support.wrong_files import BASE, told

# What is written in BASE, what stands there instead, and what is said.
EDITS = [
    (
        "glue: {kind: service}",
        "glue: {kind: servce}",
        ["3:16 unknown kind `servce`; did you mean `service`?"],
    ),
    (
        "glue: {kind: service}",
        "glue: {knd: service}",
        [
            "3:3 component `glue` needs `kind`",
            "3:10 unknown key `knd` in component `glue`; did you mean `kind`?",
        ],
    ),
    (
        "glue: {kind: service}",
        "glue: service",
        ["3:9 component `glue` must be a mapping, not `service`; write `{kind: service}`"],
    ),
    ("replicas: 2", "replicas: 0", ["4:34 `replicas` must be a whole number from 1 to 10000, not `0`"]),
    ("replicas: 2", "replicas: two", ["4:34 `replicas` must be a whole number from 1 to 10000, not `two`"]),
    (
        "replicas: 2",
        "maxSurge: 2",
        ["4:24 unknown key `maxSurge` in component `zed`; did you mean `max_surge`?"],
    ),
    (
        "replicas: 2",
        "max_surge: 0",
        [
            "4:35 `zed` could never be deployed: `max_surge` and `max_unavailable` are both 0; set one of them to 1"
        ],
    ),
    (
        "replicas: 2",
        "max_surge: 1.5",
        [
            "4:35 `max_surge` must be a whole number from 0 to 10000 or a percentage from 0% to 100%, not `1.5`"
        ],
    ),
    ("replicas: 2", "strategy: rollng", ["4:34 unknown strategy `rollng`; did you mean `rolling`?"]),
    ("replicas: 2", "image: nobody", ["4:31 unknown component `nobody`"]),
    ("replicas: 2", "image: db", ["4:31 `db` is a database; `image` names a service or a worker"]),
    (
        "replicas: 2",
        "replicas: 2, min_available: 3",
        ["4:52 `zed` never has 3 instances that serve: `replicas` is 2"],
    ),
    (
        "replicas: 2",
        "min_available: most",
        [
            "4:39 `min_available` must be a whole number from 0 to 10000 or a percentage from 0% to 100%, not `most`"
        ],
    ),
    (
        "db: {kind: database}",
        "db: {kind: database, min_available: 1}",
        ["6:24 `db` is a database; `min_available` fits services, workers and clients"],
    ),
    (
        "db: {kind: database}",
        "db: {kind: database, replicas: 2}",
        ["6:24 `db` is a database; `replicas` fits services, workers and clients"],
    ),
    (
        "  mq: {kind: broker}",
        "  mq: {kind: broker}\n  glue: {kind: service}",
        ["9:3 the key `glue` stands here again; first in line 3, column 3"],
    ),
    ("glue calls zed: add", "glue calls zedd: add", ["13:18 unknown component `zedd`; did you mean `zed`?"]),
    ("glue calls zed: add", "glue cals zed: add", ["13:12 unknown verb `cals`; did you mean `calls`?"]),
    (
        "glue calls zed: add",
        "glue zed: add",
        ["13:7 a hop is written `CONSUMER VERB PROVIDER: SUBJECT`; `glue zed` has not three words"],
    ),
    (
        "glue calls zed: add",
        "glue calls redis: add",
        [
            "13:12 `redis` is a cache; `calls` fits services, workers and clients; for a cache write `reads` or `writes`",
            "14:7 `zed` does nothing here: no hop before has called it; call it first; on the stack: `client`, `glue` and `redis`",
        ],
    ),
    ("glue calls zed: add", "redis calls zed: add", ["13:7 `redis` is a cache; a cache calls nobody"]),
    (
        "- client calls glue: cart",
        "- glue calls zed: cart",
        [
            "11:7 a request starts at a client or at a worker; `glue` is a service; say who calls it: `client calls glue: SUBJECT`"
        ],
    ),
    (
        "    - cron consumes mq: m",
        "    - cron consumes mq: m\n    - glue reads redis: product",
        ["18:7 `glue` does nothing here: no hop before has called it; call it first; on the stack: `cron`"],
    ),
    (
        "using product",
        "using prodct",
        ["14:33 nothing earlier in this request obtains `prodct`; did you mean `product`?"],
    ),
    (
        "using product",
        "using",
        ["14:27 a hop is written `CONSUMER VERB PROVIDER: SUBJECT`, then perhaps `using SOURCE …`"],
    ),
    (
        "using product",
        "using zed/product",
        ["14:33 nothing earlier in this request obtains `zed/product`; did you mean `redis/product`?"],
    ),
    ("    - cron consumes mq: m", "    []", ["16:3 request `job` needs at least one hop"]),
    (
        "[deploy glue zed]",
        "[deploi glue zed]",
        ["19:10 unknown instruction `deploi`; did you mean `deploy`?"],
    ),
    ("[deploy glue zed]", "[deploy glue zedd]", ["19:22 unknown component `zedd`; did you mean `zed`?"]),
    ("[deploy glue zed]", "[deploy glue glue]", ["19:22 `glue` stands twice in one action"]),
    (
        "[deploy glue zed]",
        "[migrate redis]",
        ["19:18 `redis` is a cache; `migrate` fits databases; for a cache write `sync redis`"],
    ),
    (
        "[deploy glue zed]",
        "[deploy db]",
        [
            "19:17 `db` is a database; `deploy` fits services, workers and clients; for a database write `migrate db`"
        ],
    ),
    (
        "[deploy glue zed]",
        "[sync db]",
        ["19:15 `db` is a database; `sync` fits caches; for a database write `migrate db`"],
    ),
    (
        "[deploy glue zed]",
        "[suspend glue]",
        ["19:18 `glue` is a service; `suspend` fits workers; for a service write `deploy glue`"],
    ),
    (
        "[deploy glue zed]",
        "[enable flag]",
        [
            "19:17 unknown flag `flag`; name it in `flags:`, as in `flags: {flag: {guards: [PROVIDER/SUBJECT]}}`"
        ],
    ),
    ("[deploy glue zed]", "[start start deploy glue]", ["19:16 `start` stands here twice"]),
    ("[deploy glue zed]", "[start await glue]", ["19:10 `start` goes on at once, and `await` waits"]),
    (
        "[deploy glue zed]",
        "deploy glue",
        ["19:9 what step `Go` does must be a list, not `deploy glue`; write `[deploy glue]`"],
    ),
    ("[deploy glue zed]", "[migrate db/itm]", ["19:18 no request meets `db/itm`; did you mean `db/item`?"]),
    ("[deploy glue zed]", "[deploy]", ["19:10 `deploy` must say what"]),
    (
        "[deploy glue zed]",
        "[deploy glue zed]\n  - Go",
        ["20:5 a second step is named `Go`; first in line 19"],
    ),
    ("- Go: [deploy glue zed]", "- (after)", ["19:5 `(after)` is the time outside of the pipeline"]),
]

# What stands after BASE, and what is said.
ENDS = [
    ("changes:\n", ["20:9 `changes` must be a mapping, not nothing; write `changes: {}` if nothing changes"]),
    ("changes: {zed/ad: {breaks: both}}\n", ["20:11 no request meets `zed/ad`; did you mean `zed/add`?"]),
    ("changes: {zd/add: {breaks: both}}\n", ["20:11 unknown component `zd`; did you mean `zed`?"]),
    (
        "changes: {zed/add: {breaks: [V1 -> V3]}}\n",
        ["20:36 unknown version `V3`; the versions are V1 and V2; `versions:` names them"],
    ),
    ("changes: {zed/add: {breaks: [V1 -> V1]}}\n", ["20:30 a version never breaks with itself"]),
    (
        "changes: {zed/add: {breaks: {schema: both}}}\n",
        ["20:30 `schema` is never judged at a service; at a service: `call` and `token`"],
    ),
    (
        "changes: {zed/add: {breaks: {shema: both}}}\n",
        ["20:30 unknown aspect `shema`; did you mean `schema`?"],
    ),
    ("changes: {zed/add: {breaks: both, rows: kept}}\n", ["20:41 `zed` is a service; `rows` fits databases"]),
    (
        "changes: {zed/add: {breaks: both, severity: bad}}\n",
        ["20:45 unknown severity `bad`; write `corruption`, `error` or `degraded`"],
    ),
    (
        "changes: {zed/add: both}\n",
        ["20:20 the change of `zed/add` must be a mapping, not `both`; write `{breaks: both}`"],
    ),
    ("changes: {cron/*: {breaks: both}}\n", ["20:11 no request meets any contract of `cron`"]),
    (
        "changes: {zed: {breaks: both}}\n",
        ["20:11 a contract is written `provider/subject`, not `zed`; did you mean `zed/*`?"],
    ),
    (
        "changes: {zed/add: {breaks: V1 => V2}}\n",
        [
            "20:29 what breaks must be a pair `V1 -> V2` (consumer -> provider), `both` or `none`, not `V1 => V2`"
        ],
    ),
    (
        "flags: {f: {guards: [zed/add]}, g: {guards: [zed/add]}}\n",
        ["20:33 `zed/add` is guarded by two flags, `f` and `g`"],
    ),
    (
        "changes: {zed/add: {note: a column dropped, a product removed}}\n",
        [
            "20:45 unknown key `a product removed` in the change of `zed/add`;"
            " a comma ends a text within `{…}`: put quotes around all of it"
        ],
    ),
    (
        "changes:\n  zed/add:\n    note: a column dropped\n    a product removed:\n",
        ["23:5 unknown key `a product removed` in the change of `zed/add`"],
    ),
    ("flags: {f: {guards: [zed/ad]}}\n", ["20:22 no request meets `zed/ad`; did you mean `zed/add`?"]),
    ("assume: {max_span: -1}\n", ["20:20 `max_span` must be a whole number from 0 to 10000, not `-1`"]),
    ("assume: {max_spn: 1}\n", ["20:10 unknown key `max_spn` in `assume`; did you mean `max_span`?"]),
    (
        "properties: []\n",
        ["20:13 `properties` must be a mapping, not a list; write `NAME: always glue.up`, one a line"],
    ),
    ("properties: {p: }\n", ["20:17 property `p` must be a formula such as `always P`, not nothing"]),
    ("properties: {p: []}\n", ["20:17 property `p` must say something"]),
    (
        "properties: {p: {always: glue.up}}\n",
        ["20:17 property `p` must be a formula such as `always P`, not a mapping"],
    ),
    (
        "properties: {p: glue.up}\n",
        [
            "20:17 a property must say when its predicate holds; write `always P`, `never P`, `eventually P`, `A leads to B`, `A before B` or `A until B`"
        ],
    ),
    (
        "properties: {p: never eventually glue.up}\n",
        ["20:23 `eventually` cannot stand inside of a predicate"],
    ),
    ("properties: {p: glue.up leads zed.up}\n", ["20:31 `zed.up` cannot stand here; expected `to`"]),
    ("properties: {p: glue.up until}\n", ["20:30 a predicate is missing at the end"]),
    ("properties: {p: always before}\n", ["20:30 a name is missing at the end"]),
    (
        "properties: {p: glue.up before before Go before done}\n",
        ["20:42 `before` cannot stand here; expected the end"],
    ),
    (
        "properties: {p: [always glue.upp, never in Gone], q: cron.up until db.suspended}\n",
        [
            "20:30 unknown question `upp`; did you mean `up`?",
            "20:44 unknown step `Gone`; did you mean `Go`?",
            "20:68 `db` is a database; `suspended` fits workers; ask `db.version == …`",
        ],
    ),
    (
        "properties:\n  p: >\n    always\n    glue.upp\n",
        ["21:6 unknown question `upp`; did you mean `up`?"],
    ),
    ("pipline: []\n", ["20:1 unknown key `pipline` in the file; did you mean `pipeline`?"]),
    ("system: T\n", ["20:1 the key `system` stands here again; first in line 1, column 1"]),
]

# Whole files.
FILES = [
    ("", ["1:1 the file is empty"]),
    ("# nothing\n", ["1:1 the file is empty"]),
    ("- a list\n", ["1:1 the file must be a mapping (`key: value` lines), not a list"]),
    ("just text\n", ["1:1 the file must be a mapping (`key: value` lines), not a text"]),
    (
        "components: {a: {kind: service}\n",
        ["1:13 not valid YAML: the `{` that begins here is never closed; close it with `}`"],
    ),
    ("components:\n\t a: b\n", ["2:1 tabs cannot indent YAML; use spaces"]),
    ("a: *nowhere\n", ["1:4 no anchor `&nowhere` stands above this"]),
    (
        "a: !!python/object:os.system x\n",
        [
            "1:1 the file needs `components`",
            "1:1 the file needs `pipeline` (or `releases`, or `pipelines`)",
            "1:1 the file needs `requests`",
            "1:1 unknown key `a` in the file",
            "1:4 the tag `tag:yaml.org,2002:python/object:os.system` is not allowed; a deployment file has no tags",
        ],
    ),
    ("--- \na: b\n---\nc: d\n", ["3:1 a second document begins here; a file holds one"]),
    (
        "a: {<<: {b: c}}\n",
        [
            "1:1 the file needs `components`",
            "1:1 the file needs `pipeline` (or `releases`, or `pipelines`)",
            "1:1 the file needs `requests`",
            "1:1 unknown key `a` in the file",
            "1:5 merge keys `<<` are not allowed; write the keys out, or use an alias for the whole mapping",
        ],
    ),
    (
        "components: {a b: {kind: service}}\n",
        [
            "1:1 the file needs `pipeline` (or `releases`, or `pipelines`)",
            "1:1 the file needs `requests`",
            "1:14 the name of a component `a b` must not contain white space",
        ],
    ),
    ("a: \x00\n", ["1:4 the character U+0000 cannot stand in a deployment file"]),
    ("a: &a [*a]\n", ["1:8 the alias `*a` stands inside of what it stands for"]),
]

# What stands before BASE.
BEGINNINGS = [
    ("versions: [V1]\n", ["1:11 `versions` needs at least two versions, old to new"]),
    ("versions: [V1, V1]\n", ["1:16 version `V1` stands here again"]),
]


def test_the_base_is_right() -> None:
    assert loads(BASE).system == "S"


@pytest.mark.parametrize(("old", "new", "said"), EDITS)
def test_an_edit_that_makes_the_file_wrong(old: str, new: str, said: list[str]) -> None:
    assert BASE.count(old) == 1
    assert told(BASE.replace(old, new)) == said


@pytest.mark.parametrize(("end", "said"), ENDS)
def test_an_end_that_makes_the_file_wrong(end: str, said: list[str]) -> None:
    assert told(BASE + end) == said


@pytest.mark.parametrize(("beginning", "said"), BEGINNINGS)
def test_a_beginning_that_makes_the_file_wrong(beginning: str, said: list[str]) -> None:
    assert told(beginning + BASE) == said


@pytest.mark.parametrize(("text", "said"), FILES)
def test_a_file_that_is_wrong(text: str, said: list[str]) -> None:
    assert told(text) == said


def test_all_errors_of_a_file_are_told_at_once_in_their_order() -> None:
    wrong = (
        BASE.replace("glue calls zed", "glue calls zedd").replace("replicas: 2", "replicas: 0")
        + "asume: {}\n"
    )
    assert [problem.split()[0] for problem in told(wrong)] == ["4:34", "13:18", "20:1"]


def test_the_place_is_shown_with_a_caret() -> None:
    with pytest.raises(InvalidDeploymentError) as caught:
        loads(BASE.replace("glue calls zed", "glue calls zedd"), "d.yaml")
    assert str(caught.value) == (
        "d.yaml:13:18: unknown component `zedd`; did you mean `zed`?\n"
        "      - glue calls zedd: add\n"
        "                   ^^^^"
    )
