"""Tokens ready for a crawl: renewed in time, once, and what a platform refuses is kept."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tiny import TinyCrawler

from vigie.clock import SetClock
from vigie.connecting.renewing import LAPSED, REVOKED, note, ready
from vigie.connecting.standing import standings
from vigie.connecting.tokens import Token
from vigie.demo.dialects import DIALECTS
from vigie.demo.grants import Grants
from vigie.demo.server import Served
from vigie.records import SourceRun
from vigie.workspace import Workspace

X = TinyCrawler("x", "X_TOKEN")
PINTEREST = TinyCrawler("pinterest", "PINTEREST_TOKEN")
THREADS = TinyCrawler("threads", "THREADS_TOKEN")
LIMIT_S = 900.0


def give(space: Workspace, grants: Grants, platform: str, **more: object) -> Token:
    """A token in the vault, as connecting would leave it."""
    now = space.clock.now()
    grant = grants.issue(platform, round(now.timestamp() * 1000))
    until = datetime.fromtimestamp((grant.until or 0) / 1000, UTC)
    token = Token(platform=platform, way="oauth", access=grant.access, refresh=grant.refresh,
                  since=now, until=until, scopes=grant.scopes)  # fmt: skip
    token = token.model_copy(update=more)
    space.vault.put(token)
    return token


def test_a_token_that_lasts_long_enough_stays(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    token = give(space, grants, "x")
    assert ready(space, [X], LIMIT_S).environ["X_TOKEN"] == token.access
    clock.set(clock.now() + timedelta(minutes=100))
    assert ready(space, [X], LIMIT_S).environ["X_TOKEN"] == token.access
    assert grants.renewals == []


def test_one_that_would_lapse_on_the_way_is_renewed(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    token = give(space, grants, "x")
    clock.set(clock.now() + timedelta(minutes=106))  # of 120; a crawl may take 15
    told = ready(space, [X], LIMIT_S)
    assert told.environ["X_TOKEN"] not in (token.access, None)
    assert told.denied == {}
    kept = space.vault.get("x")
    assert kept is not None
    assert (kept.access, kept.renewed) == (told.environ["X_TOKEN"], clock.now())
    assert kept.refresh != token.refresh
    assert grants.renewals == ["x"]


def test_only_what_the_crawlers_need_is_touched(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    give(space, grants, "x")
    clock.set(clock.now() + timedelta(minutes=119))
    assert "X_TOKEN" not in ready(space, [PINTEREST], LIMIT_S).environ
    assert grants.renewals == []


def test_what_is_set_by_hand_is_left_alone(
    space: Workspace, grants: Grants, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X_TOKEN", "by-hand")
    give(space, grants, "x")
    clock.set(clock.now() + timedelta(hours=3))
    assert ready(space, [X], LIMIT_S).environ["X_TOKEN"] == "by-hand"
    assert grants.renewals == []


def test_a_revoked_approval_is_kept_and_told(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    give(space, grants, "x")
    grants.revoke("x")
    clock.set(clock.now() + timedelta(hours=3))
    told = ready(space, [X, PINTEREST], LIMIT_S)
    assert told.denied == {"x": REVOKED}
    assert "X_TOKEN" not in told.environ
    (standing,) = standings(space, ["x"])
    assert standing.state == "revoked"
    assert "vigie connect x" in standing.line("fr")


def test_a_refresh_token_that_has_lapsed_is_no_revocation(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    ends = clock.now() + timedelta(days=60)
    give(space, grants, "pinterest", refresh_until=ends)
    grants.revoke("pinterest")
    clock.set(ends + timedelta(days=1))
    assert ready(space, [PINTEREST], LIMIT_S).denied == {"pinterest": LAPSED}


def test_one_that_cannot_be_renewed_lapses(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    give(space, grants, "linkedin", refresh=None)
    linkedin = TinyCrawler("linkedin", "LINKEDIN_TOKEN")
    clock.set(clock.now() + timedelta(days=59, hours=23, minutes=55))
    assert ready(space, [linkedin], LIMIT_S).denied == {}
    clock.set(clock.now() + timedelta(hours=1))
    assert ready(space, [linkedin], LIMIT_S).denied == {"linkedin": LAPSED}


@pytest.mark.parametrize("name", ["threads", "instagram"])
def test_one_of_metas_that_was_not_renewed_in_time_has_lapsed(
    space: Workspace, grants: Grants, clock: SetClock, name: str
) -> None:
    """A machine that slept for three months: nobody has withdrawn anything."""
    give(space, grants, name, refresh=None)
    clock.set(clock.now() + timedelta(days=90))
    crawler = TinyCrawler(name, f"{name.upper()}_TOKEN")
    assert ready(space, [crawler], LIMIT_S).denied == {name: LAPSED}
    (standing,) = standings(space, [name])
    assert standing.state == "lapsed"
    assert "jeton expiré" in standing.line("fr")
    give(space, grants, name, refresh=None)
    grants.revoke(name)
    clock.set(clock.now() + timedelta(days=55))  # it would be renewed by now
    assert ready(space, [crawler], LIMIT_S).denied == {name: REVOKED}


def test_threads_is_renewed_while_it_can_be_and_once_a_day(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    give(space, grants, "threads", refresh=None)
    clock.set(clock.now() + timedelta(days=49))
    ready(space, [THREADS], LIMIT_S)
    assert grants.renewals == []
    clock.set(clock.now() + timedelta(days=2))
    ready(space, [THREADS], LIMIT_S)
    ready(space, [THREADS], LIMIT_S)
    assert grants.renewals == ["threads"]
    kept = space.vault.get("threads")
    assert kept is not None
    assert kept.until == clock.now() + timedelta(seconds=DIALECTS["threads"].lasts_s)


def test_an_authority_that_does_not_answer_is_no_refusal(
    space: Workspace, grants: Grants, clock: SetClock, caplog: pytest.LogCaptureFixture
) -> None:
    token = give(space, grants, "x")
    settings = space.watchlist.platforms
    moved = settings["x"].model_copy(update={"auth_url": "http://127.0.0.1:9/none"})
    changed = space.watchlist.model_copy(update={"platforms": {**settings, "x": moved}})
    space.__dict__["watchlist"] = changed
    clock.set(clock.now() + timedelta(minutes=110))
    with caplog.at_level(logging.WARNING):
        told = ready(space, [X], LIMIT_S)
    assert (told.denied, told.environ["X_TOKEN"]) == ({}, token.access)  # ten minutes are left
    assert "token not renewed" in caplog.text
    clock.set(clock.now() + timedelta(minutes=20))
    assert ready(space, [X], LIMIT_S).denied == {"x": LAPSED}
    kept = space.vault.get("x")
    assert kept is not None
    assert kept.refused is None


def test_an_app_whose_secret_is_gone_is_no_revocation(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    token = give(space, grants, "x")
    clock.set(clock.now() + timedelta(minutes=110))
    for env in ("", "X_CLIENT_ID=x-app\nX_CLIENT_SECRET=wrong-one\n"):
        (space.dir / ".env").write_text(env, encoding="utf-8")
        space.__dict__.pop("environ", None)
        assert ready(space, [X], LIMIT_S).environ["X_TOKEN"] == token.access
        kept = space.vault.get("x")
        assert kept is not None
        assert kept.refused is None


PROGRAM = """
import sys
sys.path[:0] = [{here!r}, {root!r}]
from tiny import TinyCrawler
from vigie.connecting.renewing import ready
from vigie.workspace import Workspace
sys.stdin.readline()
with Workspace.open(__import__("pathlib").Path(sys.argv[1])) as space:
    print(ready(space, [TinyCrawler("x", "X_TOKEN")], 900.0).environ["X_TOKEN"])
