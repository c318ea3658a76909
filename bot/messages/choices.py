"""Offering choices: as buttons where the chat has them, else numbered in the text."""

from bot.channels.base import Capabilities, Content
from bot.procedures.replies import Reply
from bot.wording import say

MAX_CHOICES = 9


def render(reply: Reply, can: Capabilities, reply_to: str = "") -> Content:
    """The reply as this chat can show it."""
    if not reply.buttons:
        return Content(reply.text, reply_to=reply_to)
    if can.buttons:
        return Content(reply.text, reply.buttons, reply_to)
    lines = [
        say("procedure_choice_line", number=str(n), label=b.label)
        for n, b in enumerate(reply.buttons[:MAX_CHOICES], 1)
    ]
    return Content("\n".join([reply.text, *lines, say("procedure_choice_end")]), (), reply_to)


def picked(text: str, choices: list[str]) -> str | None:
    """The payload that a typed number stands for."""
    number = text.strip().rstrip(".")
    if number.isascii() and number.isdigit() and 0 < int(number[:2]) <= len(choices):
        return choices[int(number[:2]) - 1]
    return None
