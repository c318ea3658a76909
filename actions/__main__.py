"""The action server: `python -m actions` or `binhyen actions`. Its port is BINHYEN_ACTION_URL's."""

import asyncio
import hmac
import os
import sys
from typing import Any
from urllib.parse import urlsplit

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Request, Sanic
from sanic.response import HTTPResponse, empty, raw

from actions.answer_procedure import AnswerProcedure
from actions.choose_report import ChooseReport
from actions.handle_request import CallOfficer, HandleRequest
from actions.report_form import AnswerQuestion, ValidateReportForm
from actions.small_talk import SmallTalk
from actions.take_report import TakeReport
from actions.turn import Context, use
from bot.db import Database
from bot.ops.logs import log_to
from bot.procedures import embedding
from bot.procedures.meaning import MAX_CHARS
from bot.procedures.vectors import keep_up
from bot.security.keyring import follow, open_when_there, until_open
from bot.settings import Settings, get_settings

App = Sanic[Any, Any]
ALIVE = ("GET", "/health")
ACTIONS = (
    ValidateReportForm,
    TakeReport,
    AnswerProcedure,
    HandleRequest,
    SmallTalk,
    CallOfficer,
    AnswerQuestion,
    ChooseReport,
)


def build(settings: Settings) -> App:
    """The server's application. Raises: SystemExit, saying what is missing."""
    if not (settings.secret_key and settings.database_url and settings.rasa_token):
        sys.exit("BINHYEN_SECRET_KEY, BINHYEN_DATABASE_URL and BINHYEN_RASA_TOKEN are needed")
    open_when_there(settings.secret_key.get_secret_value(), str(settings.database_url))
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action)
    app: App = create_app(executor)
    close(app, settings.rasa_token.get_secret_value())
    app.add_route(vectors, embedding.PATH, methods=["POST"])

    async def connect(app: App) -> None:
        await until_open()
        app.ctx.db = Database(str(settings.database_url))
        await asyncio.to_thread(embedding.load)
        use(Context(app.ctx.db, f"{settings.public_base}/console"))
        app.ctx.meanings = asyncio.create_task(keep_up(app.ctx.db))
        app.ctx.keys = asyncio.create_task(follow(app.ctx.db))

    async def disconnect(app: App) -> None:
        app.ctx.meanings.cancel()
        app.ctx.keys.cancel()
        await app.ctx.db.close()

    app.register_listener(connect, "before_server_start")
    app.register_listener(disconnect, "after_server_stop")
    return app


def close(app: App, token: str) -> None:
    """Answer who shows the token. To who shows none: that the server is up, and nothing else."""
    wanted = f"Bearer {token}".encode()

    async def refuse(request: Request) -> HTTPResponse | None:
        shown = request.headers.getone("authorization", None)
        if shown is None:
            return None if (request.method, request.path) == ALIVE else empty(401)
        given = shown.encode(errors="surrogateescape")
        return None if hmac.compare_digest(given, wanted) else empty(401)

    app.register_middleware(refuse, "request")


async def vectors(request: Request) -> HTTPResponse:
    """What sentences mean, for the gateway: texts in JSON, 32-bit numbers back."""
    texts = request.json
    if not _may_be_asked(texts):
        return empty(400)
    found = await asyncio.to_thread(embedding.here, texts)
    return raw(found.tobytes())


def _may_be_asked(texts: Any) -> bool:
    if not isinstance(texts, list) or not 0 < len(texts) <= embedding.AT_ONCE:
        return False
    return all(isinstance(text, str) and len(text) <= MAX_CHARS for text in texts)


def main() -> None:
    settings = get_settings()
    log_to(sys.stdout, "actions")  # at WARNING: rasa_sdk's debug log prints what people wrote
    os.environ.pop("LOG_LEVEL", None)
    address = urlsplit(settings.action_url)
    build(settings).run(
        host=settings.internal_host,
        port=address.port or 5055,
        single_process=True,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    main()
