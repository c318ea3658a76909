"""Where sentences become vectors: in this process, or in the action server.

The model takes 100 MB, so the action server has it for the gateway, too (`asks`). While that is
away procedures are searched by words alone.
"""

from collections.abc import Callable, Sequence
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.procedures.e5.model import SentenceModel

Array = np.ndarray[Any, np.dtype[np.float32]]

AT_ONCE = 16
"""So many texts may be given at once: some tenths of a second."""
PATH = "/vectors"
TIMEOUT = httpx.Timeout(5.0, connect=1.0)


class ModelAway(Exception):
    """The action server did not say what sentences mean."""


def embed(texts: Sequence[str]) -> Array:
    """Unit vectors, shape: texts by 384. Any thread may ask. Raises: ModelAway."""
    return _source(texts)


def asks(settings: Settings) -> None:
    """From now on this process asks the action server."""
    global _source
    url = settings.action_url.rsplit("/", 1)[0] + PATH
    token = settings.rasa_token.get_secret_value() if settings.rasa_token else ""
    http = httpx.Client(
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT,
        transport=httpx.HTTPTransport(),  # so not by the proxy that leads to the platforms
    )

    def there(texts: Sequence[str]) -> Array:
        try:
            answer = http.post(url, json=list(texts)).raise_for_status()
        except httpx.HTTPError:  # which knows what was asked
            raise ModelAway from None
        return np.frombuffer(answer.content, np.float32).reshape(len(texts), -1)

    _source = there


def here(texts: Sequence[str]) -> Array:
    """`embed` by this process; the first time it loads the model."""
    with _loading:
        model = _model()
    return model.embed(texts)


_source: Callable[[Sequence[str]], Array] = here
_loading = Lock()


@cache
def _model() -> "SentenceModel":
    from bot.procedures.e5.model import SentenceModel  # with its library, which nobody else needs

    return SentenceModel()
