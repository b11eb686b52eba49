"""What the Spryker document says of its pipeline, claim by claim, on the pessimistic scenario.

Its words stand in docs/sccos-step-by-step/document.yaml, where each step names the tests below that hold it.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from skewproof.model.language import load
from skewproof.properties import Answer, HopHazard, Safe, Unknown, check

ROOT = Path(__file__).parents[2]
SCCOS = ROOT / "examples" / "sccos"
DOCUMENT = ROOT / "docs" / "sccos-step-by-step" / "document.yaml"
STEPS = [
    "(before)",
    "Source",
    "Please_approve",
    "Build_and_Prepare",
    "Configure_RabbitMQ_Vhosts_and_Permissions",
    "Run_pre-deploy_hook",
    "Pre_Deployment_Configuration",
    "Deploy_Scheduler",
    "Run_install",
    "Deploy_Spryker_services",
    "UpdateDeployedVersion",
    "Post_Deployment_Configuration",
    "Run_post-deploy_hook",
    "(after)",
]


@pytest.fixture(scope="module")
def answer() -> Answer:
    return check(load(SCCOS / "deployment.yaml").pessimistic())


@pytest.fixture(scope="module")
def awaiting() -> Answer:
    return check(load(SCCOS / "await-sync.yaml").pessimistic())


def steps(first: str, last: str) -> set[str]:
    return set(STEPS[STEPS.index(first) : STEPS.index(last) + 1])


def window(hazards: Iterable[HopHazard]) -> set[str]:
    return {step for hazard in hazards for step in hazard.window}


def at(answer: Answer, provider: str, **fields: str) -> list[HopHazard]:
    return [
        hazard
        for hazard in answer.at_hops
        if hazard.provider == provider
        and all(getattr(hazard, name) == value for name, value in fields.items())
    ]


def test_every_step_of_the_document_is_held_by_a_test_below() -> None:
    told = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["steps"]
    assert list(told) == STEPS
    for step in told.values():
        assert step["claims"]
        assert all(callable(globals().get(name)) for name in step["claims"]), step["claims"]


def test_what_the_document_marks_and_what_can_break(answer: Answer) -> None:
    """Each step that it marks can break; besides those only steps between them, and the end."""
    told = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))["steps"]
    marked = {name for name, step in told.items() if step.get("italic")}
    beyond = {
        "Pre_Deployment_Configuration",
        "UpdateDeployedVersion",
        "Post_Deployment_Configuration",
        "(after)",
    }
    assert window(answer.at_hops) == marked | beyond


def test_nothing_before_rabbitmq_is_configured(answer: Answer) -> None:
    assert answer.at_hops
    assert not window(answer.at_hops) & steps("(before)", "Build_and_Prepare")


def test_from_there_to_run_install_only_rabbitmqs_contracts(answer: Answer) -> None:
    early = steps("Configure_RabbitMQ_Vhosts_and_Permissions", "Deploy_Scheduler")
    assert {h.provider for h in answer.at_hops if early & set(h.window)} == {"rabbitmq"}
    assert window(at(answer, "rabbitmq", aspect="schema")) >= early


def test_no_job_between_the_pre_deploy_hook_and_resume(answer: Answer) -> None:
    jobs = [hazard for hazard in answer.at_hops if hazard.request == "synchronise product"]
    assert jobs
    assert not window(jobs) & steps("Pre_Deployment_Configuration", "Deploy_Scheduler")
    assert "Run_pre-deploy_hook" in window(jobs), "until the last one has ended"
    assert "Run_install" in window(jobs), "from `resume` on"


def test_from_run_install_v1_services_meet_the_new_database(answer: Answer) -> None:
    old = at(answer, "database", aspect="schema", consumer_version="V1")
    assert {(h.consumer, h.provider_version) for h in old} == {("zed", "V2")}
    assert window(old) == {"Run_install", "Deploy_Spryker_services"}
    assert all(hazard.inevitable for hazard in old)


def test_the_product_read_from_redis_v1_is_gone_from_database_v2(answer: Answer) -> None:
    (token,) = at(answer, "database", aspect="token")
    assert (token.request, str(token.contract)) == ("add to cart", "database/cart_item")
    assert (token.consumer_version, token.provider_version) == ("V1", "V2")
    assert {"Run_install", "Deploy_Spryker_services"} <= set(token.window)


@pytest.mark.parametrize("store", ["redis", "search"])
def test_from_run_install_the_stores_are_met_in_both_forms(answer: Answer, store: str) -> None:
    new_form = at(answer, store, consumer_version="V1", provider_version="V2")
    old_form = at(answer, store, consumer_version="V2", provider_version="V1")
    assert window(new_form) == {"Run_install", "Deploy_Spryker_services"}
    assert window(old_form) == steps("Deploy_Spryker_services", "(after)"), "nothing awaits the sync"
    assert not any(hazard.inevitable for hazard in new_form + old_form)


def test_every_pair_of_glue_and_zed_while_the_services_are_deployed(answer: Answer) -> None:
    pairs = at(answer, "zed", aspect="call")
    assert {(h.consumer_version, h.provider_version) for h in pairs} == {("V1", "V2"), ("V2", "V1")}
    assert window(pairs) == {"Deploy_Spryker_services"}


def test_no_v1_instance_after_the_services_are_deployed(answer: Answer) -> None:
    later = steps("UpdateDeployedVersion", "(after)")
    instances = {"call", "schema"}
    assert not [h for h in answer.at_hops if h.aspect in instances and later & set(h.window)]
    content = [h for h in answer.at_hops if h.aspect == "content" and later & set(h.window)]
    assert {h.consumer_version for h in content} == {"V2"}


def test_with_every_contract_compatible_there_is_a_proof() -> None:
    answer = check(load(SCCOS / "deployment.yaml", SCCOS / "releases" / "compatible.yaml"))
    assert isinstance(answer.verdict, Safe)
    assert answer.avoidable


def test_awaited_stores_are_not_met_in_the_old_form_by_new_services(awaiting: Answer) -> None:
    for store in ("redis", "search"):
        assert at(awaiting, store, consumer_version="V1", provider_version="V2")
        assert not at(awaiting, store, consumer_version="V2", provider_version="V1")


def test_with_awaited_stores_only_the_old_message_outlives_the_services(awaiting: Answer) -> None:
    left = [h for h in awaiting.at_hops if steps("UpdateDeployedVersion", "(after)") & set(h.window)]
    assert {(h.consumer, h.provider, h.aspect) for h in left} == {("scheduler", "rabbitmq", "content")}


def test_the_pessimistic_release_file_says_what_the_option_says(answer: Answer) -> None:
    spelled = check(load(SCCOS / "deployment.yaml", SCCOS / "releases" / "pessimistic.yaml"))
    unplaced = [replace(hazard, places=()) for hazard in spelled.at_hops]
    assert unplaced == [replace(hazard, places=()) for hazard in answer.at_hops]


def test_without_changes_there_is_nothing_to_judge() -> None:
    assert isinstance(check(load(SCCOS / "deployment.yaml")).verdict, Unknown)


@pytest.mark.parametrize(
    ("deployment", "release", "hazards"),
    [
        (
            "deployment",
            "realistic",
            {("zed/cart.add", "call"), ("database/cart_item", "schema"), ("database/cart_item", "token")},
        ),
        ("deployment", "flagged", set()),
        ("enable-after", "flagged", set()),
        ("enable-early", "flagged", {("zed/cart.add", "call")}),
        ("deployment", "column-dropped", {("database/cart_item", "schema")}),
        ("post-deploy", "column-dropped", set()),
    ],
)
def test_each_release_of_the_example(deployment: str, release: str, hazards: set[tuple[str, str]]) -> None:
    answer = check(load(SCCOS / f"{deployment}.yaml", SCCOS / "releases" / f"{release}.yaml"))
    assert {(str(h.contract), str(h.aspect)) for h in answer.at_hops} == hazards
    assert answer.avoidable is (not hazards)


def test_the_variants_differ_in_pipeline_and_flags_alone() -> None:
    base = load(SCCOS / "deployment.yaml")
    for name in ("await-sync", "post-deploy", "enable-after", "enable-early"):
        variant = load(SCCOS / f"{name}.yaml")
        assert (variant.components, variant.requests) == (base.components, base.requests)
        assert [step.name for step in variant.pipeline] == [step.name for step in base.pipeline]
        assert variant.pipeline != base.pipeline


def test_the_story_of_the_removed_product_says_where_it_was_read(answer: Answer) -> None:
    (token,) = at(answer, "database", aspect="token")
    assert token.trace[-1].text == (
        "zed V1 writes database: cart_item: redis/product, obtained in form V1, meets V2"
    )
