"""How services of Compose are started: Dockerfiles, commands, folders, ports."""

from __future__ import annotations

from pathlib import Path

from skewproof.model.manifests.compose.containers import Container, list_containers
from skewproof.model.manifests.compose.dockerfile import ImageRecipe, read_dockerfile


def test_a_dockerfile_says_what_its_last_stage_runs() -> None:
    image = read_dockerfile(
        "# syntax=docker/dockerfile:1\n"
        "FROM golang AS build\nRUN <<EOF\nCMD no\nEOF\n"
        "FROM debian\nWORKDIR /srv\nWORKDIR app\nENV A=1 \\\n    B='two words'\nENV OLD form\n"
        "COPY --from=build /out /srv/app/out\nCOPY . .\nEXPOSE 8000 9000/udp $PORT\n"
        'ENTRYPOINT ["./serve"]\nCMD ["--all"]\n'
    )
    assert image.words == ("./serve", "--all")
    assert image.folder == "/srv/app"
    assert image.env == (("A", "1"), ("B", "two words"), ("OLD", "form"))
    assert image.ports == (8000, 9000)
    assert [(copied.source, copied.target) for copied in image.copied] == [(".", "/srv/app")]


def test_a_stage_has_what_its_base_says_and_target_chooses() -> None:
    text = "FROM node AS base\nWORKDIR /app\nCMD node a.js\nFROM base AS next\nCMD node b.js\nFROM scratch\n"
    assert read_dockerfile(text).words is None
    assert read_dockerfile(text, "base").words == ("node", "a.js")
    assert read_dockerfile(text, "next") == ImageRecipe(command=("node", "b.js"), folder="/app")


def test_a_shell_runs_what_needs_one_and_takes_no_command() -> None:
    assert read_dockerfile("FROM a\nCMD exec serve --port $PORT").words == (
        "sh",
        "-c",
        "exec serve --port $PORT",
    )
    assert read_dockerfile("FROM a\nENTRYPOINT serve\nCMD ignored").words == ("serve",)


def read(folder: Path, compose: str) -> dict[str, Container]:
    (folder / "compose.yaml").write_text(compose)
    return list_containers([folder / "compose.yaml"])


def test_compose_says_more_than_the_image(tmp_path: Path) -> None:
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "src").mkdir()
    (tmp_path / "api" / "Dockerfile").write_text(
        'FROM python\nWORKDIR /app\nCOPY src .\nENV MODE=image\nEXPOSE 8000\nENTRYPOINT ["python"]\nCMD ["a.py"]\n'
        "HEALTHCHECK CMD curl -f http://localhost:8000/ready || exit 1\n"
    )
    found = read(
        tmp_path,
        "services:\n"
        "  plain: {build: ./api}\n"
        "  told:\n    build: {context: api}\n    command: b.py --x 'two words'\n    environment: [MODE=mine]\n"
        "  other: {build: api, entrypoint: [/app/run, /app/c.py]}\n"
        "  mounted: {image: node, working_dir: /app/web, command: node x.js, volumes: ['.:/app:ro']}\n"
        "  unknown: {image: vendor/thing}\n",
    )
    assert found["plain"].words == ("python", "a.py")
    assert (found["plain"].folder, found["plain"].ports, found["plain"].health) == (
        "api/src",
        (8000,),
        "/ready",
    )
    assert found["told"].words == ("python", "b.py", "--x", "two words")
    assert (found["plain"].env["MODE"], found["told"].env["MODE"]) == ("image", "mine")
    assert found["other"].words == ("./run", "c.py")
    assert found["mounted"].folder == "web"
    assert (found["unknown"].words, found["unknown"].folder) == (None, None)


def test_a_dockerfile_outside_of_the_project_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM a\nCMD secret\n")
    (tmp_path / "in").mkdir()
    assert read(tmp_path / "in", "services: {a: {build: ..}}")["a"].words is None
