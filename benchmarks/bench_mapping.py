"""Mapping to validated records in posts per CPU-second, by platform, beside `json.loads` of the
same bodies.

Run: `python -m benchmarks.bench_mapping [PLATFORM…]`. The bodies are those that a first crawl takes
of the simulated platform: one brand's 300 posts with pictures, links and hashtags, what others say
of it, comments. Measured are the bodies that hold posts; of platforms of figures, those that hold
samples, which are counted instead. Platforms that answer XML or HTML are left out. Figures of a
busy machine are low; ratios hold.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import crawlers
from tests.crawlers.conformance.cases import CASES, Case
from tests.crawlers.hamlet import NOON, Hamlet, ms
from vigie.demo import sites
from vigie.demo.posts import Media
from vigie.demo.sites.reply import Ask, parsed
from vigie.masking import Secrets
from vigie.sources import Answer, Call, Target
from vigie.watchlist import Watchlist, parse

AT_LEAST = 15_000  # posts per CPU-second, on an idle machine
HOST = "http://platform.example"
POSTS, TALK, BELOW = 300, 60, 40
SECONDS = 1.0  # of CPU that a figure is measured over
NOW = NOON + timedelta(hours=10)  # Telegram keeps what is new for a day
WORDS = (
    "Le vélo cargo est prêt pour l’automne : freins revus, sacoches cousues, lumière neuve. "
    "On vous attend samedi à l’atelier, café compris ☕ #brindille https://brindille.example/{}"
)


def hamlet_of(case: Case) -> Hamlet:
    """The people of the benchmark."""
    hamlet = Hamlet(case.place)
    brand, other = hamlet.account("brindille", **case.people), hamlet.account("passante")
    image = Media("image", "un vélo cargo", 1200, 900)
    for number in range(POSTS):
        text = f"{number} {WORDS.format(number)}"
        more: dict[str, Any] = {"title": f"n° {number}"} if case.title else {}
        hamlet.publish(brand, text, tags=("brindille",), media=image, **more, **case.post)
    last = hamlet.posts[-1]
    for number in range(TALK):
        text = f"une veste Brindille vue au marché, {number}"
        more = {"title": f"Brindille {number}"} if case.title else {}
        hamlet.publish(other, text, **more, **case.post)
    for number in range(BELOW):
        hamlet.publish(other, f"et en bleu ? {number}", parent=last, root=last)
    return hamlet


def watchlist_of(case: Case, hamlet: Hamlet) -> Watchlist:
    one = hamlet.accounts[0]
    account = case.account.format(handle=one.handle, native=one.native, base=HOST)
    accounts = {case.name: [account]} if case.own else {}
    brand = {"id": "b", "name": "Brindille", "role": "own", "accounts": accounts}
    settings = {"url": HOST, **case.settings}
    return parse(
        {"workspace": {"name": "w"}, "brands": [brand], "platforms": {case.name: settings}}
    )


def first_crawl(case: Case) -> list[Answer]:
    """What a first crawl of the platform is answered."""
    hamlet, crawler = hamlet_of(case), crawlers.load(case.name)
    site = sites.make(case.place, hamlet)
    names = (*crawler.requires, *getattr(crawler, "keys", ()))
    secrets = Secrets(names, {name: f"{7_000_000_001}:{name.lower()}" for name in names})
    answers: list[Answer] = []
    for target in crawler.targets(watchlist_of(case, hamlet)):
        calls = deque(crawler.start(target, {}))
        while calls:
            answer = _answer(site, secrets, calls.popleft(), target)
            answers.append(answer)
            if answer.status < 300:
                calls.extend(crawler.next(answer, target, {}))
    return answers


def _answer(site: Any, secrets: Secrets, call: Call, target: Target) -> Answer:
    url = secrets.fill(call.url) or call.url
    split = urlsplit(url)
    headers = {name.lower(): secrets.fill(value) or "" for name, value in call.headers.items()}
    body = secrets.fill((call.body or b"").decode()) or ""
    ask = Ask(
        unquote(split.path), parsed(split.query), headers, ms(NOW), f"{HOST}{split.path}",
        call.method, body.encode(),
    )  # fmt: skip
    reply = site.answer(ask)
    return Answer(
        platform=target.platform, endpoint=call.endpoint, target=target.key, url=call.url,
        request_url=call.url, method=call.method, status=reply.status,
        headers={name.lower(): told for name, told in reply.headers.items()}, body=reply.body,
        collected_at=NOW, run_id="b", brand=target.brand, topic=target.topic,
        meta=json.loads(json.dumps(dict(call.meta))),
    )  # fmt: skip


def rate(work: Callable[[], Any], number: int) -> float:
    """How many of `number` things a CPU-second of the work does."""
    work()
    gc.collect()
    rounds, begun = 0, time.process_time()
    while (spent := time.process_time() - begun) < SECONDS:
        work()
        rounds += 1
    return number * rounds / spent


def measure(case: Case) -> tuple[int, float, float]:
    """Records, records mapped and records' bodies loaded per CPU-second."""
    crawler = crawlers.load(case.name)
    answers: list[Answer] = []
    number = 0
    for answer in first_crawl(case):
        mapped = crawler.map(replace(answer))
        if records := mapped.samples if case.figures else mapped.posts:
            answers.append(answer)
            number += len(records)
    if not number:
        raise SystemExit(f"{case.name}: a first crawl gave nothing")
    fast = rate(lambda: [crawler.map(replace(answer)) for answer in answers], number)
    loads = rate(lambda: [json.loads(answer.body) for answer in answers], number)
    return number, fast, loads


def main(names: list[str]) -> int:
    known = [name for name in crawlers.names() if name in CASES and CASES[name].place != "press"]
    slow = 0
    print(f"{'':18}{'records':>9}{'mapped/s':>12}{'json.loads/s':>14}{'ratio':>8}")
    for name in names or known:
        number, fast, loads = measure(CASES[name])
        slow += fast < AT_LEAST
        mark = "" if fast >= AT_LEAST else f"  below {AT_LEAST:,}"
        print(f"{name:18}{number:>9,}{fast:>12,.0f}{loads:>14,.0f}{fast / loads:>8.2f}{mark}")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
