"""Keeps Rasa and TensorFlow from talking. Import nothing of theirs before calling `hush`.

Rasa's debug log prints what people wrote, so it stays at WARNING whoever starts the process.
"""

from __future__ import annotations

import logging
import os
import warnings


def hush() -> None:
    """No telemetry, no warnings about other people's code, no log below WARNING."""
    os.environ.update(
        RASA_TELEMETRY_ENABLED="false",
        TF_CPP_MIN_LOG_LEVEL="3",
        LOG_LEVEL="WARNING",
        LOG_LEVEL_LIBRARIES="ERROR",
        SQLALCHEMY_SILENCE_UBER_WARNING="1",
        TQDM_DISABLE="1",
    )
    warnings.showwarning = lambda *_, **__: None  # libraries put their own filters in front of ours
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def hush_rasa() -> None:
    """What can only be done once Rasa is imported: its structured log ignores the levels above."""
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)
    for name in ("sanic.root", "sanic.error", "sanic.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
