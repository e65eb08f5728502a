"""The dashboard's pages as an ASGI application, and the guard before them.

The guard lets in only requests that name this machine as their host (else a page elsewhere could
reach the server under a name of its own: DNS rebinding), that bring the token once in the address
or ever after in a cookie, and that read. Nothing is executed in the browser but one script of ours.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, cast

from tailor_lab.charts import restyle
from tailor_lab.dashboard import views
from tailor_lab.errors import TailorLabError

if TYPE_CHECKING:
    import altair as alt
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from tailor_lab.lab import Lab

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
PERIODS = {"1": "last day", "7": "7 days", "30": "30 days", "all": "all"}
_HERE = Path(__file__).parent
_ASSETS = {"live.js": "text/javascript", "style.css": "text/css", "icon.svg": "image/svg+xml"}
_KEPT = 128


def application(lab: "Lab", token: str, port: int) -> "ASGIApp":
    """The dashboard of a lab behind its guard. Raises `ImportError` without starlette."""
    return Guard(_pages(lab), token, port)


class Guard:
    """Lets in who asks this host, brings the token, and only reads."""

    def __init__(self, app: "ASGIApp", token: str, port: int) -> None:
        self._app = app
        self._token = token
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        # Cookies are shared by all ports of a host, so two dashboards need two names.
        self._cookie = f"tailor_lab_{port}"

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        from starlette.requests import Request

        answer = self._turned_away(Request(scope))
        await (answer or self._app)(scope, receive, _with_headers(send))

    def _turned_away(self, request: "Request") -> "Response | None":
        from starlette.responses import PlainTextResponse, RedirectResponse

        if request.headers.get("host") not in self._hosts:
            return PlainTextResponse("This address is not the dashboard's.", 421)
        if request.method not in {"GET", "HEAD"}:
            return PlainTextResponse("The dashboard only reads.", 405, {"allow": "GET, HEAD"})
        offered = request.query_params.get("token")
        if offered is not None and self._matches(offered):
            rest = request.url.remove_query_params("token")
            # One slash: two would name another host.
            target = "/" + rest.path.lstrip("/") + (f"?{rest.query}" if rest.query else "")
            answer = RedirectResponse(target, 303)
            answer.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
            return answer
        if not self._matches(request.cookies.get(self._cookie, "")):
            text = "Open the address that tailor-lab dashboard printed; it holds the token."
            return PlainTextResponse(text, 403)
        return None

    def _matches(self, offered: str) -> bool:
        return secrets.compare_digest(offered.encode(), self._token.encode())


def _with_headers(send: "Send") -> "Send":
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in message["headers"]}
            for name, value in HEADERS.items():
                if name.encode() not in own:
                    message["headers"].append((name.encode(), value.encode()))
        await send(message)

    return sending


def _pages(lab: "Lab") -> "Starlette":
    from starlette.applications import Starlette
    from starlette.routing import Route

    pages = Pages(lab)
    return Starlette(
        routes=[
            *(Route(f"/{path}", pages.view) for path in views.VIEWS),
            Route("/experiment", pages.experiment),
            Route("/chart/{key:str}-{look:str}.svg", pages.chart),
            Route("/static/{name:str}", pages.static),
        ]
    )


class Pages:
    """Renders views; what the log has not changed since is not asked again."""

    def __init__(self, lab: "Lab") -> None:
        from jinja2 import Environment, PackageLoader, StrictUndefined

        self._lab = lab
        self._lock = Lock()
        self._charts: OrderedDict[str, alt.Chart] = OrderedDict()
        self._drawn: OrderedDict[tuple[str, str], str] = OrderedDict()
        environment = Environment(
            loader=PackageLoader("tailor_lab.dashboard"),
            autoescape=True,
            undefined=StrictUndefined,
        )
        self._template = environment.get_template("dashboard.html.j2")

    def view(self, request: "Request") -> "Response":
        """A page of the navigation."""
        path = request.url.path.strip("/")
        period = request.query_params.get("days", "all")
        chosen = period if period in PERIODS else "all"
        days = None if chosen == "all" else int(chosen)
        return self._page(request, path, chosen, lambda: views.VIEWS[path](self._lab, days))

    def experiment(self, request: "Request") -> "Response":
        """The page of one experiment."""
        name = request.query_params.get("name", "")
        return self._page(request, "experiments", None, lambda: views.experiment(self._lab, name))

    def _page(self, request: "Request", path: str, period: str | None, make: Any) -> "Response":
        from markupsafe import Markup
        from starlette.responses import HTMLResponse, Response

        with self._lock:  # one question at a time: the log is one connection
            try:
                view = make()
            except TailorLabError as error:
                view = views.View("The log cannot be read", notes=(str(error),))
        text = self._template.render(
            view=view,
            tables=[Markup(piece) for piece in view.tables if piece],  # noqa: S704
            pictures=list(self._keep(view)),
            path=path,
            labels=views.LABELS,
            period=period,
            periods=PERIODS,
            home=str(self._lab.settings.home),
        )
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        return HTMLResponse(text, headers={"etag": tag})

    def _keep(self, view: views.View) -> Iterator[tuple[str, str]]:
        """Each chart's title and key; it is drawn when a browser asks for it."""
        for title, chart in view.pictures:
            key = hashlib.sha256(chart.to_json().encode()).hexdigest()[:24]
            with self._lock:
                self._charts[key] = chart
                self._charts.move_to_end(key)
                while len(self._charts) > _KEPT:
                    self._charts.popitem(last=False)
            yield title, key

    def chart(self, request: "Request") -> "Response":
        """A chart as SVG, for light or dark paper."""
        from starlette.responses import PlainTextResponse, Response

        key, look = request.path_params["key"], request.path_params["look"]
        with self._lock:
            chart = self._charts.get(key)
            if chart is None or look not in {"light", "dark"}:
                return PlainTextResponse("There is no such chart.", 404)
            drawing = self._drawn.get((key, look))
            if drawing is None:
                drawing = _svg(chart, cast('Literal["light", "dark"]', look))
                self._drawn[key, look] = drawing
                while len(self._drawn) > _KEPT:
                    self._drawn.popitem(last=False)
        # Its address is its content.
        lasting = {"cache-control": "private, max-age=86400, immutable"}
        return Response(drawing, media_type="image/svg+xml", headers=lasting)

    def static(self, request: "Request") -> "Response":
        """The script and the style."""
        from starlette.responses import PlainTextResponse, Response

        name = request.path_params["name"]
        if name not in _ASSETS:
            return PlainTextResponse("There is no such file.", 404)
        return Response((_HERE / "static" / name).read_bytes(), media_type=_ASSETS[name])


def _svg(chart: "alt.Chart", look: 'Literal["light", "dark"]') -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(restyle(chart, look).to_dict()))
