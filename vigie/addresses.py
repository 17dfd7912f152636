"""Web addresses as strangers write them: what is none is read as none, and never ends a run."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit


def parts(address: str) -> SplitResult:
    """`urlsplit` of anything: what is no address, `https://[shop`, has neither scheme nor host."""
    try:
        split = urlsplit(address)
        split.hostname, split.port  # noqa: B018  # read late, and refused late
    except ValueError:
        return SplitResult("", "", "", "", "")
    return split


def joined(base: str, address: str) -> str:
    """`address` seen from `base`; as it is where one of them is no address."""
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def host_of(address: str | None) -> str | None:
    """The host without `www.`; None of what has none."""
    host = parts(address or "").hostname
    return host.removeprefix("www.") if host else None


def web(address: str | None) -> str:
    """The address if a browser may be sent there, else nothing: no javascript:, data: or file:."""
    told = (address or "").strip()
    split = parts(told)
    return told.replace(" ", "%20") if split.scheme in ("http", "https") and split.netloc else ""
