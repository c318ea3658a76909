"""Where a form stands is told in the name of the sender, and read from it."""

import pytest

from bot.nlu.standing import Standing, read, sender

CONVERSATION = "0d9f3a52-6a0c-4a3e-9a53-5f3a6f1f2b11"


@pytest.mark.parametrize(
    "standing",
    [None, Standing("where"), Standing("photos", ("where", "when", "danger"))],
    ids=["nothing", "first", "later"],
)
def test_what_is_told_is_read(standing: Standing | None) -> None:
    assert read(sender(CONVERSATION, standing)) == (CONVERSATION, standing)


def test_a_name_that_tells_nothing_is_the_conversation() -> None:
    assert sender(CONVERSATION, None) == CONVERSATION
    assert read(f"{CONVERSATION}?ended=where") == (CONVERSATION, None)