"""


def test_a_service_account_whose_file_is_gone_keeps_no_other_platform_from_its_crawl(
    space: Workspace, grants: Grants, clock: SetClock, tmp_path: Path
) -> None:
    analytics = TinyCrawler("google_analytics", "GOOGLE_ANALYTICS_TOKEN")
    gone = str(tmp_path / "gone.json")
    give(space, grants, "google_analytics", way="file", refresh=None, file=gone)
    clock.set(clock.now() + timedelta(days=1))
    token = give(space, grants, "x")
    told = ready(space, [analytics, X], LIMIT_S)
    assert told.denied == {"google_analytics": LAPSED}
    assert told.environ["X_TOKEN"] == token.access


def test_two_processes_renew_a_rotating_token_once(
    space: Workspace, grants: Grants, clock: SetClock
) -> None:
    token = give(space, grants, "x")
    clock.set(clock.now() + timedelta(minutes=110))
    (space.data / "now").write_text(clock.now().isoformat(), encoding="utf-8")
    here = Path(__file__).parent
    code = PROGRAM.format(here=str(here), root=str(here.parents[1]))
    programs = [
        subprocess.Popen([sys.executable, "-c", code, str(space.dir)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]  # fmt: skip
    # Threads of this process compete as well.
    told: list[str] = []
    threads = [
        threading.Thread(target=lambda: told.append(ready(space, [X], 900.0).environ["X_TOKEN"]))
        for _ in range(4)
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    for thread in threads:
        thread.start()
    for program in programs:
        out, err = program.communicate(timeout=60)
        assert program.returncode == 0, err
        told.append(out.strip())
    for thread in threads:
        thread.join(60)
    assert len(told) == 7
    assert len(set(told)) == 1
    assert told[0] != token.access
    assert grants.renewals == ["x"]


def source(state: str, reason: str | None = None, requests: int = 1) -> SourceRun:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    return SourceRun.model_validate(
        {"key": "x/account/a", "platform": "x", "state": state, "reason": reason,
         "started_at": now, "ended_at": now, "requests": requests}
    )  # fmt: skip


def test_what_a_crawl_heard_is_kept_with_the_token(
    space: Workspace, grants: Grants, served: Served
) -> None:
    give(space, grants, "x")

    def refused() -> str | None:
        kept = space.vault.get("x")
        assert kept is not None
        return kept.refused

    note(space, [X], [source("broken", "time-out")])
    assert refused() is None
    note(space, [X], [source("broken", f"{REVOKED}: HTTP 401"), source("broken", "time-out")])
    assert refused() == "revoked"
    note(space, [X], [source("broken", REVOKED, requests=0)])  # nothing was asked
    assert refused() == "revoked"
    note(space, [X], [source("broken", f"{LAPSED}: HTTP 401"), source("ok")])
    assert refused() is None
    note(space, [X], [source("broken", f"{LAPSED}: HTTP 401")])
    assert refused() == "lapsed"
    # It lapsed before its time: the next crawl has it given anew.
    assert ready(space, [X], LIMIT_S).denied == {}
    assert (refused(), grants.renewals) == (None, ["x"])


def test_a_key_that_was_refused_is_tried_again(space: Workspace) -> None:
    youtube = TinyCrawler("youtube", "YOUTUBE_KEY")
    space.vault.put(Token(platform="youtube", way="key", access="AIza-1234567",
                          since=space.clock.now(), refused="revoked"))  # fmt: skip
    told = ready(space, [youtube], LIMIT_S)
    assert (told.denied, told.environ["YOUTUBE_KEY"]) == ({}, "AIza-1234567")
