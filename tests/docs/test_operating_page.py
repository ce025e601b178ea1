"""The files in deploy/ and the page on operating: every variable is a setting, every metric one that is measured."""

import inspect
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from documented import blocks
from octavo.app import serving, workers
from octavo.app.commands import serve
from octavo.app.settings import Settings
from octavo.store.pool import Pool
from octavo.telemetry import METRICS
from octavo.web.events import EventPages
from octavo.worker.room import Room

SETTINGS = {f"OCTAVO_{entry.name.upper()}" for entry in fields(Settings)}
#: Variables that are no settings of the server: what commands ask for, and what scripts of the client use.
OTHERS = {"OCTAVO_PASSWORD", "OCTAVO_URL", "OCTAVO_TOKEN"}
VARIABLE = re.compile(r"OCTAVO_[A-Z_]+[A-Z]")


@pytest.fixture(scope="module")
def page(repository: Path) -> Path:
    return repository / "docs" / "operate.md"


@pytest.fixture(scope="module")
def unit(repository: Path) -> str:
    return (repository / "deploy" / "octavo.service").read_text()


@pytest.fixture(scope="module")
def compose(repository: Path) -> Any:
    return yaml.safe_load((repository / "deploy" / "compose.yaml").read_text())


def test_every_variable_in_the_deployment_files_and_documents_is_a_setting(repository: Path):
    files = [*(repository / "deploy").iterdir(), *(repository / "docs").rglob("*.md"), repository / "README.md"]
    named = {(file.name, name) for file in files for name in VARIABLE.findall(file.read_text())}
    assert len(named) > 30
    assert {(file, name) for file, name in named if name not in SETTINGS | OTHERS} == set()


def test_the_units_limits_are_longer_than_the_servers(unit: str):
    [seconds] = re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)
    assert int(seconds) > workers._DRAIN_SECONDS > serving._DRAIN_SECONDS
    assert "ExecStart=/opt/octavo/.venv/bin/octavo serve\n" in unit


def test_systemd_has_nothing_to_complain_of(unit: str, tmp_path: Path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd-analyze here")
    file = tmp_path / "octavo.service"
    program = Path(sys.executable).parent / "octavo"
    file.write_text(unit.replace("/opt/octavo/.venv/bin/octavo", str(program)))
    said = subprocess.run(["systemd-analyze", "verify", "--man=no", file], capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout) == (0, ""), said.stderr


def test_the_containers_start_in_order_and_are_asked_whether_they_are_ready(compose: Any):
    services = compose["services"]
    assert services["octavo"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["migrate"]["command"] == ["migrate"]
    assert services["octavo"]["environment"]["OCTAVO_DATABASE_URL"].endswith("@database/octavo")
    published = {port.rpartition(":")[2] for port in services["octavo"]["ports"]}
    assert published == {str(Settings().port), str(Settings().edge_port)}
    assert all(port.startswith("127.0.0.1:") for port in services["octavo"]["ports"]), "not without a proxy"


def test_the_image_has_the_program_a_user_of_its_own_and_a_question_that_is_answered(repository: Path):
    lines = (repository / "deploy" / "Dockerfile").read_text().replace("\\\n", "")
    steps = [tuple(line.split(maxsplit=1)) for line in lines.splitlines() if line and line[0].isupper()]
    done = dict(steps)
    assert (done["ENTRYPOINT"], done["CMD"], done["STOPSIGNAL"]) == ('["octavo"]', '["serve"]', "SIGTERM")
    assert done["USER"] == "octavo"
    assert f"http://127.0.0.1:{Settings().port}/admin/ready" in done["HEALTHCHECK"]
    copied = [name for what, rest in steps if what == "COPY" and "--from" not in rest for name in shlex.split(rest)[:-1]]
    assert [name for name in copied if not (repository / name).exists()] == []
    let_in = (repository / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    assert {f"!{name}" for name in copied} <= set(let_in)


def yaml_blocks(page: Path) -> list[Any]:
    return [yaml.safe_load(block.text) for block in blocks(page) if block.language == "yaml"]


def test_every_alert_asks_for_a_metric_that_is_measured_with_its_labels(page: Path):
    [rules] = [found["groups"][0]["rules"] for found in yaml_blocks(page) if "groups" in found]
    labels = {}
    for metric in METRICS:
        [described] = metric.describe()
        endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_count", "_bucket", "_sum")}[described.type]
        labels |= {f"{described.name}{ending}": {*metric._labelnames, "le"} for ending in endings}
    for rule in rules:
        asked = re.findall(r"(octavo_\w+)(?:\{(.*?)\})?", rule["expr"])
        assert asked or rule["expr"] == 'up{job="octavo"} == 0'
        for name, chosen in asked:
            assert name in labels, rule["alert"]
            assert set(re.findall(r"(\w+)[=!]", chosen)) <= labels[name], rule["alert"]
    text = page.read_text()
    assert set(re.findall(r'state="([\w ]+)"', text)) <= set(Pool("postgresql://nowhere", 1).counts)
    assert set(re.findall(r'route!="(.+?)"', text)) == {route.name for route in EventPages(None).routes()}  # type: ignore[arg-type]


def test_the_number_of_connections_is_what_a_worker_opens(page: Path):
    settings = Settings()
    listening = sum(inspect.getsource(one).count("listen(") for one in (serve.assembled, Room.work))
    told = f"{settings.connections} to serve (`OCTAVO_CONNECTIONS`), {settings.worker_connections} to work in the background"
    assert told in page.read_text()
    assert f"{listening} that listen" in page.read_text()
    assert f"{settings.connections + settings.worker_connections + listening} for each worker" in page.read_text()
