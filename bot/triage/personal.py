"""When a number makes a message one that others in the group should not read.

docs/taxonomy.md: a message is sensitive when it carries somebody's personal data. An identity
number, a bank account or a plate is that in every message. A telephone number is not where the
public is asked to call it: an emergency, a lost child, a found purse. For talk the flag changes
nothing of what is done (bot/triage/policy.py): an advert is left alone.
"""

from collections.abc import Iterable

from bot.nlu import kinds
from bot.triage.details import Detail


def carries_personal_data(details: Iterable[Detail], *, urgent: bool, to_be_called: bool) -> bool:
    """`to_be_called`: the message is of a kind in which a telephone number is for everybody."""
    found = {detail.kind for detail in details}
    if found & (kinds.NUMBERS_OF_A_PERSON - {kinds.PHONE}):
        return True
    return kinds.PHONE in found and not (urgent or to_be_called)
