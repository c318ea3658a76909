"""Where sentences become vectors: in this process, or in the action server.

The model takes 80 MB, so the action server alone has it, and the gateway asks that. While there is
no answer procedures are searched by words alone.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import structlog

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.procedures.e5.model import SentenceModel

log = structlog.get_logger()

Array = np.ndarray[Any, np.dtype[np.float32]]

WIDTH = 384
"""Numbers of a vector."""
AT_ONCE = 16
"""So many texts may be given at once: some tenths of a second."""
PATH = "/vectors"
TIMEOUT = httpx.Timeout(3.0, connect=1.0)
PAUSE = 5.0
"""Seconds in which nobody is asked again after there was no answer: who waits for a page or in a
group would wait for the next one, too."""


class ModelAway(Exception):
    """Nobody says what the sentences mean."""


def embed(texts: Sequence[str]) -> Array:
    """Unit vectors, shape: texts by `WIDTH`. Any thread may ask. Raises: ModelAway."""
    global _away_until
    if time.monotonic() < _away_until:
        raise ModelAway
    try:
        vectors = _source(texts)
    except Exception as error:  # which may quote them
        if not _away_until:
            log.warning("procedures are searched by words alone", kind=type(error).__name__)
        _away_until = time.monotonic() + PAUSE
        raise ModelAway from None
    _away_until = 0.0
    return vectors


def ask_action_server(settings: Settings) -> None:
    """From now on, instead of having the model in this process."""
    global _source
    url = settings.action_url.rsplit("/", 1)[0] + PATH
    token = settings.rasa_token.get_secret_value() if settings.rasa_token else ""
    http = httpx.Client(
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT,
        transport=httpx.HTTPTransport(),  # so not by the proxy that leads to the platforms
    )

    def there(texts: Sequence[str]) -> Array:
        answer = http.post(url, json=list(texts)).raise_for_status()
        return np.frombuffer(answer.content, np.float32).reshape(len(texts), WIDTH)

    _source = there


def load() -> None:
    """Have the model ready before the first question, if it can be."""
    with suppress(ModelAway):
        embed(["căn cước"])


def here(texts: Sequence[str]) -> Array:
    """By this process, which loads the model the first time: a second."""
    with _loading:
        model = _model()
    return model.embed(texts)


_source: Callable[[Sequence[str]], Array] = here
_away_until = 0.0  # of the monotonic clock; 0 while there are answers
_loading = Lock()


@cache
def _model() -> "SentenceModel":
    from bot.procedures.e5.model import SentenceModel  # with libraries that nobody else needs

    return SentenceModel()
