"""Pushing: what a server takes is counted, what it refuses is told object by object."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vigie.cli import boards
from vigie.dashboards import EXPLORER, lines, pushing
from vigie.errors import ConfigError, DashboardsError

from .kibana import Kibana, serving

LOOPBACK = ip_address("127.0.0.1")
ALL = len(lines("en").splitlines())


@pytest.fixture(params=["osd-xsrf", "kbn-xsrf"])
def kibana(request: pytest.FixtureRequest) -> Iterator[Kibana]:
    with serving(Kibana(header=request.param)) as server:
        yield server


@pytest.fixture
def plain() -> Iterator[Kibana]:
    with serving(Kibana()) as server:
        yield server


def vigie(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    code = "from vigie.cli import main; main()"
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VIGIE_DASH")}
    return subprocess.run(
        [sys.executable, "-c", code, "dashboards", *words], capture_output=True, text=True,
        check=False, env={**kept, **environ}, cwd=Path(__file__).parent,
    )  # fmt: skip


def pushed(server: Kibana, content: str = "", **environ: str) -> pushing.Pushed:
    into = pushing.access(server.url, environ)
    return pushing.push("vigie.en", content or lines("en"), into)


def test_all_is_taken_and_again_changes_nothing(kibana: Kibana) -> None:
    assert pushed(kibana) == pushing.Pushed(ALL)
    first = dict(kibana.held)
    assert pushed(kibana) == pushing.Pushed(ALL)
    assert kibana.held == first
    assert kibana.asked == [f"{urlpath}?overwrite=true" for urlpath in [pushing.PATH] * 2]


def test_both_languages_stand_side_by_side(plain: Kibana) -> None:
    done = vigie("push", plain.url, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "fr": {"taken": ALL, "failed": []}, "en": {"taken": ALL, "failed": []},
    }  # fmt: skip
    assert len(plain.held) == 2 * ALL
    only = vigie("push", plain.url, "--lang", "fr")
    assert only.stdout == f"fr: {ALL} objets importés\n"


def test_missing_references_are_told_in_words(plain: Kibana) -> None:
    gone = '{"id": "vigie-alerts-en", "type": "index-pattern"'
    without = "\n".join(line for line in lines("en").splitlines() if not line.startswith(gone))
    done = pushed(plain, without)
    assert done.failures
    assert done.taken == ALL - 1 - len(done.failures)
    assert {failure.error for failure in done.failures} == {"missing_references"}
    assert {failure.detail for failure in done.failures} == {"index-pattern vigie-alerts-en"}


def test_what_is_done_in_part_says_so_and_exits_with_three(plain: Kibana) -> None:
    plain.locked = {("dashboard", "vigie-overview-fr")}
    plain.unwilling = {"search"}
    done = vigie("push", plain.url, "--lang", "fr")
    assert done.returncode == 3
    assert "dashboard vigie-overview-fr – existe déjà et n'a pas été remplacé" in done.stdout
    assert "search vigie-earned-fr – ce serveur n'en connaît pas le type" in done.stdout
    document = json.loads(vigie("push", plain.url, "--lang", "en", "--json").stdout)
    assert "search vigie-earned-en – this server has no such type" in document["en"]["failed"]


def test_nothing_taken_exits_with_one(plain: Kibana) -> None:
    plain.unwilling = {"search", "dashboard", "visualization", "index-pattern"}
    done = vigie("push", plain.url)
    assert done.returncode == 1


def test_an_older_server_is_named_as_one(plain: Kibana) -> None:
    plain.versions = {**plain.versions, "visualization": "7.4.2"}
    with pytest.raises(DashboardsError, match=r"HTTP 422: Document .*more recent version") as told:
        pushed(plain)
    assert "older than 7.10" in told.value.do
    done = vigie("push", plain.url)
    assert done.returncode == 1
    assert "422" in done.stderr
    assert done.stdout == ""


def test_below_a_base_path(tmp_path: Path) -> None:
    with serving(Kibana(base="/s/team")) as server:
        assert pushed(server).taken == ALL
        wrong = pushing.access(server.url.removesuffix("/s/team"), {})
        with pytest.raises(DashboardsError, match="404") as told:
            pushing.push("vigie.en", lines("en"), wrong)
        assert "base path" in told.value.do


def test_a_user_or_a_key_from_the_environment(tmp_path: Path) -> None:
    with serving(Kibana(user=("léa", "s3cret:x"))) as server:
        with pytest.raises(DashboardsError, match="401"):
            pushed(server)
        given = {"VIGIE_DASHBOARDS_USER": "léa", "VIGIE_DASHBOARDS_PASSWORD": "s3cret:x"}
        assert pushed(server, **given).taken == ALL
        assert vigie("push", server.url, **given).returncode == 0
        (tmp_path / "vigie.toml").write_text('[workspace]\nname = "W"\n', "utf-8")
        (tmp_path / ".env").write_text(
            "".join(f"{name}={value}\n" for name, value in given.items()), "utf-8"
        )
        assert vigie("push", server.url, "--workspace", str(tmp_path)).returncode == 0
        wrong = vigie("push", server.url, **{**given, "VIGIE_DASHBOARDS_PASSWORD": "hunter2"})
        assert wrong.returncode == 1
        assert "hunter2" not in wrong.stdout + wrong.stderr
    with serving(Kibana(header="kbn-xsrf", api_key="k3y")) as server:
        assert pushed(server, VIGIE_DASHBOARDS_API_KEY="k3y").taken == ALL
        with pytest.raises(DashboardsError, match="401") as told:
            pushed(server, VIGIE_DASHBOARDS_API_KEY="wrong-k3y")
        assert "k3y" not in str(told.value)
    assert "s3cret" not in repr(pushing.access("http://h", given))


def signed(path: Path) -> Path:
    """A certificate of 127.0.0.1 that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, path.name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(LOOPBACK)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    shown = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(form) + shown)
    return path


