"""The text for people: what stands in it, that it fits, and that no name can spoil it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec import structs
from rich.cells import cell_len
from rich.console import Console

import support.output_samples as samples
from skewproof.cli.page import Page
from skewproof.cli.render_text import render
from skewproof.cli.timeline import draw_bar
from skewproof.diagrams.condense import condense
from skewproof.model.compiler.system import EventKind
from skewproof.model.deployment import Deployment, Flag, Request
from skewproof.model.language import load, loads
from skewproof.model.names import Contract
from skewproof.properties.checker import check
from skewproof.properties.lookups.lookup import HazardKind
from skewproof.properties.verdict import Answer, CoveredAssumption, Safe, Unsafe
from support.hostile_samples import hostile

STALLED = Path(__file__).parents[3] / "examples" / "stories" / "rabbitmq-flags" / "stopped-node.yaml"


class AsciiFile(io.StringIO):
    encoding = "ascii"  # what a log under LC_ALL=C says of itself


def text_of(
    answer: Answer, deployment: Deployment | None = None, *, width: int | None = None, stories: int | None = 5
) -> str:
    """The text without colour: on a terminal of `width` columns, or piped."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=width is not None, color_system=None)
    render(answer, deployment or samples.sccos(), console, stories)
    return file.getvalue()


def page(width: int = 100) -> Page:
    return Page(Console(file=io.StringIO(), width=width, force_terminal=True))


def bar_of(steps: Sequence[str], window: Sequence[str], width: int) -> str:
    return "\n".join(line.plain.rstrip() for line in draw_bar(page(), steps, window, width))


def test_verdict_comes_first_with_system_release_and_counts() -> None:
    first = text_of(samples.unsafe_answer()).splitlines()[0]
    assert first.startswith("✗ UNSAFE   Spryker Cloud Commerce OS, release realistic ")
    assert first.endswith(" 3 hazards in 1 of 4 requests")
    assert len(first) == 100


def test_unknown_tells_reason_and_advice_and_claims_nothing() -> None:
    text = text_of(samples.unknown_answer())
    assert text.startswith("? UNKNOWN")
    assert "Nothing was given to judge" in text
    assert "--pessimistic" in text
    assert "proven" not in text


def test_failing_hop_is_marked_under_its_own_ends() -> None:
    lines = text_of(samples.unsafe_answer(samples.schema_hazard())).splitlines()
    path, mark = next(pair for pair in pairwise(lines) if "╰" in pair[1])
    start, end = mark.index("╰"), mark.index("╯") + 1
    assert path[start:end] == "zed → database"
    assert "hop 5" in mark


def test_hazard_tells_pair_aspect_severity_places_and_meaning() -> None:
    text = text_of(samples.unsafe_answer(samples.schema_hazard()))
    assert "zed V1 → database V2   cart_item, schema" in text
    assert "error, INEVITABLE" in text
    assert "Old zed writes cart_item to database, but database already has the new schema." in text
    assert "changed in release.yaml:12, hop in deployment.yaml:34" in text
    assert "span" not in text.split("proven")[0]


def test_span_is_told_where_a_request_must_be_slow() -> None:
    assert "still in flight while 2 steps begin" in text_of(samples.unsafe_answer(samples.slow_hazard()))


def test_places_may_be_missing() -> None:
    answer = samples.unsafe_answer(samples.schema_hazard())
    bare = structs.replace(answer, verdict=Unsafe((structs.replace(answer.at_hops[0], places=()),)))
    assert "hop in" in text_of(answer)
    assert "hop in" not in text_of(bare)


def test_story_numbers_are_those_of_the_whole_trace() -> None:
    told = condense(samples.schema_hazard().trace)
    assert [row.number for row in told] == [12, 13, 14, 15, 16, 17]
    assert sum(row.passed for row in told) == 11


