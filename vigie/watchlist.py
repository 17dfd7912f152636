"""The watchlist `vigie.toml`: what a workspace watches (`vigie/watchfile.py` words errors)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Workspace(Table):
    name: str
    timezone: str = "Europe/Paris"
    languages: tuple[str, ...] = ("fr", "en")
    country: str = "FR"  # whose calendar of moments
    contact: str = ""  # stands in the User-Agent
    interface: Literal["fr", "en"] = "fr"


class Brand(Table):
    """A brand and where it publishes. A post names it where one of `names` occurs as whole words,
    unless it is a homonym: `context` names words of which one must stand near (empty: none needed),
    `exclude` words that tell of the other thing."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    role: Literal["own", "competitor"] = "competitor"
    names: tuple[str, ...] = ()  # beside `name`: spellings, hashtags, handles
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    accounts: dict[str, tuple[str, ...]] = {}  # platform → handles or addresses


class Topic(Table):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    name: str
    query: str = ""
    hashtags: tuple[str, ...] = ()


class Platform(Table):
    """Settings of one platform: another host, what to read beside accounts, its bounds."""

    url: str | None = None
    auth_url: str | None = None  # where permission is asked for and tokens are given; else `url`
    search_url: str | None = None
    servers: tuple[str, ...] = ()  # Mastodon: servers whose tag timelines are read
    feeds: tuple[str, ...] = ()  # feeds, news: addresses that belong to no brand
    full_text: bool = True  # news: follow a feed's links where robots.txt allows
    searches: bool = True  # brand and topic searches
    communities: tuple[str, ...] = ()  # Reddit: subreddits that belong to no brand
    own_id: str | None = None  # Instagram: the professional account through which others are read
    api_version: str | None = None  # LinkedIn, Meta: instead of the version that we know
    insights: tuple[str, ...] = ()  # names of the own figures to read, instead of those we know
    regions: tuple[str, ...] = ()  # Pinterest: whose trending keywords are read
    research_use: bool = False  # TikTok: a non-profit research use that TikTok has approved
    amendment: bool = False  # YouTube: the amendment on derived metrics, accepted by Google
    contract: bool = False  # X: an agreement that lets full posts be passed on
    keep_days: int | None = Field(None, ge=1)  # since last read again; shorter than the terms ask
    calls_per_day: int | None = None
    units_per_day: float | None = None
    money_per_day: float | None = None
    money_per_month: float | None = None  # of the calendar month
    max_pages: int = 50
    max_wait_s: float = 60.0
    limit_s: float = Field(default=900.0, gt=0)  # that a run gives to the platform, at most
    since_days: int = 30  # how far the first crawl goes back


class Schedule(Table):
    """When `vigie serve` works: "every 2 hours" or a cron line, in the workspace's time zone."""

    run: str = "every 1 hour"
    briefing: str = "0 7 * * 1"
    again_after_s: tuple[float, ...] = (30.0, 120.0)  # a platform that is down is asked again


class Delivery(Table):
    kind: Literal["folder"] = "folder"
    to: str = ".vigie/briefings"
    what: tuple[Literal["briefing", "alerts", "shortlist"], ...] = ("briefing",)


class Calendar(Table):
    """The trade's own dates: name → ISO dates, beside the moments of the country."""

    moments: dict[str, tuple[str, ...]] = {}


class StoreSettings(Table):
    engine: Literal["embedded", "opensearch"] = "embedded"
    url: str | tuple[str, ...] | None = None  # of a node or several; else VIGIE_OPENSEARCH_URL
    prefix: str = Field(default="vigie", pattern=r"^[a-z][a-z0-9-]*$")  # of all index names
    period: Literal["month", "year"] = "month"  # that an index of posts or samples spans
    ca: str | None = None  # PEM file of the authority that the cluster's certificate is from
    client: Literal["opensearch", "elasticsearch"] = "opensearch"
    keep_days: int | None = Field(default=None, ge=1)  # of posts since publication; None: for ever


class Secrets(Table):
    """Where `vigie connect` keeps tokens."""

    keyring: bool = False  # in the system's keyring instead of .vigie/tokens.json


class Cluster(Table):
    """How several machines share the work (docs/operate.md)."""

    dask: str | None = Field(None, pattern=r"^(tcp|tls|ws|wss)://")  # a scheduler that reads posts
    batch: int = Field(20_000, ge=1)  # posts that a worker reads at a time
    lease_s: float = Field(60.0, ge=1.0)  # what a worker that died held is free after that


class Watchlist(Table):
    workspace: Workspace
    brands: tuple[Brand, ...] = ()
    topics: tuple[Topic, ...] = ()
    platforms: dict[str, Platform] = {}
    schedule: Schedule = Schedule()
    deliveries: tuple[Delivery, ...] = ()
    calendar: Calendar = Calendar()
    store: StoreSettings = StoreSettings()
    cluster: Cluster = Cluster()
    secrets: Secrets = Secrets()

    def platform(self, name: str) -> Platform:
        return self.platforms.get(name, Platform())

    def speaks_of(self, name: str) -> bool:
        """Whether a platform has settings or a brand's account: one that needs a key is searched
        only then."""
        return name in self.platforms or any(brand.accounts.get(name) for brand in self.brands)

    def brand(self, id: str) -> Brand:
        return next(brand for brand in self.brands if brand.id == id)

    @property
    def own(self) -> tuple[Brand, ...]:
        return tuple(brand for brand in self.brands if brand.role == "own")


def load(path: Path) -> Watchlist:
    """The watchlist of a file. Raises ConfigError that names every error with file, line, key and
    the nearest valid name."""
    from vigie.watchfile import read

    return read(path)


def parse(document: dict[str, Any]) -> Watchlist:
    """A watchlist from its parsed TOML; raises pydantic.ValidationError."""
    return Watchlist.model_validate(document)
