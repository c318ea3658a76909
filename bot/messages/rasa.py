"""The Rasa server: what a message is, and the private dialogue.

Rasa may be starting, training or dead. Both calls wait for it, so that a message is handled late
rather than lost.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import structlog

from bot.batches import Batches
from bot.messages.rasa_servers import AnyOf
from bot.metrics import PART_SECONDS
from bot.nlu.standing import Standing, sender
from bot.nlu.text import without_command
from bot.procedures.search import understand
from bot.settings import Settings
from bot.triage.understanding import Understanding

log = structlog.get_logger()

AT_ONCE = 6
"""Messages that one server is asked about at the same time: with more of them two cores handle
fewer a second, as all wait for one another."""
RETRY = 0.5  # seconds between two tries
TIMEOUT = httpx.Timeout(20.0, connect=2.0)
ANY_RASA = "http://rasa.invalid"
"""Stands for whichever server the request goes to."""


class RasaRefused(Exception):
    """Rasa answered, and it will answer the same the next time."""


class NotAnswered(Exception):
    """Rasa did not answer at the first try."""


class NotDone(Exception):
    """The dialogue ended without any action saying that the message was dealt with."""


class Rasa:
    def __init__(self, settings: Settings) -> None:
        servers = AnyOf(settings.rasa_urls, httpx.AsyncHTTPTransport())
        self._http = httpx.AsyncClient(
            base_url=ANY_RASA, timeout=TIMEOUT, mounts={ANY_RASA: servers}
        )
        token = settings.rasa_token.get_secret_value() if settings.rasa_token else ""
        self._params = {"token": token}
        self._bearer = {"Authorization": f"Bearer {token}"} if token else {}
        self._answers = True
        self._room = asyncio.Semaphore(AT_ONCE * len(settings.rasa_urls))
        self._parses = Batches(self._parse, most=AT_ONCE, at_once=len(settings.rasa_urls))
        self._actions_health = settings.action_url.rsplit("/", 1)[0] + "/health"

    async def understand(self, text: str) -> Understanding:
        """What one message is, by itself. Raises: RasaRefused."""
        with PART_SECONDS.labels("parse").time():
            parsed = await self._parsed(typed(text))
        with PART_SECONDS.labels("search").time():
            return await understand(parsed, text)

    async def topics(self, text: str, within: float) -> Mapping[str, float]:
        """How likely each topic is asked about: empty when it asks for nothing, or when Rasa does
        not say so `within` seconds. For somebody who waits for a page, unlike a message."""
        try:
            async with asyncio.timeout(within):
                body = {"text": typed(text)}
                answer = await self._http.post("/model/parse", json=body, params=self._params)
        except (httpx.HTTPError, TimeoutError):
            return {}
        question = answer.json().get("question") if answer.is_success else None
        return question["topics"] if question else {}

    async def talk(
        self,
        conversation: str,
        text: str,
        inbound_id: str,
        standing: Standing | None,
        *,
        command: bool = False,
    ) -> list[dict[str, Any]]:
        """The dialogue's answers: `[{"text": …, "buttons": [{"title", "payload"}]}]`.

        `command`: `text` is an intent written by us, not by a person.
        Raises: RasaRefused, NotDone. Rasa swallows a failed action, so an action says when it is
        done (actions/turn.py); silence is never taken for success.
        """
        message = text if command else typed(text)
        body = {
            "sender": sender(conversation, standing),
            "message": message,
            "metadata": {"inbound": inbound_id},
        }
        while True:
            with PART_SECONDS.labels("dialogue").time():
                answers: list[dict[str, Any]] = await self._post("/webhooks/rest/webhook", body)
            if any((a.get("custom") or {}).get("done") == inbound_id for a in answers):
                return answers
            if await self.actions_are_ready():
                raise NotDone
            await self._wait_for_actions()

    async def is_ready(self) -> bool:
        try:
            answer = await self._http.get("/status", params=self._params, timeout=2)
            return answer.status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def actions_are_ready(self) -> bool:
        """They are not where they want another token: then messages wait until that is mended."""
        try:
            answer = await self._http.get(self._actions_health, headers=self._bearer, timeout=2)
            return answer.status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    async def close(self) -> None:
        await self._http.aclose()

    async def _parsed(self, text: str) -> dict[str, Any]:
        """With others once, and then by itself: should it be what Rasa dies of, nobody else is to
        wait for it."""
        try:
            return await self._parses.ask(text)
        except NotAnswered:
            [parse] = await self._parse([text], insist=True)
            return parse

    async def _parse(self, texts: list[str], *, insist: bool = False) -> list[dict[str, Any]]:
        parses: list[dict[str, Any]] = await self._post(
            "/model/parse_all", {"texts": texts}, insist=insist
        )
        return parses

    async def _wait_for_actions(self) -> None:
        while not await self.actions_are_ready():  # noqa: ASYNC110 (another process's state)
            await asyncio.sleep(RETRY)

    async def _post(self, path: str, body: dict[str, Any], *, insist: bool = True) -> Any:
        while True:
            try:
                async with self._room:
                    answer = await self._http.post(path, json=body, params=self._params)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code == httpx.codes.OK:
                self._answers = True
                return answer.json()
            if answer is not None and answer.is_client_error and not _is_another_release(answer):
                raise RasaRefused(f"status {answer.status_code}")
            if self._answers:
                log.warning("waiting for Rasa")
                self._answers = False
            if not insist:
                raise NotAnswered
            await asyncio.sleep(RETRY)


def _is_another_release(answer: httpx.Response) -> bool:
    """A Rasa that does not know what it is asked for yet: it will be restarted, or is another."""
    return answer.status_code == httpx.codes.NOT_FOUND


def typed(text: str) -> str:
    """What a person typed, as Rasa may have it: never an intent, and never nothing."""
    return without_command(text) or "…"
