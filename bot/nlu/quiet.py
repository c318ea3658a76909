"""Keeps Rasa, TensorFlow and OpenMP from disturbing. Import nothing of theirs before `hush`.

Rasa's debug log prints what people wrote, so it stays at WARNING whoever starts the process.
OpenMP's threads wait by spinning unless told otherwise, which makes scikit-learn many times slower
on a busy machine; the library asks only when loaded.
"""

from __future__ import annotations

import logging
import os
import warnings

from bot.nlu.log_lines import JsonLines, catch_all


def hush() -> None:
    """No telemetry, no warnings about other people's code, no log below WARNING, no spinning."""
    os.environ.update(
        RASA_TELEMETRY_ENABLED="false",
        TF_CPP_MIN_LOG_LEVEL="3",
        LOG_LEVEL="WARNING",
        LOG_LEVEL_LIBRARIES="ERROR",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
        TQDM_DISABLE="1",
        OMP_WAIT_POLICY="PASSIVE",
    )
    warnings.showwarning = lambda *_, **__: None  # libraries put their own filters in front of ours
    lines = JsonLines("rasa")
    logging.basicConfig(level=logging.WARNING, handlers=[lines], force=True)
    catch_all(lines.write)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def hush_rasa() -> None:
    """What can only be done once Rasa is imported: its structured log ignores the levels above."""
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    for name in ("sanic.root", "sanic.error", "sanic.access"):
        # Its own handlers print addresses, with the token in them, and what exceptions say.
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    for name in ("sanic.root", "sanic.error", "sanic.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # An interrupted or failed request is logged with what the person wrote.
    logging.getLogger("rasa.core.channels").setLevel(logging.CRITICAL + 1)