def test_steps_that_a_request_outlives_are_told() -> None:
    told = condense(samples.slow_hazard().trace)
    assert [row.event.kind for row in told][:2] == [EventKind.HOP, EventKind.PIPELINE]
    assert told[1].event.step == samples.SERVICES


def test_pipeline_event_that_changes_something_is_told() -> None:
    event = structs.replace(samples.passing("b")[0], after=(("flag", "on"),))
    trace = (*samples.passing("a"), event, *samples.passing("c"), samples.hop("c", "r", 1, "x"))
    assert [row.number for row in condense(trace)] == [2, 4]


def test_many_hazards_tell_few_stories_and_say_so() -> None:
    answer = samples.unsafe_answer(*samples.many_hazards())
    causes, text = len(answer.causes), text_of(answer)
    assert causes > 5
    assert text.count(" left out: ") == 0
    assert text.count("(left out:") == 5
    assert f"The stories of {causes - 5} of {causes} causes are folded away; --all tells them." in text
    assert text_of(answer, stories=None).count("(left out:") == causes
    assert "--all" not in text_of(answer, stories=None)
    assert text_of(answer, stories=0).count("(left out:") == 0
    assert text_of(answer, stories=0).count("usual remedy") == causes


def test_causes_are_told_worst_first_and_each_says_what_helps() -> None:
    answer = samples.unsafe_answer(samples.schema_hazard(), samples.token_hazard())
    lines = text_of(answer).splitlines()
    heads = [line for line in lines if line[:1].isdigit()]
    assert [head.split()[-2:] for head in heads] == [["corruption,", "race"], ["error,", "INEVITABLE"]]
    assert sum("usual remedy, unchecked" in line for line in lines) == 2


def test_a_cause_names_the_requests_that_it_breaks_beside_the_one_that_is_told() -> None:
    first = samples.schema_hazard()
    others = [
        structs.replace(first, id=f"x{n}", request=name) for n, name in enumerate(("order again", "browse"))
    ]
    hops = next(one.hops for one in samples.sccos().requests if one.name == first.request)
    requests = tuple(Request(one.request, hops) for one in (first, *others))
    deployment = replace(samples.sccos(), requests=requests)
    text = " ".join(text_of(samples.unsafe_answer(first, *others), deployment).split())
    assert "also breaks order again (hop 5), browse (hop 5)" in text


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_name_of_a_step_is_cut(width: int) -> None:
    name = "Configure_RabbitMQ_Vhosts_and_Permissions"
    hazard = samples.schema_hazard()
    trace = tuple(structs.replace(event, step=name) for event in hazard.trace)
    text = text_of(samples.unsafe_answer(structs.replace(hazard, trace=trace, window=(name,))), width=width)
    assert text.count(name) >= 2
    assert "Configure_RabbitMQ_Vh…" not in text


def test_proof_says_what_it_covers() -> None:
    text = text_of(samples.safe_answer())
    assert "15 hops of 4 requests, for every interleaving: 1.2e12 interleavings" in text
    assert "BEWARE" not in text


@pytest.mark.parametrize("changes", [{}, None])
def test_proof_about_no_change_says_so_loudly(changes: None) -> None:
    deployment = replace(samples.sccos(), changes=changes)
    assert "no contract is given as changed, so this says nothing of a release" in text_of(
        samples.safe_answer(), deployment
    )


def test_contracts_of_which_no_mixed_pair_is_met_are_named() -> None:
    some = text_of(samples.safe_answer((samples.CART_ITEM, samples.CART_ADD)))
    assert "never mixed   database/cart_item, zed/cart.add" in some


def test_what_a_flag_holds_apart_until_somebody_enables_it_is_no_empty_proof() -> None:
    flag = Flag("new-cart", frozenset({samples.CART_ADD}))
    deployment = replace(samples.sccos(), flags=(flag,))
    never = (samples.CART_ITEM, samples.CART_ADD, samples.REDIS_PRODUCT)
    answer = structs.replace(samples.safe_answer(never), enabled_after=("new-cart",))
    text = text_of(answer, deployment)
    assert "BEWARE" not in text
    assert "new-cart: enabled after the end, by nobody here" in text


