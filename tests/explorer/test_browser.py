"""What a reader's browser shows: charts under the policy, doors, the back button, accessibility.

Needs a Chromium; the accessibility rules of axe-core come from npm into pytest's cache."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vigie.explorer.serving import serve
from vigie.workspace import Workspace

from . import browser
from .seeding import BEST, open_workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = "axe-core@4.14.1"
DRAWN = (
    "[...document.querySelectorAll('figure.chart[data-spec] .plot')]"
    ".every(plot => plot.classList.contains('drawn'))"
)
ROOMS = (
    "/",
    "/?period=28d&panel=posts%3Fperiod%3D28d%26brand%3Dlevaine",
    "/?panel=definition/sov.mentions",
    "/?panel=alert/alert:mieloup:crisis",
    "/?panel=help/search",
    "/trends",
    "/trends/trend:brioche",
    "/posts?period=28d&q=pain",
    "/posts?period=28d&as=table",
    "/posts?q=unicorn&brand=levaine",
    f"/posts/{BEST}",
    "/brands?period=28d",
    "/brands/levaine?period=28d",
    "/influencers",
    "/influencers/mastodon:did:person1",
    "/alerts",
    "/alerts/alert:mieloup:crisis",
    "/briefings",
    "/sources",
    "/definitions",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The explorer over HTTP, as `vigie explore` serves it."""
    workspace = open_workspace(tmp_path_factory.mktemp("served"))
    address: list[str] = []
    up = threading.Event()
    loop = asyncio.new_event_loop()

    def ready(url: str) -> None:
        address.append(url)
        up.set()

    async def run(space: Workspace) -> None:
        task.append(asyncio.current_task())
        try:
            await serve(space, host="127.0.0.1", port=0, ready=ready)
        except asyncio.CancelledError:
            return

    task: list[asyncio.Task[None] | None] = []
    thread = threading.Thread(target=loop.run_until_complete, args=(run(workspace),))
    thread.start()
    assert up.wait(30)
    yield address[0].rstrip("/")
    assert task[0]
    loop.call_soon_threadsafe(task[0].cancel)
    thread.join(20)
    loop.close()
    workspace.close()


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Tab]:
    if browser.find() is None:
        pytest.skip("no Chromium on this machine")
    with browser.browsing(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """The script of axe-core."""
    assert request.config.cache
    folder = Path(request.config.cache.mkdir("axe"))
    script = folder / "package" / "axe.min.js"
    if not script.is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("no npm to fetch axe-core with")
        packed = subprocess.run(
            [npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, check=False
        )
        if packed.returncode:
            pytest.skip(f"axe-core cannot be fetched: {packed.stderr[-200:]}")
        with tarfile.open(folder / packed.stdout.strip()) as archive:
            archive.extract("package/axe.min.js", folder, filter="data")
    return script.read_text(encoding="utf-8")


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize(("lang", "theme"), [("fr", "light"), ("en", "dark")])
def test_a_page_draws_without_a_complaint_and_is_accessible(
    site: str, tab: browser.Tab, axe: str, room: str, lang: str, theme: str
) -> None:
    tab.complaints.clear()
    tab.requests.clear()
    tab.size(1440, 900)
    tab.go(f"{site}{room}{'&' if '?' in room else '?'}lang={lang}&theme={theme}")
    tab.until(DRAWN)
    tab.evaluate(axe)
    found = tab.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
        "v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' '"
        " + n.failureSummary).join(' | ')))"
    )
    assert found == []
    assert tab.complaints == []
    assert [url for url in tab.requests if not url.startswith((site, "data:"))] == []


def test_a_click_on_a_mark_opens_its_posts_and_back_closes_them(
    site: str, tab: browser.Tab
) -> None:
    tab.size(1440, 1600)
    tab.go(f"{site}/?period=28d&lang=en&theme=light")
    tab.until(DRAWN)
    box = tab.evaluate(
        "(() => { const marks = [...document.querySelectorAll('.plot .mark-symbol path')];"
        " const r = marks.at(-5).getBoundingClientRect();"
        " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
    )
    for kind in ("mousePressed", "mouseReleased"):
        tab.call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left",
                 clickCount=1)  # fmt: skip
    tab.until("!document.querySelector('#panel').hidden")
    assert "panel=posts" in tab.evaluate("location.search")
    assert "Levaine" in tab.evaluate("document.querySelector('#panel .facts').textContent") or (
        "post" in tab.evaluate("document.querySelector('#panel h2').textContent")
    )
    tab.evaluate("history.back()")
    tab.until("document.querySelector('#panel').hidden")
    assert "panel" not in tab.evaluate("location.search")
    tab.until(DRAWN)


