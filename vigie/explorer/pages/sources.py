"""Sources: can I trust what I see; definitions: what does this figure mean."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from starlette.responses import Response

from vigie.explorer.desk import Desk
from vigie.explorer.render import answer
from vigie.explorer.scope import Scope
from vigie.faults import advice, named, told
from vigie.locales import mark
from vigie.metrics import DEFINITIONS
from vigie.offers import offers
from vigie.platforms import PLATFORMS
from vigie.policies import RULES, Policies
from vigie.records import SourceRun
from vigie.spending import Spending, bucket_title, spendings

FAULTS_SHOWN = 3  # of a network, in its folded line
STATES = ("broken", "rate_limited", "skipped", "empty", "ok")


def sources(desk: Desk) -> Response:
    networks = set(desk.scope.get("network"))
    found = [s for s in desk.findings.sources.values() if not networks or s.platform in networks]
    found.sort(key=lambda s: (STATES.index(s.state), s.key))
    spent = spendings(desk.store, desk.watchlist, desk.now)
    by_state = {state: sum(s.state == state for s in found) for state in STATES}
    return answer(
        desk,
        "sources.html",
        title=desk.words.text("Sources"),
        sources=found,
        groups=by_network(desk, found),
        states=[(state, n) for state, n in by_state.items() if n],
        coverage=coverage(desk),
        budgets=[budget_row(desk, one) for one in spent],
        priced=any(
            kind in one.most or one.spent[kind] for one in spent for kind in ("units", "money")
        ),
        runs=list(reversed(desk.findings.runs))[:10],
        changes=[one for one in desk.findings.changes if not networks or one.platform in networks],
    )


def budget_row(desk: Desk, one: Spending) -> dict[str, str]:
    """A budget in words: what is spent of how much, over which days, and when more is free."""
    words = desk.words

    def amount(kind: str, digits: int) -> str:
        whole = all(float(n).is_integer() for n in (one.spent[kind], one.most.get(kind, 0.0)))
        shown = 0 if kind == "units" and whole else digits
        spent = words.number(one.spent[kind], shown)
        if kind not in one.most:
            return spent if one.spent[kind] or kind == "calls" else "—"
        most = words.number(one.most[kind], shown)
        return words.text("%(spent)s of %(most)s") % {"spent": spent, "most": most}

    span = words.plural("today", "%(n)s days", one.days) % {"n": words.number(one.days)}
    return {
        "name": bucket_title(one.bucket, desk.lang),
        "span": words.text("this month") if one.month else span,
        "calls": amount("calls", 0),
        "units": amount("units", 1),
        "money": amount("money", 2),
        "free": words.moment(one.free_at) if one.free_at else "",
    }


def by_network(desk: Desk, found: list[SourceRun]) -> list[dict[str, Any]]:
    """The sources of each network together, those in trouble first."""
    groups: dict[str, list[SourceRun]] = {}
    for source in found:
        groups.setdefault(source.platform, []).append(source)
    return [
        {
            "name": desk.network(platform),
            "states": [
                (state, n)
                for state in STATES
                if (n := sum(source.state == state for source in members))
            ],
            "troubled": any(source.state in STATES[:3] for source in members),
            "faults": faults(desk, members),
            "success": max((s.last_success_at for s in members if s.last_success_at), default=None),
            "rows": [source_row(desk, source) for source in members],
        }
        for platform, members in groups.items()
    ]


def faults(desk: Desk, members: list[SourceRun]) -> list[str]:
    """What is wrong with the sources of a network and what to do, each trouble once, the most
    frequent first."""
    counted: Counter[str] = Counter()
    for source in members:
        if source.state not in STATES[:3] or not source.reason:
            continue
        told_ = named(source.reason, desk.lang)
        do = advice(source.reason, source.platform, source.platform, desk.lang)
        counted[f"{told_} → {do}" if do else told_] += 1
    return [words for words, _ in counted.most_common(FAULTS_SHOWN)]


def source_row(desk: Desk, source: SourceRun) -> dict[str, Any]:
    """A source in words: its state, its last success, and what to do."""
    words = desk.words
    name = source.key.partition("/")[2] or source.key
    week = desk.now - timedelta(days=7)
    earlier = [
        other.items
        for run in desk.findings.runs
        if run.started_at >= week
        for other in run.sources
        if other.key == source.key and other.state == "ok"
    ]
    do = {
        "broken": mark("Look at the source, then run again: vigie run --only %(key)s"),
        "rate_limited": mark("It resumes at %(resume)s."),
        "skipped": mark("Set the missing key in .env; vigie doctor names it."),
        "empty": mark("Check the handle or address in vigie.toml."),
    }.get(source.state, "")
    advised = advice(source.reason, source.platform, source.key, desk.lang)
    if source.state in ("broken", "skipped") and advised:
        done = advised[:1].upper() + advised[1:]
    else:
        done = words.text(do) % {"key": source.key, "resume": words.moment(source.resume_at)}
    return {
        "source": source,
        "name": name,
        "network": desk.network(source.platform),
        "state": desk.said("source", source.state),
        "reason": told(source.reason, desk.lang),
        "success": source.last_success_at,
        "received": source.items,
        "usual": sum(earlier) / len(earlier) if earlier else None,
        "drift": sum(
            sum(fields.values())
            for fields in (source.unknown_fields, source.missing_fields, source.retyped_fields)
        ),
        "do": done,
    }


def coverage(desk: Desk) -> list[dict[str, Any]]:
    """What each network in use lets a listening tool read, and how many posts came from it, beside
    the period before."""
    counts = by_platform(desk, desk.scope)
    policies = Policies(desk.watchlist)
    earlier = by_platform(desk, desk.before) if desk.before else {}
    asked = {name for brand in desk.watchlist.brands for name in brand.accounts}
    return [
        {
            "name": desk.network(name),
            "posts": counts.get(name, 0),
            "change": desk.words.change(counts.get(name, 0), earlier.get(name)),
            "scope": desk.scope.narrow(network=name),
            "note": PLATFORMS[name].note(desk.lang) if name in PLATFORMS else "",
            "lacks": offers()[name].lacks[desk.lang] if name in offers() else "",
            "terms": [
                line for rule in RULES for line in policies.remarks(rule, (name,), desk.lang)
            ],
        }
        for name in sorted({*counts, *asked, *desk.findings.networks})
    ]


def by_platform(desk: Desk, scope: Scope) -> dict[str, int]:
    """Posts of a view by network."""
    answered = desk.ask(scope, {"network": {"terms": {"field": "platform", "size": 30}}})
    if not answered["aggs"]:
        return {}
    return {b["key"]: b["doc_count"] for b in answered["aggs"]["network"]["buckets"]}


def definitions(desk: Desk) -> Response:
    wanted = desk.scope.q.strip().lower()
    found = [
        definition
        for definition in DEFINITIONS.values()
        if not wanted
        or wanted in definition.id
        or wanted in definition.title[desk.lang].lower()
        or wanted in definition.text[desk.lang].lower()
    ]
    return answer(
        desk,
        "definitions.html",
        title=desk.words.text("Definitions"),
        definitions=sorted(found, key=lambda definition: definition.title[desk.lang].lower()),
    )


def definition(desk: Desk, id: str) -> Response:
    found = DEFINITIONS.get(id)
    title = found.title[desk.lang] if found else desk.words.text("Definition")
    status = 200 if found else 404
    template = "definition.html" if found else "missing.html"
    return answer(desk, template, status, title=title, definition=found)
