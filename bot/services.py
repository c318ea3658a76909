"""What a request or a workflow may use: in a process one for its pages, one for what waits."""

from dataclasses import dataclass, field

from bot.channels.base import Channel
from bot.db import Database
from bot.groups.service import GroupsSpokenIn
from bot.live import Live
from bot.messages.inbox import Inbox
from bot.messages.rasa import Rasa
from bot.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    db: Database
    live: Live
    rasa: Rasa
    channels: dict[str, Channel]
    inbox: Inbox = field(init=False)
    groups: GroupsSpokenIn = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inbox", Inbox(self.db))
        object.__setattr__(self, "groups", GroupsSpokenIn(self.db))