def test_what_the_file_says_is_never_met_is_told_whatever_came_of_it() -> None:
    kept, broken = (CoveredAssumption(f"a/{name} V1 -> V2", None, name == "y") for name in "xy")
    text = text_of(structs.replace(samples.safe_answer(), assumptions=(kept, broken)))
    assert "never met, as the file says: a/x V1 -> V2" in text
    assert "`a/y V1 -> V2` is assumed never to be met, and it is met" in text


def test_summary_tells_assumptions_residue_and_images() -> None:
    text = " ".join(text_of(samples.unsafe_answer()).split())
    assert "2 contracts assumed: glue/product.page, search/product" in text
    assert "glue/cart.items: changed, but only clients without a version use them" in text
    assert "max_span 3" in text
    assert "redis/product: old forms may stay" in text
    assert "scheduler runs the code of zed" in text
    assert "no: under every timing some quick request meets a hazard" in text


def test_bar_shows_all_names_where_they_fit() -> None:
    assert bar_of(["a", "b", "c"], ["b", "c"], 80) == "(before) ┄ a ┄━ b ━━ c ━┄ (after)"
    assert bar_of(["a"], ["(before)", "a", "(after)"], 80) == "━ (before) ━━ a ━━ (after) ━"


def test_bar_counts_steps_where_names_do_not_fit() -> None:
    shown = bar_of(samples.STEPS, [samples.INSTALL, samples.SERVICES], 90)
    assert shown == "(before) ┄ 7 steps ┄━ Run_install ━━ Deploy_Spryker_services ━┄ 3 steps ┄ (after)"
    names = [f"step number {number}" for number in range(1000)]
    assert bar_of(names, names[:900], 90) == (
        "(before) ┄━ step number 0 ━━ 898 steps ━━ step number 899 ━┄ 100 steps ┄ (after)"
    )


def test_a_bar_that_does_not_fit_is_broken_between_names() -> None:
    shown = bar_of(["Replace the key", "Caches refreshed", "Tokens expired"], ["Tokens expired"], 40)
    assert shown.splitlines() == ["(before) ┄ 2 steps ┄━ Tokens expired ━┄", "(after)"]
    for width in range(20, 60):
        lines = bar_of(["Replace the key", "Caches refreshed"], ["Replace the key"], width).splitlines()
        assert max(map(len, lines)) <= width
        assert "Replace the key" in " / ".join(lines)


def test_a_head_that_does_not_fit_goes_on_below_its_text() -> None:
    for answer in (samples.unsafe_answer(), check(load(STALLED))):
        deployment = load(STALLED) if answer.of_properties else samples.sccos()
        for width in (50, 60, 80, 100):
            lines = text_of(answer, deployment, width=width).splitlines()
            first = next(index for index, line in enumerate(lines) if line.startswith("1   "))
            assert lines[first].endswith("INEVITABLE") or lines[first + 1].startswith("    ")
            assert any(line.endswith(("INEVITABLE", "for ever", "race")) for line in lines[first : first + 4])


def test_names_of_components_are_whole_where_a_hop_has_room() -> None:
    """To be searched for; of a hop that has no room both ends are cut."""
    names = "recommendationservice", "productcatalogservice-of-the-shop"
    deployment = loads(
        f"components: {{{names[0]}: {{kind: service}}, {names[1]}: {{kind: service}}}}\n"
        f"requests: {{look: [client calls {names[0]}: x, {names[0]} calls {names[1]}: x]}}\n"
        f"pipeline: [One: [deploy {names[0]}], Two: [deploy {names[1]}]]\n"
        f"changes: {{{names[1]}/x: {{breaks: both}}}}\n"
    )
    answer = check(deployment)
    assert " → ".join(names) in text_of(answer, deployment, width=64)  # below the request's name
    assert "recommendationse… → " in text_of(answer, deployment, width=44)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
