"""The examples of deploy/ parse, hang together, and set what the settings know."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.settings import Settings

DEPLOY = Path(__file__).parent.parent / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "docker-compose.yml").read_text(encoding="utf-8"))
VALUES = yaml.safe_load((DEPLOY / "helm" / "values.yaml").read_text(encoding="utf-8"))
TEMPLATES = sorted((DEPLOY / "helm" / "templates").glob("*.yaml"))
_KEYS = {
    "build", "image", "environment", "depends_on", "command", "ports", "volumes", "healthcheck", "restart", "profiles",
}  # fmt: skip


def rendered(path: Path) -> list[dict[str, Any]]:
    """A template with its values put in, as Helm does for the few expressions that are used."""

    def value(match: re.Match[str]) -> str:
        made, place = match[1], match[2].split(".")[1:]
        found: Any = {"Release": {"Name": "docs"}, "Values": VALUES}
        for name in place:
            found = found[name]
        return json.dumps(found) if made else str(found)

    text = re.sub(r"\{\{ (toJson )?(\.[\w.]+) \}\}", value, path.read_text(encoding="utf-8"))
    assert "{{" not in text
    return list(yaml.safe_load_all(text))


def settings_of(environment: dict[str, str]) -> Settings:
    known = {name: value for name, value in environment.items() if name.startswith("NINESTEP_")}
    fields = {name.removeprefix("NINESTEP_").lower(): value for name, value in known.items()}
    assert fields.keys() <= Settings.model_fields.keys()
    return Settings(**fields)  # type: ignore[arg-type]


def test_every_service_of_the_compose_file_is_whole() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service) <= _KEYS, name
        assert "image" in service
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            assert volume.partition(":")[0] in COMPOSE["volumes"]
    for name in ("api", "index"):
        host = re.fullmatch(r"milvus\+http://(\w+):19530", settings_of(services[name]["environment"]).index)
        assert host
        assert host[1] in services
        assert services[host[1]]["healthcheck"]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_every_template_makes_objects_that_hang_together(path: Path) -> None:
    for made in rendered(path):
        assert {"apiVersion", "kind", "metadata", "spec"} <= made.keys()
        for pod in pods(made["spec"]):
            volumes = {volume["name"] for volume in pod["volumes"]}
            for container in (*pod["containers"], *pod.get("initContainers", ())):
                assert container["image"] == VALUES["image"]
                assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
                if "env" in container:
                    environment = {one["name"]: one["value"] for one in container["env"]}
                    assert settings_of(environment).index == VALUES["index"]


def test_the_service_finds_the_servers() -> None:
    deployment, service = rendered(DEPLOY / "helm" / "templates" / "api.yaml")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"] == labels == deployment["spec"]["selector"]["matchLabels"]
    assert deployment["spec"]["replicas"] == VALUES["replicas"]


def pods(value: object) -> list[dict[str, Any]]:
    """Every specification of a pod below a value."""
    if isinstance(value, dict):
        own = [value] if "containers" in value else []
        return own + [pod for inner in value.values() for pod in pods(inner)]
    return [pod for inner in value for pod in pods(inner)] if isinstance(value, list) else []
