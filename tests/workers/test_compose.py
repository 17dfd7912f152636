"""The compose file: read by the specification's schema, pinned, on loopback, without secrets, and
with names and commands that exist. It is checked, not run."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from vigie import __version__

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|KEY|AUTH")
EXAMPLE = (DEPLOY / "compose.env.example").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))["services"]
    return read


def test_the_schema_of_the_specification_accepts_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
         str(COMPOSE)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schema_refuses_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text("utf-8").replace("depends_on:", "depends_upon:"), "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
         str(wrong)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1


def test_every_image_is_pinned(services: dict[str, Any]) -> None:
    images = [one["image"] for one in services.values()]
    images += re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text("utf-8"), re.M)
    assert len(images) == 8
    assert f"vigie:{__version__}" in images
    for image in images:
        assert re.fullmatch(r"[a-z/-]+:\d+\.\d+(\.\d+)?[a-z0-9.-]*", image), image
    locked = (ROOT / "requirements.lock").read_text("utf-8")
    version = re.search(r"^prefect==(\S+)", locked, re.M)
    assert version
    assert services["prefect"]["image"].split(":")[1].startswith(f"{version[1]}-")


def test_ports_are_loopback(services: dict[str, Any]) -> None:
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert len(ports) == 4
    assert all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)
    assert not [one for one in services.values() if "network_mode" in one]


def test_no_secret_stands_in_it(services: dict[str, Any]) -> None:
    for service in services.values():
        for name, value in service.get("environment", {}).items():
            if SECRET.search(name):
                assert re.fullmatch(r"\$\{[A-Z_]+(:\?[^}]*)?\}", value), name
            assert not re.search(r"://[^/\s]*:[^/\s]*@", value), name
    values = re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.M)
    assert values
    assert not [name for name, value in values if value]
    assert "deploy/compose.env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_names_exist_in_our_code(services: dict[str, Any]) -> None:
    code = "".join(
        path.read_text("utf-8")
        for room in ("vigie", "flows", "crawlers")
        for path in (ROOT / room).rglob("*.py")
    )
    named = set(re.findall(r"^#? ?(\w+)=", EXAMPLE, re.M))
    for service in services.values():
        named |= set(service.get("environment", ()))
    ours = {name for name in named if name.startswith("VIGIE_")}
    assert {"VIGIE_EXPLORER_TOKEN", "VIGIE_LOG"} <= ours
    assert not [name for name in ours if f'"{name}"' not in code]


def test_names_of_prefect_exist_there(services: dict[str, Any]) -> None:
    from prefect.settings import Settings

    known = known_names(Settings)
    text = COMPOSE.read_text("utf-8") + EXAMPLE + (DEPLOY / "Dockerfile").read_text("utf-8")
    named = set(re.findall(r"\bPREFECT_[A-Z_]+\b", text))
    assert "PREFECT_API_URL" in named
    assert named <= known, named - known


def known_names(settings: Any) -> set[str]:
    """The environment variables that a tree of Prefect's settings reads."""
    prefix = settings.model_config.get("env_prefix", "")
    found: set[str] = set()
    for name, field in settings.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            found |= known_names(field.annotation)
            continue
        found.add(f"{prefix}{name}".upper())
        choices = getattr(field.validation_alias, "choices", ())
        found |= {one.upper() for one in choices if isinstance(one, str)}
    return found


def test_commands_and_links_exist(services: dict[str, Any]) -> None:
    from vigie.cli.app import COMMANDS

    ours = {name: one for name, one in services.items() if one["image"].startswith("vigie:")}
    assert set(ours) == {"deploy", "worker", "explorer"}
    assert {one["command"][0] for one in ours.values()} <= {name for _, name, _ in COMMANDS}
    for service in services.values():
        waits = service.get("depends_on", {})
        assert set(waits) <= set(services)
        for other, how in waits.items():
            if how["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"]
    volumes = yaml.safe_load(COMPOSE.read_text("utf-8"))["volumes"]
    used = {v.split(":")[0] for one in services.values() for v in one.get("volumes", ())}
    assert used == {*volumes, "./watch"}
    for path in re.findall(r"^COPY (.+) \S+$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.M):
        for name in path.split():
            assert (ROOT / name).exists(), name
            assert f"!{name}" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()


def test_strategists_read_and_do_not_write() -> None:
    roles = yaml.safe_load((DEPLOY / "opensearch-roles.yml").read_text("utf-8"))
    reader = roles["vigie_strategist"]
    assert reader["cluster_permissions"] == ["cluster_composite_ops_ro"]
    (permission,) = reader["index_permissions"]
    actions = permission["allowed_actions"]
    assert actions[0] == "read"
    assert all(re.fullmatch(r"indices:admin/mappings/(fields/)?get\*?", one) for one in actions[1:])
    assert "vigie-posts*" in permission["index_patterns"]
    assert not [one for one in permission["index_patterns"] if not one.startswith("vigie-")]


def test_rules_ask_for_metrics_that_exist() -> None:
    text = (DEPLOY / "alerts.yml").read_text("utf-8")
    (group,) = yaml.safe_load(text)["groups"]
    documented = (ROOT / "docs" / "operate.md").read_text("utf-8")
    named = [re.findall(r"vigie_\w+", rule["expr"]) for rule in group["rules"]]
    assert all(named)
    assert not [one for each in named for one in each if f"`{one}" not in documented]
