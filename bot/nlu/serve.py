"""Runs the Rasa server for the app: on loopback, with a token, and silent about what people write.

    python -m bot.nlu.serve MODEL --port 5005 --token-env BINHYEN_RASA_TOKEN [--places FILE]

On a machine of its own it listens on `--host` and reads the token from `--token-file`. It shows the
same token to the action server.

Exit codes: 1 if the settings are wrong, 3 if the model is not the one that was trained or does not
understand the golden sentences.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.nlu import places
from bot.nlu.golden import GOLDEN, mismatches
from bot.nlu.leaner import leave_out_what_nobody_needs
from bot.nlu.quiet import hush, hush_rasa

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig
    from sanic import Sanic
    from sanic.request import Request
    from sanic.response import HTTPResponse

ROOT = Path(__file__).parents[2]
NOT_UNDERSTOOD = 3
ALIVE = ("GET", "/version")
"""Says which Rasa it is, to whoever watches over it."""
ANSWERED = {
    ("GET", "/status"),
    ("POST", "/model/parse"),
    ("POST", "/model/parse_all"),
    ("POST", "/webhooks/rest/webhook"),
}


class Refused(Exception):
    """The server does not start; the message says why."""


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="bot.nlu.serve", description=__doc__)
    parser.add_argument("model", type=Path, metavar="MODEL", help="a trained model (.tar.gz)")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address of this machine to listen on")
    token_from = parser.add_mutually_exclusive_group(required=True)
    token_from.add_argument("--token-env", metavar="NAME", help="environment variable with it")
    token_from.add_argument("--token-file", type=Path, metavar="FILE", help="file with the token")
    parser.add_argument("--places", type=Path, metavar="FILE", help="the commune's names (JSON)")
    options = parser.parse_args(arguments)
    if not (token := token_of(options)):
        source = options.token_env or options.token_file
        parser.exit(1, f"{source} is not set: the server needs a token\n")
    hush()
    places.use(options.places)
    try:
        check_hash(options.model)
        serve(options.model, options.host, options.port, token)
    except Refused as refused:
        parser.exit(NOT_UNDERSTOOD, f"{refused}\n")


def token_of(options: argparse.Namespace) -> str:
    """What callers must know; "" where it is not to be had."""
    if options.token_env:
        return os.environ.get(options.token_env, "")
    try:
        return str(options.token_file.read_text("utf-8").strip())
    except OSError:
        return ""


def check_hash(model: Path) -> None:
    """Where training noted a hash beside the model, it must be this model's: loading one can run
    code. Raises: Refused."""
    note = model.with_name("model.json")
    if not note.exists():
        return
    if json.loads(note.read_text())["sha256"] != hashlib.sha256(model.read_bytes()).hexdigest():
        raise Refused(f"{model} is not the model that was trained")


def serve(model: Path, host: str, port: int, token: str) -> None:
    """Load, check and warm up first, and listen only then."""
    from rasa.core.channels.rest import RestInput
    from rasa.core.run import configure_app
    from rasa.core.utils import AvailableEndpoints

    leave_out_what_nobody_needs()
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action.headers["Authorization"] = f"Bearer {token}"
    keep_connections(endpoints.action)
    agent = asyncio.run(load(model, endpoints))
    app = configure_app([RestInput()], auth_token=token, port=port, endpoints=endpoints)
    parse_several(app)
    close_the_rest(app, token)
    app.ctx.agent = agent
    hush_rasa()
    app.run(host=host, port=port, workers=1, access_log=False, motd=False)


def close_the_rest(app: Sanic[Any, Any], token: str) -> None:
    """Answer what the app asks for, to who has the token, and else nothing but its version.

    Rasa's other routes load another model, train, or tell of conversations; and the webhook of a
    channel asks for no token by itself.
    """
    from sanic.response import empty

    async def refuse(request: Request) -> HTTPResponse | None:
        asked = (request.method, request.path)
        if asked == ALIVE:
            return None
        if asked not in ANSWERED:
            return empty(404)
        given = request.args.get("token", "")
        return None if hmac.compare_digest(given.encode(), token.encode()) else empty(401)

    app.register_middleware(refuse, "request")


def parse_several(app: Sanic[Any, Any]) -> None:
    """`POST /model/parse_all` `{"texts": […]}`: what `/model/parse` answers to each, as a list, for
    one request's worth of work. 400 if one of them cannot be parsed: asked for alone it goes to a
    person, while `/model/parse` says 500, as if it could be tried again."""
    from sanic.response import empty, json

    @app.post("/model/parse_all")
    async def parse_all(request: Request) -> HTTPResponse:
        parses = []
        try:
            for text in request.json["texts"]:
                parses.append(await app.ctx.agent.parse_message(text))
                await asyncio.sleep(0)  # a dialogue need not wait for all of them
            return json(parses)
        except Exception:  # whatever a text leads to
            return empty(400)


async def load(model: Path, endpoints: Any) -> Agent:
    """The model, having understood every golden sentence; Refused if it does not."""
    from rasa.core.agent import load_agent

    hush_rasa()
    agent = await load_agent(model_path=str(model), endpoints=endpoints)
    if not agent.is_ready():
        raise Refused(f"{model.name} cannot be loaded")
    problems = [problem async for problem in _problems(agent)]
    if problems:
        raise Refused(f"{model.name} does not understand: " + "; ".join(problems))
    return agent


async def _problems(agent: Agent) -> AsyncIterator[str]:
    for golden in GOLDEN:
        try:
            parsed = await agent.parse_message(golden.text)
        except Exception as error:  # whatever a mixed-up archive leads to
            yield f'"{golden.text}": {type(error).__name__}'
            continue
        for problem in mismatches(golden, parsed):
            yield f'"{golden.text}": {problem}'


def keep_connections(endpoint: EndpointConfig) -> None:
    """Ask the action server over connections that stay open; Rasa opens one for every action."""
    opened = endpoint.session
    endpoint.session = cache(lambda: nullcontext(opened()))


if __name__ == "__main__":
    main()
