"""Recipes of Spryker Cloud Commerce OS as pipelines."""

from __future__ import annotations

from pathlib import Path

from support.importing import import_files

SPRYKER = Path(__file__).parents[3] / "manifests" / "spryker"


def test_spryker_has_twelve_steps_with_the_recipes_in_them() -> None:
    recipes = [f"config/install/{name}.yml" for name in ("pre-deploy", "production", "post-deploy")]
    found = import_files(SPRYKER, {}, "deploy.aws-env-template.yml", *recipes)
    steps = found.steps
    assert len(steps) == 12
    assert {name: actions for name, actions in steps.items() if actions} == {
        "Run_pre-deploy_hook": ["suspend scheduler"],
        "Deploy_Scheduler": ["deploy scheduler"],
        "Run_install": ["migrate database", "reconfigure broker", "resume scheduler"],
        "Deploy_Spryker_services": [
            "deploy yves_eu backoffice_eu backend_gateway_eu backend_api_eu glue_eu glue_storefront_eu glue_backend_eu"
        ],
    }
    components = found.deployment.components
    assert components["scheduler"].image == "backend_api_eu"
    assert ("yves_eu", "database") not in found.edges
    assert {
        ("yves_eu", "backend_gateway_eu"),
        ("yves_eu", "key_value_store"),
        ("scheduler", "broker"),
    } <= found.edges


def test_sections_that_run_only_when_asked_for_do_nothing(tmp_path: Path) -> None:
    recipe = """
        sections:
          other: {excluded: true, storage: {command: "vendor/bin/console storage:delete"}}
          diff:
            migrate: {command: "vendor/bin/console propel:migrate"}
            clean: {command: "vendor/bin/console elasticsearch:index:delete", excluded: true}
    """
    deploy = (SPRYKER / "deploy.aws-env-template.yml").read_text()
    steps = import_files(tmp_path, {"deploy.yml": deploy, "production.yml": recipe}).steps
    assert steps["Run_install"] == ["migrate database"]


def test_a_real_change_of_a_recipe_moves_the_configuration_of_queues() -> None:
    deploy = "deploy.aws-env-template.yml"
    before = import_files(SPRYKER, {}, deploy, "history/production.2021-04-19.before-queue-setup.yml").steps
    after = import_files(SPRYKER, {}, deploy, "history/production.2021-04-20.after-queue-setup.yml").steps
    name = "Configure_RabbitMQ_Vhosts_and_Permissions"
    assert (before[name], after[name]) == (["reconfigure broker"], [])
    assert "reconfigure broker" not in before["Run_install"]
    assert after["Run_install"] == ["migrate database", "reconfigure broker", "resume scheduler"]


def test_the_deploy_file_can_name_other_recipes() -> None:
    found = import_files(SPRYKER, {}, "deploy.ssp-suite.yml", "config/install/dynamic-store.yml")
    assert "migrate database" in found.steps["Run_install"]
    assert "the recipe pre-deploy was not read" in found.text
    assert found.steps["Run_post-deploy_hook"] == []
