"""One target's visit: the calls it takes, what its answers say, and the report of it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

from vigie.addresses import parts
from vigie.clock import Clock
from vigie.errors import Broken, BudgetSpent, MappingError, RateLimited, SourceError, StoreError
from vigie.health import fault_of, probe, records_of
from vigie.masking import PLACEHOLDER, Secrets
from vigie.records import Cursor, SourceRun
from vigie.sources import UNBELIEVED, Answer, Call, Crawler, Target
from vigie.watchlist import Platform

if TYPE_CHECKING:
    from scrapy.http import Response

    from vigie.budgets import Purse

log = logging.getLogger("vigie.crawl")
KEPT = "_vigie"  # what the framework keeps in a cursor beside the crawler's own
VALIDATORS = 50  # addresses of a target whose ETag and Last-Modified are kept
ENDLESS = "the next page is one that was read already"
WIPED = 5  # posts of one answer that are all gone: a platform in trouble answers nothing as well
BELIEVED = timedelta(hours=12)  # and are gone for good if they still are after that
DOUBTED = timedelta(days=2)  # an account that lists nothing any more is not believed before
FEW = 3  # posts, of which a person may well delete all
HOPELESS = 3  # server errors in a row, each after the retries, that end a visit
MARKS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
State = Literal["ok", "empty", "rate_limited", "broken", "skipped"]


class Halt(Exception):
    """Answers cannot be landed: nothing may go on. Its cause is what the landing raised."""


class Shelf(Protocol):
    """Where answers go: on disk first, then the cursor of their visit moves."""

    async def put(self, visit: Visit, answer: Answer, *, moves: bool) -> None: ...

    async def end(self, visit: Visit) -> None: ...

    async def flush(self) -> None: ...


Download = Callable[["Visit", Call, Mapping[str, str], bool], Awaitable["Response"]]


@dataclass(slots=True, eq=False)
class Visit:
    """One target in one run. `begun` is the cursor as the last run left it, which `start` and
    `next` are given; `cursor` moves with what is landed."""

    crawler: Crawler
    target: Target
    settings: Platform
    secrets: Secrets
    purse: Purse
    clock: Clock
    run_id: str
    record: Cursor | None
    started_at: datetime
    begun: dict[str, Any] = field(init=False)
    cursor: dict[str, Any] = field(init=False)
    validators: dict[str, dict[str, str]] = field(init=False)
    last_success_at: datetime | None = field(init=False)
    usual: dict[str, int] = field(init=False)  # endpoint → posts of its first page when last read
    doubt: str | None = field(init=False)  # since when it shows none any more
    wiped: bool = False  # whether an answer of this run said that many are gone
    fresh: dict[str, dict[str, str]] = field(default_factory=dict)
    state: State | None = None
    reason: str | None = None
    resume_at: datetime | None = None
    ended_at: datetime | None = None
    requests: int = 0
    pages: int = 0
    not_modified: int = 0
    found: bool = False
    frozen: bool = False  # after a fault no cursor moves: a page is missing
    given: dict[tuple[str, str, bytes | None], int] = field(default_factory=dict)
    answered_at: datetime | None = None  # the last answer
    _listed: set[str] = field(default_factory=set)  # endpoints whose first page was seen

    def __post_init__(self) -> None:
        value = dict(self.record.value) if self.record else {}
        kept = value.pop(KEPT, {})
        self.begun, self.cursor = value, dict(value)
        self.validators = kept.get("validators", {})
        self.last_success_at = success_of(self.record)
        self.usual, self.doubt = dict(kept.get("usual", {})), kept.get("doubt")

    async def read(self, download: Download, shelf: Shelf) -> None:
        """Reads the target to its end and says how it went. Raises Halt and StoreError: they end
        the whole crawl."""
        try:
            await self._read(download, shelf)
        except (Halt, StoreError):
            raise
        except RateLimited as error:
            self.close("rate_limited", f"rate limit: {error.what}", error.resume_at)
        except BudgetSpent as error:
            resumes = self.purse.resumes_at(error.where)
            reason = f"budget: {error.where}: {error.what}"
            self.close("ok" if self.pages else "skipped", reason, resumes)
        except MappingError as error:
            self.close("broken", f"unknown shape: {error}")
        except SourceError as error:
            self.close("broken", error.what)
        except Exception as error:
            reason = self._reason_of(error)
            if reason == "robots.txt":
                self.close("skipped", "robots.txt: forbids this address")
            else:
                self.close("broken", reason)
        else:
            self.close("broken" if self.reason and self.frozen else self._outcome(), self.reason)
        await shelf.end(self)

    async def _read(self, download: Download, shelf: Shelf) -> None:
        calls = deque((call, 1, False) for call in self.crawler.start(self._dated(), self.begun))
        settles: frozenset[str] = getattr(self.crawler, "settles", frozenset())
        failing = 0
        while calls:
            call, depth, onward = calls.popleft()  # onward: a further page of a list
            answer = await self._ask(call, depth, download)
            if answer is None:
                continue
            fault = fault_of(
                self.crawler, self.target, call, answer, depth, signed=self._signed(call)
            )
            shape: MappingError | None = None
            if fault is None:
                fault = self._doubtful(answer)
            if fault is None and (fault := self._wiped(answer)):
                answer = replace(answer, meta={**answer.meta, UNBELIEVED: True})
            if fault is None and answer.status < 300 and not self.found:
                try:
                    self.found = probe(self.crawler, self.target, answer)
                except MappingError as error:
                    shape = error
            self.frozen |= fault is not None or shape is not None
            if answer.status < 500:
                told = answer.status < 300 or call.endpoint in settles
                await shelf.put(self, answer, moves=told and not self.frozen)
                if getattr(self.crawler, "lands_first", False):
                    await shelf.flush()
            if shape:
                raise shape
            failing = failing + 1 if answer.status >= 500 else 0
            if fault:
                self.reason = self.reason or fault
                if failing >= HOPELESS:
                    return
            else:
                self.pages += answer.status < 300
                following = self.crawler.next(answer, self.target, self.begun)
                if onward and self._again(call, answer):
                    self.frozen, self.reason = True, self.reason or f"repeated page: {ENDLESS}"
                elif depth < self.settings.max_pages:
                    calls.extend((after, depth + 1, _goes_on(call, after)) for after in following)
                elif any(True for _ in following):
                    self.reason = self.reason or f"page limit: {self.settings.max_pages}"

    def _dated(self) -> Target:
        """The target, with the time among its options where the crawler's first calls name one."""
        if not getattr(self.crawler, "dated", False):
            return self.target
        now = self.clock.now().isoformat()
        return replace(self.target, options={**self.target.options, "now": now})

    def _doubtful(self, answer: Answer) -> str | None:
        """An account whose list was never empty and now is: told as a fault, until it has been so
        for long enough to be believed."""
        lists: frozenset[str] = getattr(self.crawler, "lists", frozenset())
        first = answer.endpoint not in self._listed and "walk" not in answer.meta
        if answer.endpoint not in lists or answer.status != 200 or not first:
            return None
        if self.target.kind not in ("account", "feed"):
            return None
        self._listed.add(answer.endpoint)
        try:
            posts = len(records_of(self.crawler, answer).posts)
        except MappingError:
            return None  # told as such
        before = self.usual.get(answer.endpoint, 0)
        if posts or before < FEW:
            self.usual[answer.endpoint], self.doubt = posts, None
            return None
        now = self.clock.now()
        self.doubt = self.doubt or now.isoformat()
        if now - datetime.fromisoformat(self.doubt) < DOUBTED:
            return f"suspiciously empty: {before} posts when last read"
        self.usual[answer.endpoint], self.doubt = 0, None
        return None

    def _wiped(self, answer: Answer) -> str | None:
        """Many posts that are all gone at once, when they are read again: told as a fault, and none
        of them taken for deleted, until they have been gone for long enough to be believed."""
        if self.target.kind != "refresh" or answer.status >= 300:
            return None
        try:
            mapped = records_of(self.crawler, answer)
        except MappingError:
            return None  # told as such
        gone = sum(one.entity_kind == "post" for one in mapped.tombstones)
        if mapped.posts or gone < (1 if self.wiped else WIPED):
            return None
        self.wiped, now = True, self.clock.now()
        self.doubt = self.doubt or now.isoformat()
        if now - datetime.fromisoformat(self.doubt) >= BELIEVED:
            return None
        return f"suspiciously gone: {gone} posts at once"

    def _again(self, call: Call, answer: Answer) -> bool:
        """Whether a further page has given this very body before: a cursor that leads to where
        it came from. The same call with another body is a list that goes on (Instagram's)."""
        asked, body = (call.method, call.url, call.body), hash(answer.body)
        if self.given.get(asked) == body:
            return True
        self.given[asked] = body
        return False

    async def _ask(self, call: Call, depth: int, download: Download) -> Answer | None:
        """The answer to a call; None where there is nothing to read: not modified, or a linked
        page that cannot be had, which is not the target's fault."""
        filled = self._filled(call)
        address = self.secrets.mask_url(call.url)
        headers = {} if depth > 1 else self._conditions(address)
        try:
            if not parts(filled.url).hostname:
                raise Broken("bad address", where=address)
            response = await download(self, filled, headers, filled != call)
        except Exception as error:
            if isinstance(error, RateLimited | BudgetSpent):
                self.purse.settle(filled, None)
            self.purse.drop(filled)
            reason = error.what if isinstance(error, SourceError) else _download_reason(error)
            if depth == 1 or not call.web or not reason or isinstance(error, BudgetSpent):
                raise
            log.info("%s: %s: %s", self.target.key, reason, address)
            if isinstance(error, RateLimited):
                self.reason = self.reason or f"rate limit: {reason}"
            return None
        from vigie.downloads import headers_of

        if response.status == 304:
            self.purse.settle(filled, None)
            self.not_modified += 1
            self.fresh[address] = self.validators.get(address, {})
            return None
        kept = headers_of(response)
        if depth == 1 and response.status == 200:
            marks: dict[str, str] = {name: kept[name] for name in MARKS if name in kept}
            if marks:
                self.fresh[address] = marks
        answer = Answer(
            platform=self.target.platform,
            endpoint=call.endpoint,
            target=self.target.key,
            url=self.secrets.mask_url(response.url),
            request_url=address,
            method=call.method,
            status=response.status,
            headers=self.secrets.mask_headers(kept),
            body=self.secrets.mask_body(response.body),
            collected_at=self._moment(),
            run_id=self.run_id,
            brand=self.target.brand,
            topic=self.target.topic,
            api_version=call.meta.get("api_version")
            or self.settings.api_version
            or getattr(self.crawler, "api_version", None),
            meta=call.meta,
        )
        self.purse.settle(filled, answer)
        return answer

    def _moment(self) -> datetime:
        """Now, or just after the answer before: what a page says comes after what led to it, also
        where a clock stands still."""
        now = self.clock.now()
        if self.answered_at is not None:
            now = max(now, self.answered_at + timedelta(microseconds=1))
        self.answered_at = now
        return now

    def _filled(self, call: Call) -> Call:
        """The call with `${NAME}` replaced in address, headers and body; a header whose value is
        not set is left out. Raises SourceError where an address needs a value that is not set."""
        url = self.secrets.fill(call.url)
        if url is None:
            names = ", ".join(PLACEHOLDER.findall(call.url))
            raise SourceError(f"missing key: {names}", do="set it in .env")
        headers = {name: self.secrets.fill(value) for name, value in call.headers.items()}
        body = call.body
        if body and b"${" in body:
            filled = self.secrets.fill(body.decode())
            body = None if filled is None else filled.encode()
        present = {name: value for name, value in headers.items() if value is not None}
        return Call(call.endpoint, url, call.method, present, body, call.meta, call.web)

    def _signed(self, call: Call) -> bool:
        """Whether a key goes with the call."""
        return any(
            self.secrets.fill(text) not in (None, text)
            for text in (call.url, *call.headers.values())
        )

    def _conditions(self, address: str) -> dict[str, str]:
        marks = self.validators.get(address, {})
        return {MARKS[mark]: value for mark, value in marks.items()}

    def _reason_of(self, error: Exception) -> str:
        if reason := _download_reason(error):
            return reason
        log.error("%s: the crawler failed", self.target.key, exc_info=error)
        return self.secrets.mask_url(f"crawler error: {type(error).__name__}: {error}")

    def _outcome(self) -> State:
        return "ok" if self.found or self.not_modified else "empty"

    def close(self, state: State, reason: str | None = None, at: datetime | None = None) -> None:
        """Sets how the visit went; only the first word counts."""
        if self.state is None:
            self.state, self.reason, self.resume_at = state, reason, at
            self.ended_at = self.clock.now()
            if state in ("ok", "empty"):
                self.last_success_at = self.ended_at

    def spoil(self, reason: str) -> None:
        """Says that the visit failed, even where it seemed to have ended well."""
        self.frozen = True
        if self.state in (None, "ok", "empty"):
            self.state, self.reason = "broken", reason
            self.ended_at = self.ended_at or self.clock.now()

    @property
    def whole(self) -> bool:
        """Whether all pages were read: only then may the next run ask "anything new?" by ETag."""
        return self.state in ("ok", "empty") and self.reason is None

    def value(self) -> dict[str, Any]:
        """What the store keeps: the crawler's cursor, and beside it what the framework needs."""
        kept: dict[str, Any] = {}
        if self.whole and self.target.kind != "refresh":
            kept["validators"] = dict(list(self.fresh.items())[:VALIDATORS])
        if self.usual:
            kept["usual"] = self.usual
        if self.doubt and (self.wiped or self.target.kind != "refresh"):
            kept["doubt"] = self.doubt
        if self.last_success_at:
            kept["success"] = self.last_success_at.isoformat()
        return {**self.cursor, **({KEPT: kept} if kept else {})}

    def report(self) -> SourceRun:
        """The visit as the run's record tells it. Counts of items, of unknown and missing fields
        are left to who maps the pages."""
        return SourceRun(
            key=self.target.key,
            platform=self.target.platform,
            state=self.state or "broken",
            reason=self.reason if self.state else "crawler error: not ended",
            resume_at=self.resume_at,
            started_at=self.started_at,
            ended_at=self.ended_at or self.clock.now(),
            last_success_at=self.last_success_at,
            requests=self.requests,
            pages=self.pages,
            not_modified=self.not_modified,
        )


def _goes_on(call: Call, after: Call) -> bool:
    """Whether a call is for a further page of the same list."""
    places = {one.url.partition("?")[0] for one in (call, after)}
    return after.endpoint == call.endpoint and len(places) == 1


def success_of(record: Cursor | None) -> datetime | None:
    """When a target was last read without a fault, as its cursor keeps it."""
    success = record.value.get(KEPT, {}).get("success") if record else None
    return datetime.fromisoformat(success) if success else None


def _download_reason(error: Exception) -> str | None:
    from vigie.downloads import reason_of

    return reason_of(error)