def test_a_certificate_authority_of_ones_own(tmp_path: Path) -> None:
    own, other = signed(tmp_path / "own.pem"), signed(tmp_path / "other.pem")
    with serving(Kibana(), own) as server:
        assert pushed(server, VIGIE_DASHBOARDS_CA=str(own)).taken == ALL
        for given in ({}, {"VIGIE_DASHBOARDS_CA": str(other)}):
            with pytest.raises(DashboardsError, match="CERTIFICATE_VERIFY_FAILED") as told:
                pushed(server, **given)
            assert "VIGIE_DASHBOARDS_CA" in told.value.do


class Other(Kibana):
    """A server that is something else: it answers as it is told."""

    said: tuple[int, Any] = (200, {})

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, Any]:
        return self.said


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (200, {"cluster_name": "docker"}, "neither OpenSearch Dashboards nor Kibana"),
        (200, b"<html>hello</html>", "neither OpenSearch Dashboards nor Kibana"),
        (200, {"success": True, "successCount": 3}, f"took 3 of {ALL} objects"),
        (200, {"success": False}, "says not why"),
        (302, b"", "asks to log in"),
        (403, {"message": "Unable to bulk_create dashboard"}, "403: Unable to bulk_create"),
        (413, b"", "HTTP 413"),
        (503, {"message": "Service unavailable"}, "HTTP 503: Service unavailable"),
    ],
)
def test_what_is_no_success_is_an_error(status: int, content: Any, words: str) -> None:
    other = Other()
    other.said = (status, content)
    with serving(other) as server, pytest.raises(DashboardsError, match=words) as told:
        pushed(server)
    assert told.value.where == server.url


def test_nobody_there_and_wrong_settings(tmp_path: Path) -> None:
    with serving(Kibana()) as server:
        url = server.url
    done = vigie("push", url)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    for address in ("ftp://h", "h:5601", "http://u:p4ss@h:5601", "http://"):
        with pytest.raises(ConfigError) as told:
            pushing.access(address, {})
        assert "p4ss" not in str(told.value)
    with pytest.raises(ConfigError, match="goes with"):
        pushing.access(url, {"VIGIE_DASHBOARDS_USER": "a"})
    with pytest.raises(ConfigError, match="no file"):
        pushing.access(url, {"VIGIE_DASHBOARDS_CA": str(tmp_path / "none.pem")})
    (tmp_path / "bad.pem").write_text("nothing", "utf-8")
    bad = pushing.access(url, {"VIGIE_DASHBOARDS_CA": str(tmp_path / "bad.pem")})
    with pytest.raises(ConfigError, match="cannot read"):
        pushing.push("vigie.en", lines("en"), bad)
    assert vigie("push", "ftp://h").returncode == 4
    for explorer in ("javascript:alert(1)", "http://u:p4ss@h"):
        assert vigie("push", url, "--explorer", explorer).returncode == 2
    assert boards.HERE == EXPLORER
    assert vigie("push", url, "--prefix", 'a"b').returncode == 2


def test_building_writes_a_file_a_language(tmp_path: Path) -> None:
    done = vigie("build", "--out", str(tmp_path), "--from", "2019-01-01", "--to", "2019-02-01",
                 "--explorer", "https://vigie.example/e/", "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    paths = [Path(path) for path in json.loads(done.stdout)]
    assert [path.name for path in paths] == ["vigie.fr.ndjson", "vigie.en.ndjson"]
    told = paths[0].read_text("utf-8")
    assert '"timeTo": "2019-01-31T23:59:59.999Z"' in told
    assert "https://vigie.example/e/posts" in told
    assert "127.0.0.1" not in told
    assert vigie("build", "--out", str(paths[0])).returncode == 4
    (tmp_path / "vigie.toml").write_text(
        '[workspace]\nname = "W"\n[store]\nprefix = "acme"\n', "utf-8"
    )
    assert vigie("build", "--out", str(tmp_path), "--workspace", str(tmp_path)).returncode == 0
    assert '"acme-posts-*"' in paths[0].read_text("utf-8")
    assert vigie("build", "--from", "2019-01-01").returncode == 2
    assert vigie("build", "--from", "2019-02-01", "--to", "2019-01-01").returncode == 2
