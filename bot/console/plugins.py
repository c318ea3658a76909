"""How pages are made: templates, static files, forged-form protection, headers.

The web chat's page and those on procedures use the same.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from litestar import Request, Response, Router
from litestar.config.app import AppConfig
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import CacheControlHeader
from litestar.plugins import InitPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.status_codes import HTTP_404_NOT_FOUND
from litestar.template import TemplateConfig

from bot.console import cookies, times
from bot.console.headers import SecurityHeaders, is_https
from bot.console.icons import icon
from bot.security.vault import first_keys
from bot.settings import PROJECT, Settings

PACKAGES = ("audit", "console", "reports", "gateway", "procedures", "retention")
TEMPLATES = [PROJECT / "bot" / package / "templates" for package in PACKAGES]
STATIC = [PROJECT / "bot" / package / "static" for package in ("console", "gateway", "procedures")]
NO_FORMS = [r"^/static/", r"^/health/", r"^/metrics$", r"^/webhooks/", r"^/thu-tuc", r"^/du-lieu$"]
DAY = 24 * 60 * 60  # seconds


class Pages(InitPlugin):
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        engine = JinjaTemplateEngine.from_environment(environment())
        app_config.template_config = TemplateConfig(instance=engine)
        app_config.csrf_config = CSRFConfig(
            secret=_forms_key(self._settings),
            cookie_name=cookies.name(self._settings, cookies.FORMS),
            cookie_secure=is_https(self._settings),
            cookie_httponly=True,
            exclude=NO_FORMS,
        )
        app_config.before_send.append(SecurityHeaders(self._settings))
        app_config.route_handlers.append(static_files())
        return app_config


def _forms_key(settings: Settings) -> str:
    """Of the secret itself: pages can be built while the database with all other keys is away."""
    assert settings.secret_key is not None
    return first_keys(settings.secret_key.get_secret_value()).derive("forms").hex()


def console_plugins(settings: Settings) -> list[InitPlugin]:
    """What the application needs to show pages."""
    return [Pages(settings)]


def environment() -> Environment:
    """Escapes everything; a name that a template misspells is an error, not a blank."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals |= {"icon": icon, "static": static_address, "between": times.between}
    env.filters |= {
        "ago": times.ago,
        "exact": times.exact,
        "clock": times.clock,
        "day": times.day,
        "hour": times.hour,
    }
    return env


def static_files() -> Router:
    return create_static_files_router(
        path="/static",
        directories=[path for path in STATIC if path.is_dir()],
        cache_control=CacheControlHeader(public=True, max_age=DAY),
        opt={"exclude_from_csrf": True},
        exception_handlers={ValueError: _no_such_file, OSError: _no_such_file},
    )


def _no_such_file(request: Request[Any, Any, Any], _: Exception) -> Response[bytes]:
    """A name that no file can have, with a NUL or too long, is not found like any other."""
    return Response(b"", status_code=HTTP_404_NOT_FOUND)


@cache
def static_address(name: str) -> str:
    """Address of a static file; it changes with the file, so that browsers may keep it."""
    return f"/static/{quote(name)}?v={_digest(_find(name))}"


def _find(name: str) -> Path:
    return next(path for folder in STATIC if (path := folder / name).is_file())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
