"""Which procedures are to be looked at again."""

from datetime import date
from typing import Any

import pytest

from bot.procedures.entry import Entry
from bot.procedures.upkeep import Reason, reasons, to_look_at

TODAY = date(2026, 11, 27)


def entry(**changed: Any) -> Entry:
    return Entry.model_validate(
        {
            "id": "id_card_lost",
            "topic": "id_card",
            "name": "Cấp lại thẻ căn cước",
            "questions": ["một", "hai", "ba"],
            "answer": "Bà con đến Công an xã để làm.",
            "legal_source": ["Luật Căn cước"],
            "checked_on": "2026-11-23",
            "confidence": "high",
            **changed,
        }
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"check_by": "2026-11-27"}, [Reason.LAPSING]),
        ({"check_by": "2026-11-26"}, [Reason.OVERDUE]),
        ({"check_by": "2026-12-26"}, [Reason.LAPSING]),
        ({"check_by": "2026-12-27"}, []),
        ({"fees": [{"text": "70.000 đồng", "until": "2026-12-20"}]}, [Reason.LAPSING]),
        ({"fees": [{"text": "70.000 đồng", "until": "2026-11-20"}]}, [Reason.OVERDUE]),
        (
            {
                "fees": [
                    {"text": "35.000 đồng", "until": "2026-12-20"},
                    {"text": "70.000 đồng", "since": "2026-12-21"},
                ]
            },
            [],
        ),
        ({"confidence": "low"}, [Reason.UNCONFIRMED]),
        ({"confidence": "medium"}, []),
        ({"legal_source": [], "confidence": "low"}, [Reason.UNCONFIRMED, Reason.SOURCELESS]),
    ],
)
def test_why_a_procedure_is_to_be_looked_at(
    changed: dict[str, Any], expected: list[Reason]
) -> None:
    assert reasons(entry(**changed), TODAY) == expected
    assert to_look_at([entry(**changed), entry()], TODAY) == bool(expected)


def test_a_day_at_the_end_of_all_days_is_a_day() -> None:
    assert entry(checked_on="9999-12-31").due == date.max
