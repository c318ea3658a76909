"""What a request or a workflow may use: in a process one for its pages, one for what waits."""

from dataclasses import dataclass

from bot.channels.base import Channel
from bot.db import Database
from bot.live import Live
from bot.messages.rasa import Rasa
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    db: Database
    live: Live
    rasa: Rasa
    channels: dict[str, Channel]
