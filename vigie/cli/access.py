"""What `vigie check` and `vigie init` say of each network: whose accounts are read, what it gives,
and whose accounts it shows to their owners alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vigie.cli.telling import colon
from vigie.cli.words import Lang, clean, said
from vigie.platforms import FIGURES_ONLY, PLATFORMS, titled

if TYPE_CHECKING:
    from vigie.watchlist import Watchlist

WAYS = {"crawled": ("lu", "crawled"), "import": ("par import", "by import")}


def access_rows(
    watchlist: Watchlist, lang: Lang, networks: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """Per network and brand: crawled, by import, or impossible, and why. Accounts that a network
    shows to their owners alone are left to imports where they are another's; where a network gives
    nothing but own figures, they are impossible."""
    rows = []
    read = _read(watchlist)
    used = {name for brand in watchlist.brands for name in brand.accounts}
    for name in networks or sorted({*used, *watchlist.platforms}):
        access = PLATFORMS[name]
        for brand in watchlist.brands:
            closed = bool(brand.accounts.get(name)) and (name, brand.id) not in read
            instead = "impossible" if name in FIGURES_ONLY else "import"
            rows.append(
                {
                    "brand": brand.name,
                    "network": name,
                    "accounts": list(brand.accounts.get(name, ())),
                    "way": instead if closed else access.way,
                    "talk": access.talk,
                    "note": access.note(lang),
                }
            )
    return rows


def access_lines(
    watchlist: Watchlist, lang: Lang, networks: Sequence[str] | None = None
) -> Iterator[str]:
    """The same for a person: what is said of a network stands once below it."""
    rows = access_rows(watchlist, lang, networks)
    for name, group in groupby(rows, key=lambda row: str(row["network"])):
        of_brands = [row for row in group if row["accounts"]]
        way = PLATFORMS[name].way
        read = [row for row in of_brands if row["way"] == way]
        named = " · ".join(map(_accounts, read)) or "–"
        yield clean(f"  {titled(name, lang):<17} {WAYS[way][lang == 'en']:<10} {named}")
        yield f"      {PLATFORMS[name].note(lang)}"
        if closed := [row for row in of_brands if row["way"] != way]:
            yield f"    ! {_closed(name, closed, lang)}"


def _closed(name: str, rows: list[dict[str, Any]], lang: Lang) -> str:
    title, accounts = titled(name, lang), clean(" · ".join(map(_accounts, rows)))
    told = said(
        lang,
        f"non lu{colon(lang)} {accounts}. {title} ne montre cela qu’au titulaire du compte",
        f"not read: {accounts}. {title} shows this to the account's owner only",
    )
    if name in FIGURES_ONLY:
        do = said(lang, "retirez-le de vigie.toml", "take it out of vigie.toml")
    else:
        do = said(lang, "importez un export : vigie import", "import an export: vigie import")
    return f"{told} → {do}"


def _accounts(row: dict[str, Any]) -> str:
    return f"{row['brand']} {', '.join(row['accounts'])}"


def _read(watchlist: Watchlist) -> set[tuple[str, str | None]]:
    """The networks and brands of which an account is read."""
    import crawlers

    used = {name for brand in watchlist.brands for name in brand.accounts}
    return {
        (name, target.brand)
        for name in used.intersection(crawlers.names())
        for target in crawlers.load(name).targets(watchlist)
    }
