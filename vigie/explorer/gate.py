"""What stands before every page: the security headers, and the token of an explorer that is
reachable from elsewhere."""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vigie.explorer.scope import encode

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
COOKIE = "vigie_token"
OPEN = ("/healthz",)  # says nothing but that it answers


class SecurityHeaders:
    """Every answer carries them, errors too. Pages are never kept by a cache; static files are."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if not scope["path"].startswith("/static/"):
                    headers["cache-control"] = "no-store"
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class TokenGate:
    """Lets in who shows the token: once as `?token=`, which leaves the address and stays as a
    cookie, or as a bearer. Compared in constant time."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._token = token.encode()

    def _right(self, shown: str) -> bool:
        return hmac.compare_digest(shown.encode(), self._token)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN:
            await self.app(scope, receive, send)
            return
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = dict(query).get("token")
        if shown is not None and self._right(shown):
            rest = encode([(name, value) for name, value in query if name != "token"])
            path = "/" + scope["path"].lstrip("/\\")  # never another host's address
            answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
            secure = scope.get("scheme") == "https"
            # Lax, not strict: the link in a colleague's mail opens with the cookie.
            answer.set_cookie(COOKIE, shown, httponly=True, samesite="lax", secure=secure)
            await answer(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._right(bearer.strip()):
            await self.app(scope, receive, send)
            return
        if self._right(_cookie(headers.get("cookie", ""))):
            await self.app(scope, receive, send)
            return
        refusal = PlainTextResponse(
            "Ce navigateur n’a pas le jeton de cet explorateur : ouvrez l’adresse avec ?token=…\n"
            "This browser has no token for this explorer: open its address with ?token=…\n",
            status_code=401,
        )
        await refusal(scope, receive, send)


class LoopbackOnly:
    """Without a token only this machine's own names are answered, so that a page elsewhere cannot
    reach the explorer by pointing a name of its own at the loopback address."""

    NAMES = ("localhost", "127.0.0.1", "::1")

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = Headers(scope=scope).get("host", "")
            name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
            if name.lower() not in self.NAMES:
                refusal = PlainTextResponse(
                    "Sans jeton, l'explorateur ne répond qu'à cette machine.\n"
                    "Without a token the explorer answers this machine only.\n",
                    status_code=421,
                )
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _cookie(header: str) -> str:
    try:
        morsel = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
