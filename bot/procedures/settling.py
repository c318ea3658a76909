"""Which procedure a question means: what the search found, put right by the fact that was told."""

from collections.abc import Sequence
from datetime import date

from bot.procedures.families import Family, Said, families, families_of, family_with
from bot.procedures.parts import Part, asks_for_one

OF_ITS_OWN = (Part.FEE, Part.TIME, Part.ONLINE)
"""What may have an answer of its own beside a family: "lệ phí hộ chiếu"."""


def settle(
    question: str, found: Sequence[str], today: date, asked: Family | None = None
) -> tuple[str, ...] | Family:
    """One procedure, several that are equally likely, the family to be asked about, or nothing.

    `found`: what may be meant by the search, the likeliest first. `asked`: the family whose
    question was just said; nobody is asked twice. A question that names a matter and the fact and
    nothing else needs no search. Else words choose only among what was found, as the search has
    read them already; it knows nothing of ages.
    """
    said = Said.of(question, today)
    for family in families():
        if choice := family.asked_with_fact(said):
            return (choice.procedure,)
    for family in families_of(found):
        choice = family.told(said)
        if choice and (choice.procedure in found or (choice.age and said.ages)):
            return (choice.procedure,)
    general = next((each for each in families() if each.asked_in_general(said)), None)
    if general and found and found[0] not in general.ids and asks_for_one(question, OF_ITS_OWN):
        general = None
    if general and general.usual:
        return (general.usual,)
    to_ask = general or (family_with(found) if len(found) > 1 else None)
    if to_ask is None:
        return tuple(found)
    if to_ask != asked:
        return to_ask
    return tuple([each for each in found if each in to_ask.ids][:1])
