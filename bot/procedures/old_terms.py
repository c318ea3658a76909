"""Names that have changed: understood, and put right in one kind sentence before the answer
(nlu_data/old_terms.yml)."""

import uuid
from functools import cache

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.messages.models import Conversation
from bot.procedures.entry import Line
from bot.procedures.spelling import has, spelt
from bot.settings import PROJECT

FILE = PROJECT / "nlu_data" / "old_terms.yml"


class OldTerm(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    terms: tuple[str, ...] = Field(min_length=1)
    says: Line
    unless: tuple[str, ...] = ()

    def said_by(self, answer: str) -> bool:
        return any(words in answer for words in self.unless)


@cache
def old_terms() -> tuple[OldTerm, ...]:
    """All of the file, in order. Raises: ValidationError."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(TypeAdapter(list[OldTerm]).validate_python(read))


def put_right(
    question: str, answer: str, conversation: Conversation | None, inbound_id: uuid.UUID
) -> str:
    """One sentence on the first old name in the question, unless it was said to an earlier message
    of this conversation or the answer says it; empty where there is none."""
    text = spelt(question)
    for old in old_terms():
        if not has(text, old.terms) or old.said_by(answer):
            continue
        if conversation is None:
            return old.says
        said_to = conversation.old_terms.get(old.name, str(inbound_id))
        if said_to == str(inbound_id):
            conversation.old_terms = conversation.old_terms | {old.name: said_to}
            return old.says
    return ""
