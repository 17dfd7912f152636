"""The words for codes of the records, as pages show them."""

from __future__ import annotations

from vigie.claims import words
from vigie.locales import Lang, mark, messages

PAIRS = {
    "stage": words.STAGES,
    "alert": words.ALERTS,
    "person": words.PEOPLE,
    "tier": words.TIERS,
    "reason": words.REASONS,
    "part": words.COMPONENTS,
    "signal": words.SIGNALS,
    "format": words.FORMATS,
    "confidence": words.CONFIDENCE,
    "left_out": words.LEFT_OUT,
}
CODES = {
    "origin": {
        "owned": mark("owned"),
        "earned": mark("earned"),
        "comment": mark("under own posts"),
        "paid": mark("paid"),
    },
    "sentiment": {
        "positive": mark("positive"),
        "neutral": mark("neutral"),
        "negative": mark("negative"),
        "unsure": mark("unsure"),
    },
    "kind": {
        "post": mark("post"),
        "reply": mark("reply"),
        "comment": mark("comment"),
        "quote": mark("quote"),
        "repost": mark("repost"),
        "video": mark("video"),
        "article": mark("article"),
        "pin": mark("pin"),
    },
    "state": {
        "live": mark("live"),
        "deleted": mark("deleted"),
        "withheld": mark("withheld"),
    },
    "media": {
        "image": mark("image"),
        "video": mark("video"),
        "audio": mark("audio"),
        "gif": mark("animated image"),
        "link": mark("link"),
        "other": mark("other"),
    },
    "counter": {
        "likes": mark("likes"),
        "shares": mark("shares"),
        "replies": mark("replies"),
        "quotes": mark("quotes"),
        "saves": mark("saves"),
        "views": mark("views"),
        "clicks": mark("clicks"),
        "reach": mark("reach"),
        "impressions": mark("impressions"),
    },
    "source": {
        "ok": mark("working"),
        "empty": mark("nothing new"),
        "rate_limited": mark("asked to wait"),
        "broken": mark("broken"),
        "skipped": mark("skipped"),
    },
    "shape": {
        "new": mark("new"),
        "missing": mark("missing"),
        "retyped": mark("of another type"),
    },
    "level": {
        "watch": mark("to watch"),
        "sensitive": mark("sensitive"),
        "crisis": mark("crisis"),
    },
    "status": {
        "open": mark("open"),
        "seen": mark("seen"),
        "confirmed": mark("confirmed"),
        "false_alarm": mark("false alarm"),
        "closed": mark("closed"),
    },
    "unit": {
        "count": mark("count"),
        "percent": mark("per cent"),
        "points": mark("points"),
        "ratio": mark("ratio"),
        "per_day": mark("per day"),
        "per_week": mark("per week"),
        "hours": mark("hours"),
        "days": mark("days"),
        "score": mark("score"),
    },
    "run": {
        "collect": mark("collection"),
        "import": mark("import"),
        "enrich": mark("reading"),
        "analyse": mark("analysis"),
        "rebuild": mark("rebuild"),
        "all": mark("whole way"),
    },
    "cause": {
        "collected_late": mark("collected late"),
        "deleted": mark("posts deleted since"),
        "corrected": mark("corrected"),
        "new_definition": mark("new definition"),
    },
    "tally": {
        "new_post": mark("new posts"),
        "new_account": mark("new accounts"),
        "new_metric_sample": mark("new counters"),
        "new_tombstone": mark("deletions"),
        "quarantined": mark("set aside"),
        "waiting": mark("posts to read again later"),
        "gone_posts": mark("posts deleted as terms ask"),
        "gone_accounts": mark("accounts deleted as terms ask"),
        "gone_samples": mark("counters deleted as terms ask"),
        "gone_segments": mark("raw segments deleted as terms ask"),
        "gone_quarantined": mark("quarantine deleted as terms ask"),
        "enriched": mark("read"),
        "read": mark("read"),
        "alerts": mark("alerts"),
        "benchmarks": mark("brand comparisons"),
        "influencers": mark("influencer candidates"),
        "trends": mark("trends"),
        "rows": mark("rows in the file"),
        "refused": mark("rows refused"),
        "answers": mark("answers"),
    },
    "order": {
        "score": mark("score"),
        "growth": mark("growth"),
        "posts": mark("posts"),
        "first": mark("first seen"),
        "followers": mark("followers"),
    },
}


def say(group: str, code: str, lang: Lang) -> str:
    """The word for a code of that group; the code itself where it has none."""
    if group in PAIRS:
        return words.word(PAIRS[group], code, lang)
    message = CODES[group].get(code)
    return messages(lang).gettext(message) if message else code.replace("_", " ")
