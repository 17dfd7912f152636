"""What `vigie check` says of the cost of a watchlist: a line a platform, and what will not fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vigie.cli.words import said
from vigie.estimating import PER_ACCOUNT, PER_SEARCH
from vigie.platforms import FIGURES_ONLY, titled
from vigie.policies import left_out
from vigie.spending import bucket_title

if TYPE_CHECKING:
    from vigie.estimating import Estimate
    from vigie.locales.wording import Wording

SHOWN = 8  # targets that will not fit


def cost_lines(found: list[Estimate], w: Wording) -> Iterator[str]:
    """The cost of a day for a person."""
    lang = w.lang
    if not found:
        return
    runs = w.number(found[0].runs, 0 if float(found[0].runs).is_integer() else 1)
    yield said(
        lang,
        f"Coût par jour, pour {runs} collectes\u00a0:",
        f"Cost per day, for {runs} collections:",
    )
    for one in found:
        yield f"  {_line(one, w)}"
        if one.missing:
            keys = ", ".join(one.missing)
            yield said(lang, f"    · clé absente\u00a0: {keys}", f"    · missing key: {keys}")
        for line in _unfit(one, w):
            yield f"    ! {line}"
        if one.refused:
            yield f"    · {left_out(one.platform, 'store', lang)} ({len(one.refused)})"
    told = {what for one in found for what in one.assumed}
    if "posts" in told:
        yield said(
            lang,
            f"  Là où rien n’est lu encore, {PER_ACCOUNT} publications par compte et "
            f"{PER_SEARCH} par recherche sont supposées.",
            f"  Where nothing is read yet, {PER_ACCOUNT} posts an account and "
            f"{PER_SEARCH} a search are assumed.",
        )
    if "calls" in told:
        yield said(
            lang,
            "  Appels supposés là où rien n’a été lu cette semaine.",
            "  Calls are assumed where nothing was read this week.",
        )


def _line(one: Estimate, w: Wording) -> str:
    """X: ~840 posts read, ~4.20 USD; 96 of 450 calls"""
    lang = w.lang
    told = []
    if one.platform not in FIGURES_ONLY:
        posts = w.number(one.reads)
        many = "" if posts == "1" or (posts == "0" and lang == "fr") else "s"
        told.append(
            said(lang, f"~{posts} publication{many} lue{many}", f"~{posts} post{many} read")
        )
    if one.money:
        most = one.limits.get(one.platform, {}).get("money")
        spent = w.number(one.money, 2)
        if most is not None:
            spent = said(
                lang, f"{spent} sur {w.number(most, 2)}", f"{spent} of {w.number(most, 2)}"
            )
        told.append(f"~{spent} {one.currency}")
    for bucket, amounts in one.spends.items():
        told += _amounts(one, bucket, amounts, w)
    colon = "\u00a0:" if lang == "fr" else ":"
    return f"{titled(one.platform, lang)}{colon} {', '.join(told)}"


def _amounts(one: Estimate, bucket: str, amounts: dict[str, float], w: Wording) -> Iterator[str]:
    """What is spent of a bucket, in the kinds that it limits, else its calls."""
    lang, most = w.lang, one.limits.get(bucket, {})
    named = "" if bucket == one.platform else f" ({bucket_title(bucket, lang)})"
    words = {"calls": said(lang, "appels", "calls"), "units": said(lang, "unités", "units")}
    kinds = [kind for kind in ("units", "calls") if kind in most]
    if not kinds:
        kinds = ["units"] if amounts["units"] and not one.money else ["calls"]
    for kind in kinds:
        digits = 1 if amounts[kind] < 10 else 0
        spent = w.number(amounts[kind], digits if not float(amounts[kind]).is_integer() else 0)
        if kind in most:
            limit = w.number(most[kind], 0 if float(most[kind]).is_integer() else 1)
            spent = said(lang, f"{spent} sur {limit}", f"{spent} of {limit}")
        yield f"~{spent} {words[kind]}{named}"


def _unfit(one: Estimate, w: Wording) -> Iterator[str]:
    """What the budgets do not reach for, and what to do."""
    if not one.unfit:
        return
    lang = w.lang
    shown, own = [key for key, _ in one.unfit[:SHOWN]], f"{one.platform}/"
    names = ", ".join(
        said(lang, "les relectures", "reading again") if key == "refresh" else key.removeprefix(own)
        for key in shown
    )
    more = len(one.unfit) - len(shown)
    if more:
        names += said(lang, f" et {more} autres", f" and {more} more")
    budgets = ", ".join(sorted({bucket_title(bucket, lang) for _, bucket in one.unfit}))
    yield said(
        lang,
        f"le budget {budgets} ne suffira pas pour {names} → moins de collectes ou de cibles, "
        "ou une limite plus haute",
        f"the budget {budgets} will not reach for {names} → fewer collections or targets, or a "
        "higher limit",
    )