def test_a_figure_opens_beside_the_page_and_escape_closes_it(site: str, tab: browser.Tab) -> None:
    tab.go(f"{site}/brands?period=28d&lang=en")
    tab.until(DRAWN)
    count = tab.evaluate("document.querySelector('td a.door').dataset.count")
    tab.evaluate("window.here = 1; document.querySelector('td a.door').focus()")
    tab.evaluate("document.activeElement.click()")
    tab.until("document.activeElement === document.querySelector('#panel h2')")
    assert tab.evaluate("document.querySelector('#panel [data-total]').dataset.total") == count
    assert tab.evaluate("window.here") == 1, "the page was not loaded again"
    tab.evaluate("document.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape'}))")
    tab.until("document.querySelector('#panel').hidden")
    tab.until("document.activeElement === document.querySelector('td a.door')")


@pytest.mark.parametrize("room", ROOMS)
def test_a_narrow_page_does_not_scroll_sideways(site: str, tab: browser.Tab, room: str) -> None:
    tab.size(390, 900)
    tab.go(f"{site}{room}{'&' if '?' in room else '?'}lang=fr")
    tab.until(DRAWN)
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    tab.size(1440, 900)


def test_charts_follow_the_theme_onto_paper(site: str, tab: browser.Tab) -> None:
    tab.go(f"{site}/brands?period=28d&lang=en&theme=dark")
    tab.until(DRAWN)
    fill = "getComputedStyle(document.querySelector('.plot .mark-rect path')).fill"
    dark = tab.evaluate(fill)
    tab.call("Emulation.setEmulatedMedia", media="print")
    paper = tab.evaluate(fill)
    tab.call("Emulation.setEmulatedMedia", media="")
    assert dark != paper
    tab.go(f"{site}/brands?period=28d&lang=en&theme=light")
    tab.until(DRAWN)
    assert tab.evaluate(fill) == paper


def test_filters_apply_themselves_and_leave_a_short_address(site: str, tab: browser.Tab) -> None:
    tab.go(f"{site}/posts?network=bluesky&lang=en")
    tab.evaluate(
        "(() => { const s = document.querySelector('#period'); s.value = '28d';"
        " s.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )
    tab.until("location.search.includes('period=28d')")
    tab.until("document.readyState === 'complete'")
    search = tab.evaluate("location.search")
    assert "network=bluesky" in search
    assert "from=" not in search
    assert "compare=" not in search


def test_pages_work_without_their_script(site: str, tab: browser.Tab) -> None:
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.go(f"{site}/brands?period=28d&lang=en")
        document = tab.call("DOM.getDocument")["root"]["nodeId"]
        door = tab.call("DOM.querySelector", nodeId=document, selector="td a.door")["nodeId"]
        attributes = tab.call("DOM.getAttributes", nodeId=door)["attributes"]
        named = dict(zip(attributes[::2], attributes[1::2], strict=True))
        tab.go(f"{site}{named['href']}")
        document = tab.call("DOM.getDocument")["root"]["nodeId"]
        total = tab.call("DOM.querySelector", nodeId=document, selector="#panel [data-total]")
        attributes = tab.call("DOM.getAttributes", nodeId=total["nodeId"])["attributes"]
        assert named["data-count"] == attributes[attributes.index("data-total") + 1]
    finally:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)


def test_the_theme_follows_the_machine(site: str, tab: browser.Tab) -> None:
    tab.call("Network.clearBrowserCookies")
    seen = set()
    for scheme in ("light", "dark"):
        tab.call("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": scheme}])  # fmt: skip
        tab.go(f"{site}/?period=28d")
        tab.until(DRAWN)
        seen.add(tab.evaluate("getComputedStyle(document.body.parentElement).backgroundColor"))
    tab.call("Emulation.setEmulatedMedia", features=[])
    assert seen == {"rgb(255, 255, 255)", "rgb(21, 23, 27)"}
