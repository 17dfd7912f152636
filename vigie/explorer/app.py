"""The explorer's application: routes, languages, errors."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from vigie.errors import QueryError, VigieError
from vigie.explorer.desk import Desk, Site
from vigie.explorer.findings import KeptFindings
from vigie.explorer.gate import LoopbackOnly, SecurityHeaders, TokenGate
from vigie.explorer.pages import (
    alerts,
    brands,
    briefings,
    exporting,
    influencers,
    overview,
    posts,
    progress,
    sources,
    thread,
    trends,
)
from vigie.explorer.render import answer, panel, query_problem
from vigie.locales.errors import said
from vigie.workspace import Workspace

Page = Callable[..., Response]
PAGES: tuple[tuple[str, Page], ...] = (
    ("/", overview.overview),
    ("/trends", trends.trends),
    ("/trends/{id:path}", trends.trend),
    ("/posts", posts.posts),
    ("/posts/{id:path}", thread.post),
    ("/brands", brands.brands),
    ("/brands/{id}", brands.brand),
    ("/influencers", influencers.influencers),
    ("/influencers/{id:path}", influencers.influencer),
    ("/alerts", alerts.alerts),
    ("/alerts/{id:path}", alerts.alert),
    ("/briefings", briefings.briefings),
    ("/briefings/{week}", briefings.briefing),
    ("/briefings/{week}/today", briefings.today),
    ("/briefings/{week}/{name}", briefings.file),
    ("/sources", sources.sources),
    ("/definitions", sources.definitions),
    ("/definitions/{id}", sources.definition),
    ("/export.{format}", exporting.export),
    ("/shortlist.{format}", exporting.people),
    ("/progress", progress.progress),
)


def create_app(workspace: Workspace, *, token: str | None = None, keep: float = 5.0) -> Starlette:
    """The web application over a workspace. Without a token it answers this machine's own names
    only; with one, whoever shows it. Findings are read again after `keep` seconds."""
    site = Site(workspace=workspace, findings=KeptFindings(workspace, keep))

    def route(path: str, page: Page) -> Route:
        # A plain function: Starlette runs it in a thread, so that no page waits for another.
        def endpoint(request: Request) -> Response:
            desk = Desk(request, site)
            if request.headers.get("vigie-part") == "panel":
                return HTMLResponse(panel(desk))
            try:
                return page(desk, *request.path_params.values())
            except QueryError as error:
                problem = query_problem(desk, error)
                return answer(desk, "problem.html", 400, title=desk.words.text("Search"),
                              query_error=problem)  # fmt: skip

        return Route(path, endpoint, methods=["GET"])

    def missing(request: Request, _: Exception) -> Response:
        desk = Desk(request, site)
        return answer(desk, "missing.html", 404, title=desk.words.text("Nothing here"))

    def told(request: Request, error: Exception) -> Response:
        """An error on purpose is told in its words; they hold no secret and no post."""
        assert isinstance(error, VigieError)
        return PlainTextResponse(said(error, Desk(request, site).lang), status_code=500)

    def measured(request: Request) -> Response:
        from vigie.explorer.exposition import metrics

        return metrics(request, site)

    gate = Middleware(TokenGate, token=token) if token else Middleware(LoopbackOnly)
    handlers: dict[Any, Any] = {404: missing, VigieError: told}
    return Starlette(
        routes=[
            Route("/healthz", health, methods=["GET"]),
            Route("/metrics", measured, methods=["GET"]),
            Mount("/static", StaticFiles(directory=str(files("vigie.explorer") / "static"))),
            *(route(path, page) for path, page in PAGES),
        ],
        middleware=[Middleware(SecurityHeaders), gate],
        exception_handlers=handlers,
    )


def health(request: Request) -> Response:
    """That it answers."""
    return JSONResponse({"status": "ok"})
