"""Every platform that can be connected, from the pages of its developers' site."""

from __future__ import annotations

from datetime import timedelta

from vigie.connecting.declarations import Connection, Exchange, Lang, OAuth, Trial, Words
from vigie.errors import ConfigError

GRAPH = "v23.0"
_DIALOG = "https://www.facebook.com/{version}/dialog/oauth"
_GRAPH = "https://graph.facebook.com/{version}"
_SIXTY_DAYS = Exchange(f"{_GRAPH}/oauth/access_token", "fb_exchange_token", "fb_exchange_token",
                       method="POST")  # fmt: skip
_FREE = Words("gratuit", "free")


def _of_meta(*scopes: str, pages: bool = False) -> OAuth:
    """Facebook Login. A person's token is made to last 60 days; a page's, made from it, lasts."""
    return OAuth(
        authorize=_DIALOG,
        token=f"{_GRAPH}/oauth/access_token",
        scopes=scopes,
        separator=",",
        exchange=_SIXTY_DAYS,
        again=_SIXTY_DAYS,
        early=timedelta(days=10),
        permissions=f"{_GRAPH}/me/permissions",
        pages=f"{_GRAPH}/me/accounts?fields=id,name,access_token" if pages else "",
        host="localhost",
    )


_ALL = (
    Connection(
        "x", "X_TOKEN", ("oauth", "key"), "https://console.x.com/",
        Words("un compte de développeur avec des crédits",
              "a developer account with credits"),
        Words("payé à l’usage : environ 0,005 $ par publication lue, 0,010 $ par profil",
              "paid by use: about 0.005 USD a post read, 0.010 USD a profile"),
        host="https://api.x.com",
        trial=Trial("/2/usage/tweets", {"Authorization": "Bearer {key}"}),
        oauth=OAuth(
            authorize="https://x.com/i/oauth2/authorize",
            token="https://api.x.com/2/oauth2/token",
            revoke="https://api.x.com/2/oauth2/revoke",
            scopes=("tweet.read", "users.read", "offline.access"),
            challenge="S256", client="client_secret_basic", public=True,
        ),
    ),
    Connection(
        "youtube", "YOUTUBE_KEY", ("key",), "https://console.cloud.google.com/apis/credentials",
        Words("aucun accord, seulement une clé d’API, et « YouTube Data API v3 » activée dans le "
              "projet",
              "no approval, only an API key, and “YouTube Data API v3” enabled in the project"),
        Words("gratuit : 10 000 unités et 100 recherches par jour",
              "free: 10,000 units and 100 searches a day"),
        host="https://youtube.googleapis.com",
        trial=Trial("/youtube/v3/videos?part=id&id=vigie000000",
                    {"X-Goog-Api-Key": "{key}"}, bad=(400, 401, 403)),
    ),
    Connection(
        "reddit", "REDDIT_TOKEN", ("app",), "https://www.reddit.com/prefs/apps",
        Words("chaque clé demande l’accord de Reddit (Responsible Builder Policy) ; "
              "l’usage commercial, un contrat",
              "every key needs Reddit's agreement (Responsible Builder Policy); "
              "commercial use needs a contract"),
        Words("gratuit jusqu’à 100 appels par minute hors usage commercial",
              "free up to 100 calls a minute outside commercial use"),
        oauth=OAuth(
            token="https://www.reddit.com/api/v1/access_token",
            revoke="https://www.reddit.com/api/v1/revoke_token",
            client="client_secret_basic",
        ),
    ),
    Connection(
        "instagram", "INSTAGRAM_TOKEN", ("oauth",), "https://developers.facebook.com/apps/",
        Words("la vérification d’app de Meta pour ces autorisations ; pour les hashtags, aussi "
              "« Instagram Public Content Access »",
              "Meta's app review for these permissions; for hashtags also "
              "“Instagram Public Content Access”"),
        _FREE, version=GRAPH,
        oauth=_of_meta("instagram_basic", "instagram_manage_insights", "pages_show_list",
                       "pages_read_engagement"),
    ),
    Connection(
        "facebook", "FACEBOOK_TOKEN", ("oauth",), "https://developers.facebook.com/apps/",
        Words("la vérification d’app de Meta ; pour les pages des autres, "
              "« Page Public Content Access »",
              "Meta's app review; for others' pages “Page Public Content Access”"),
        _FREE, version=GRAPH,
        oauth=_of_meta("pages_show_list", "pages_read_engagement", "pages_read_user_content",
                       "read_insights", pages=True),
    ),
    Connection(
        "meta", "META_TOKEN", ("oauth",), "https://developers.facebook.com/apps/",
        Words("la vérification d’app de Meta pour les statistiques de vos pages",
              "Meta's app review for the insights of your pages"),
        _FREE, version=GRAPH,
        oauth=_of_meta("pages_show_list", "pages_read_engagement", "read_insights",
                       "instagram_basic", "instagram_manage_insights", pages=True),
    ),
    Connection(
        "threads", "THREADS_TOKEN", ("oauth",), "https://developers.facebook.com/apps/",
        Words("la vérification d’app de Meta pour threads_keyword_search et "
              "threads_profile_discovery ; sans elle, seules vos publications se lisent",
              "Meta's app review for threads_keyword_search and threads_profile_discovery; "
              "without it only your own posts can be read"),
        _FREE,
        oauth=OAuth(
            authorize="https://threads.net/oauth/authorize",
            token="https://graph.threads.net/oauth/access_token",
            scopes=("threads_basic", "threads_keyword_search", "threads_profile_discovery",
                    "threads_manage_insights"),
            separator=",", https=True, early=timedelta(days=10),
            exchange=Exchange("https://graph.threads.net/access_token", "th_exchange_token",
                              "access_token"),
            again=Exchange("https://graph.threads.net/refresh_access_token", "th_refresh_token",
                           "access_token", secret=False),
        ),
    ),
    Connection(
        "tiktok", "TIKTOK_TOKEN", ("oauth", "app"), "https://developers.tiktok.com/apps/",
        Words("l’examen de l’app par TikTok (Login Kit, Display API) ; l’API Research n’est "
              "ouverte qu’à la recherche à but non lucratif",
              "TikTok's review of the app (Login Kit, Display API); the Research API is open to "
              "non-profit research only"),
        _FREE,
        oauth=OAuth(
            authorize="https://www.tiktok.com/v2/auth/authorize/",
            token="https://open.tiktokapis.com/v2/oauth/token/",
            revoke="https://open.tiktokapis.com/v2/oauth/revoke/",
            scopes=("user.info.basic", "user.info.profile", "user.info.stats", "video.list"),
            separator=",", challenge="hex", client="client_key", any_port=True,
        ),
    ),
    Connection(
        "linkedin", "LINKEDIN_TOKEN", ("oauth",), "https://www.linkedin.com/developers/apps",
        Words("l’accès « Community Management API » pour l’app, et un rôle d’administration sur "
              "la page",
              "the “Community Management API” product for the app, and an administrator's role on "
              "the page"),
        _FREE,
        oauth=OAuth(
            authorize="https://www.linkedin.com/oauth/v2/authorization",
            token="https://www.linkedin.com/oauth/v2/accessToken",
            revoke="https://www.linkedin.com/oauth/v2/revoke",
            scopes=("r_organization_social", "rw_organization_admin"),
            host="localhost", early=timedelta(days=10),
        ),
    ),
    Connection(
        "pinterest", "PINTEREST_TOKEN", ("oauth",), "https://developers.pinterest.com/apps/",
        Words("l’accès d’essai suffit pour commencer ; l’accès standard s’obtient sur demande",
              "trial access is enough to begin; standard access is given on request"),
        Words("gratuit : 1 000 appels par jour à l’essai", "free: 1,000 calls a day on trial"),
        oauth=OAuth(
            authorize="https://www.pinterest.com/oauth/",
            token="https://api.pinterest.com/v5/oauth/token",
            scopes=("user_accounts:read", "boards:read", "pins:read"),
            separator=",", client="client_secret_basic", host="localhost",
            given={"continuous_refresh": "true"},  # apps made before September 2025
        ),
    ),
    Connection(
        "google_analytics", "GOOGLE_ANALYTICS_TOKEN", ("oauth", "file"),
        "https://console.cloud.google.com/apis/credentials",
        Words("un accès de lecture à la propriété, et « Google Analytics Data API » activée ; une "
              "app en mode test perd son accès au bout de 7 jours",
              "read access to the property, and “Google Analytics Data API” enabled; an app in "
              "testing loses its access after 7 days"),
        Words("gratuit : 200 000 jetons de quota par jour et propriété",
              "free: 200,000 quota tokens a day and property"),
        oauth=OAuth(
            authorize="https://accounts.google.com/o/oauth2/v2/auth",
            token="https://oauth2.googleapis.com/token",
            revoke="https://oauth2.googleapis.com/revoke",
            scopes=("https://www.googleapis.com/auth/analytics.readonly",),
            challenge="S256", any_port=True,
            asked={"access_type": "offline", "prompt": "consent"},
        ),
    ),
    Connection(
        "telegram", "TELEGRAM_TOKEN", ("key",), "https://t.me/BotFather",
        Words("aucun accord, seulement un robot fait chez @BotFather, ajouté comme administrateur "
              "de votre canal",
              "no approval, only a bot made with @BotFather, added as an administrator of your "
              "channel"),
        _FREE, host="https://api.telegram.org",
        trial=Trial("/bot{key}/getMe", bad=(401, 403, 404)),
    ),
    Connection(
        "mastodon", "MASTODON_TOKEN", ("key",), "",
        Words("rien, mais le serveur peut demander un jeton : Préférences → Développement, "
              "portée « read »",
              "nothing, but the server may ask for a token: Preferences → Development, scope "
              "“read”"),
        _FREE, optional=True,
        trial=Trial("/api/v1/apps/verify_credentials", {"Authorization": "Bearer {key}"}),
    ),
)  # fmt: skip
CONNECTIONS = {connection.platform: connection for connection in _ALL}
BY_VARIABLE = {connection.variable: connection for connection in _ALL}


def connection_of(platform: str, lang: Lang = "en") -> Connection:
    """A platform's declaration. Raises ConfigError where it needs none or is unknown."""
    if platform not in CONNECTIONS:
        raise ConfigError(
            "nothing to connect: it is read without a key, or unknown",
            where=platform,
            do=f"take {', '.join(CONNECTIONS)}",
        )
    return CONNECTIONS[platform]