@pytest.mark.parametrize("stories", [0, None])
def test_lines_fit_and_have_no_trailing_spaces(width: int, stories: int | None) -> None:
    deployment, hazard, _ = hostile()
    many = samples.unsafe_answer(*samples.many_hazards(), *samples.unsafe_answer().at_hops)
    texts = [text_of(samples.unsafe_answer(hazard), deployment, width=width, stories=stories)]
    texts += [text_of(answer, width=width, stories=stories) for answer in (many, samples.safe_answer())]
    for line in "".join(texts).splitlines():
        assert line == line.rstrip()
        assert cell_len(line) <= width


def test_names_are_never_markup_and_never_reach_the_terminal_raw() -> None:
    deployment, hazard, _ = hostile()
    text = text_of(samples.unsafe_answer(hazard), deployment, stories=None)
    assert "[red]x[/red]" in text
    assert not set(text) & set("\x1b\x07\r\u202e\u202c\ud800")
    assert "\\x1b[31m" in text
    assert ":boom:" in text


def test_text_without_unicode() -> None:
    file = AsciiFile()
    deployment, hazard, _ = hostile()
    render(samples.unsafe_answer(), samples.sccos(), Console(file=file, force_terminal=False))
    render(samples.unsafe_answer(hazard), deployment, Console(file=file, force_terminal=False))
    assert file.getvalue().isascii()
    assert "x UNSAFE" in file.getvalue()


def test_no_colour_leaves_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    file = io.StringIO()
    render(samples.unsafe_answer(), samples.sccos(), Console(file=file, force_terminal=True, width=100))
    assert "\x1b[3" not in file.getvalue()
    assert ";3" not in file.getvalue().replace("\x1b", "")


def test_text_is_deterministic() -> None:
    assert text_of(samples.unsafe_answer()) == text_of(samples.unsafe_answer())


def test_long_request_folds_the_hops_without_a_hazard() -> None:
    chain = "\n".join(f"s{number} calls s{number + 1} x" for number in range(300))
    request = Request("long", samples.hops(chain))
    deployment = replace(samples.sccos(), requests=(request,))
    hazard = structs.replace(
        samples.slow_hazard(), request="long", hop=150, contract=Contract("s150", "x"), trace=()
    )
    text = text_of(samples.unsafe_answer(hazard), deployment)
    assert "hops without a hazard" in text
    assert "s149 → s150" in text
    assert len(text.splitlines()) < 30


def test_interleavings_without_a_number_get_none() -> None:
    answer = samples.safe_answer()
    assert answer.statistics is not None
    uncounted = structs.replace(answer, statistics=structs.replace(answer.statistics, interleavings=None))
    assert "15 hops of 4 requests, for every interleaving assumed" in " ".join(text_of(uncounted).split())


@pytest.mark.parametrize("kind", list(HazardKind))
def test_what_a_hazard_lacks_is_not_printed(kind: HazardKind) -> None:
    bare = structs.replace(
        samples.slow_hazard(), kind=kind, aspect=None, consumer_version=None, provider_version=None
    )
    text = text_of(samples.unsafe_answer(bare, samples.slow_hazard()))
    assert "None" not in text


def test_what_is_accepted_and_what_became_of_each_entry_is_told() -> None:
    answer = samples.accepting_answer()
    text = " ".join(text_of(answer).split())
    assert "1 hazard in 1 of 4 requests, 1 accepted" in text
    assert "in Run_install alone: users log in again" in text
    assert "is met in Deploy_Spryker_services too, where no entry accepts it" in text
    assert "needless no hazard agrees with request browse (accept.yaml:7): the entry can go" in text
    assert "expired after 2020-01-01" in text
    safe = text_of(structs.replace(answer, verdict=Safe()))
    assert safe.splitlines()[0].endswith(" no hazard in 4 requests but 1 accepted")
