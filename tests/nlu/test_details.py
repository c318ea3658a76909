"""What a message names, asked of the rules in the Rasa environment: `python -m bot.nlu.details`."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.nlu import kinds
from bot.nlu.masking import mask
from bot.ops.environments import RASA
from bot.ops.model import TrainedModel
from tests.nlu.classifier import Classifier

ROOT = Path(__file__).parents[2]
NOW = "2026-11-27T14:20:00+07:00"  # a Friday
COMMUNE = {"commune": "Xã Đồng Tâm", "hamlets": ["Ấp 3", "Ấp Bàu Sen"], "places": ["Chợ Cây Me"]}

Entity = dict[str, Any]


class Finder:
    """The running rules, and the file their names come from."""

    def __init__(self, places: Path) -> None:
        self.places = places
        self._process = subprocess.Popen(
            [RASA.python, "-m", "bot.nlu.details", "--places", places],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __call__(self, text: str) -> list[Entity]:
        assert self._process.stdin
        assert self._process.stdout
        line = json.dumps({"text": text, "now": NOW}).encode()
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()
        found: list[Entity] = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(10)


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finder]:
    places = tmp_path_factory.mktemp("places") / "places.json"
    places.write_text(json.dumps(COMMUNE))
    finder = Finder(places)
    yield finder
    finder.close()


def values(found: list[Entity]) -> list[tuple[str, str]]:
    return [(entity["entity"], entity["value"]) for entity in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gọi em 0912 345 678 nha", [("phone", "0912345678")]),
        ("goi +84 912.345.678", [("phone", "0912345678")]),
        ("xe 60F9-312.08 chạy ẩu", [("plate", "60F931208")]),
        ("bien so 51h 12345", [("plate", "51H12345")]),
        ("bs 51H-123.45", [("plate", "51H12345")]),
        ("cccd cua em 070 193 004 417", [("identity_number", "070193004417")]),
        ("số bảo hiểm xã hội 7013224518", [("identity_number", "7013224518")]),
        ("cmnd 271234567", [("identity_number", "271234567")]),
        ("stk 1900 2211 07 nha", [("bank_account", "1900221107")]),
        ("stk: 0912345678", [("bank_account", "0912345678")]),
        ("chuyen vo 1903 6627 4410 16", [("bank_account", "19036627441016")]),
        ("mất 3tr2", [("money", "3200000 VND")]),
        ("mượn hai triệu rưỡi", [("money", "2500000 VND")]),
        ("500.000đ", [("money", "500000 VND")]),
        ("keu chuyen 3000 đô", [("money", "3000 USD")]),
        ("tới nhà số 12/4 hẻm", [("address", "nhà số 12/4")]),
        ("thư ai@example.com", [("email", "ai@example.com")]),
        ("xem https://bit.ly/x nha", [("doubtful_link", "bit.ly")]),
        ("xem https://youtu.be/x nha", []),
        ("Số: 12/BC-CAX (Mật)", [("secret_marking", "Mật")]),
        ("bí mật mật ong mật khẩu", []),
        ("hẹn lúc 10h 2026, vé 10k 5000", [("time", "10h"), ("money", "10000 VND")]),
        ("sinh năm 1994, mã 0098, phiếu DT-0412", []),
        ("12345", []),
    ],
)
def test_numbers_and_links(find: Finder, text: str, expected: list[tuple[str, str]]) -> None:
    assert values(find(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cháy ở ấp 3", [("hamlet", "Ấp 3")]),
        ("chay nha ap3", [("hamlet", "Ấp 3")]),
        ("bên ấp Ba đó", [("hamlet", "Ấp 3")]),
        ("BÀ CON ẤP 3 ƠI", [("hamlet", "Ấp 3")]),
        ("ap bau sen ngap", [("hamlet", "Ấp Bàu Sen")]),
        ("ấp 7 xã đồng tâm", [("hamlet", "Ấp 7"), ("place", "Xã Đồng Tâm")]),
        ("to 7 xom 2", [("place", "Tổ 7"), ("place", "Xóm 2")]),
        ("gần chợ cây me", [("place", "Chợ Cây Me")]),
        ("ngã ba Cây Điệp", [("place", "ngã ba Cây Điệp")]),
        ("hẻm 5 quốc lộ 14", [("place", "hẻm 5"), ("place", "quốc lộ 14")]),
        ("đi bên Lào, về Sóc Trăng, Bến Tre", []),
        ("nhà trọ 12 phòng, tổ PCCC", []),
        ("áp 3 lớp, tớ 7 tuổi", []),
    ],
)
def test_places(find: Finder, text: str, expected: list[tuple[str, str]]) -> None:
    assert values(find(text)) == expected


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("anh Ba đánh bà Tám Lùn", ["anh Ba", "bà Tám Lùn"]),
        ("chú Sáu với thằng Đen", ["chú Sáu", "thằng Đen"]),
        ("ong Bay Lun dot rac", ["ong Bay Lun"]),
        ("hỏi chị tư coi", ["chị tư"]),
        ("tên Nguyễn Thị Dậu", ["Nguyễn Thị Dậu"]),
        ("toi la Lam Van Soc", ["Lam Van Soc"]),
        ("gap Hai Ken", ["Hai Ken"]),
        ("mấy anh chú ý nha bà con", []),
        ("chị em ơi, anh hùng bàn phím", []),
        ("em năm nay lớp 12, con hai tuổi, anh hai mươi", []),
        ("gặp anh Công an xã", []),
    ],
)
def test_people_with_a_title(find: Finder, text: str, people: list[str]) -> None:
    found = [text[e["start"] : e["end"]] for e in find(text) if e["entity"] == kinds.PERSON]
    assert found == people


def test_a_time_comes_with_its_date(find: Finder) -> None:
    (night,) = find("trộm vô nhà tối qua")
    assert night["resolved"] == {
        "from": "2026-11-26T18:00:00+07:00",
        "to": "2026-11-27T00:00:00+07:00",
    }


def test_names_are_read_again_when_the_commune_changes(find: Finder) -> None:
    assert values(find("ở bàu sen lớn")) == []
    before = find.places.read_text()
    find.places.write_text(json.dumps(COMMUNE | {"places": ["Bàu Sen Lớn"]}))
    assert values(find("ở bàu sen lớn")) == [("place", "Bàu Sen Lớn")]
    find.places.write_text("{")
    assert values(find("ở bàu sen lớn, ấp 3")) == [("hamlet", "Ấp 3")]
    find.places.write_text(before)


def test_a_masked_message_names_nobody(find: Finder) -> None:
    text = "Tối qua thằng Đen chạy xe 60F9-312.08 qua nhà bà Tám Lùn ấp 3, sđt nó 0912 345 678"
    assert mask(text, find(text)) == (
        "Tối qua [tên người] chạy xe [biển số xe] qua nhà [tên người] ấp 3, sđt nó [số điện thoại]"
    )


@pytest.mark.parametrize(
    "unit",
    ["á", "a b ", "🔥", "1", "1 ", "Ba ", "anh Ba ", "stk 1 ", "0912345678 ", "ap 3 ", "a.a.",
     "12/11 ", "\u0301", "https://", "so 1/a-", "(mat", "1.1.1.1.", "Nguyễn Văn "],
)  # fmt: skip
def test_twenty_thousand_characters_take_no_time(find: Finder, unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    find("ấp 3")
    started = time.monotonic()
    assert len(find(text)) <= 100
    assert time.monotonic() - started < 1.5  # word segmentation and a busy machine included


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_string_has_details_within_it(find: Finder, text: str) -> None:
    end = 0
    for entity in find(text):
        assert entity["entity"] in kinds.ALL
        assert end <= entity["start"] < entity["end"] <= len(text)
        end = entity["end"]


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_details_keep_their_places_between_other_words(find: Finder, data: st.DataObject) -> None:
    around = st.lists(
        st.sampled_from(["nhà", "🔥", "chạy", "\n", "qua̛", "x" * 9, "ồn"]), max_size=8
    )
    before, after = (" ".join(data.draw(around)) for _ in range(2))
    text = f"{before} , 0912 345 678 , {after}"
    phones = [e for e in find(text) if e["entity"] == kinds.PHONE]
    assert [text[e["start"] : e["end"]] for e in phones] == ["0912 345 678"]


def test_the_trained_model_answers_with_details(model: TrainedModel, tmp_path: Path) -> None:
    places = tmp_path / "places.json"
    places.write_text(json.dumps(COMMUNE))
    with open(os.devnull, "wb") as nowhere, Classifier(model.path, nowhere, places) as classifier:
        parsed = classifier.ask("toi qua thang Den lay xe 60F9-312.08 o ap bau sen")
    assert [(e["entity"], e["extractor"]) for e in parsed["entities"]] == [
        (kind, "DetailFinder") for kind in ("time", "person", "plate", "hamlet")
    ]
    assert parsed["entities"][0]["resolved"]["from"] < parsed["entities"][0]["resolved"]["to"]
    assert parsed["entities"][3]["value"] == "Ấp Bàu Sen"
