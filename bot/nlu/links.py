"""Links that pretend to be somebody, or hide where they lead.

A link is doubtful for what its address is, never for what stands on the page or who sent it:
a shortener, a bare IP address, an app outside the stores, letters of another script, or the name
of a bank or an office in an address that is not theirs.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from urllib.parse import urlsplit

_SHORTENERS = frozenset(
    [
        "bit.ly",
        "tinyurl.com",
        "cutt.ly",
        "t.ly",
        "is.gd",
        "v.gd",
        "rb.gy",
        "shorturl.at",
        "shorturl.asia",
        "ow.ly",
        "s.id",
        "bom.so",
        "tiny.cc",
        "rebrand.ly",
        "shorten.asia",
        "urlvn.net",
        "by.com.vn",
        "goo.gl",
        "adf.ly",
        "bl.ink",
        "t2m.io",
        "qr.ae",
        "cut.ly",
        "linkvertise.com",
        "ouo.io",
        "shrtco.de",
        "clck.ru",
        "u.to",
        "lnk.to",
        "gg.gg",
        "soo.gd",
        "short.gy",
    ]
)
_OFFICES = [
    "dichvucong",
    "bocongan",
    "vneid",
    "congan",
    "canhsat",
    "csgt",
    "chinhphu",
    "baohiemxahoi",
    "vssid",
    "thuedientu",
    "tongcucthue",
    "phatnguoi",
    "dinhdanh",
    "cancuoc",
    "bocongthuong",
    "nganhangnhanuoc",
    "toaan",
    "vienkiemsat",
    "bhxh",
]
_COMPANIES = {
    "vietcombank": "vietcombank.com.vn", "vietinbank": "vietinbank.vn", "bidv": "bidv.com.vn",
    "agribank": "agribank.com.vn", "techcombank": "techcombank.com", "mbbank": "mbbank.com.vn",
    "vpbank": "vpbank.com.vn", "sacombank": "sacombank.com", "tpbank": "tpb.vn",
    "acb": "acb.com.vn",
    "hdbank": "hdbank.com.vn", "vibbank": "vib.com.vn", "eximbank": "eximbank.com.vn",
    "lienvietpostbank": "lpbank.com.vn", "momo": "momo.vn", "zalopay": "zalopay.vn",
    "viettelpay": "viettelmoney.vn", "vnpay": "vnpay.vn", "shopee": "shopee.vn",
    "lazada": "lazada.vn", "tiki": "tiki.vn", "evn": "evn.com.vn", "vnpost": "vnpost.vn",
    "giaohangtietkiem": "ghtk.vn", "giaohangnhanh": "ghn.vn", "dienmayxanh": "dienmayxanh.com",
}  # fmt: skip
_ALSO_THEIRS = frozenset(
    ["shopee.com.vn", "shope.ee", "evn.vn", "lazada.com", "tiki.com.vn", "congan.com.vn", "csgt.vn"]
)
_WHOLE_WORD = frozenset({"acb", "evn", "tiki", "momo", "toaan", "congan", "csgt", "bidv", "bhxh"})
"""Too short, or too much like other words, to be looked for inside a longer one."""

_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_NUMBER_LIKE = str.maketrans("013457", "oleast")
_ALIKE = 0.86
_LONG_ENOUGH = 7


def why_doubtful(link: str) -> str:
    """`shortener`, `address`, `app`, `script`, `disguise` or `impostor`; empty for a good link."""
    try:
        parts = urlsplit(link if "//" in link else f"//{link}")
        host = (parts.hostname or "").rstrip(".").lower()
        bare_ip = bool(_IP.fullmatch(host)) or parts.netloc.startswith("[")
    except ValueError:
        return "address"
    if "@" in parts.netloc:
        return "disguise"
    if bare_ip:
        return "address"
    if not host.isascii() or "xn--" in host:
        return "script"
    if parts.path.lower().endswith((".apk", ".xapk", ".mobileconfig")):
        return "app"
    if host.removeprefix("www.") in _SHORTENERS:
        return "shortener"
    return "impostor" if _pretends(host) else ""


def host_of(link: str) -> str:
    """Where the link leads; empty when that cannot be read."""
    try:
        return (urlsplit(link if "//" in link else f"//{link}").hostname or "").lower()
    except ValueError:
        return ""


def _pretends(host: str) -> bool:
    if _within(host, "gov.vn") or any(_within(host, own) for own in _ALSO_THEIRS):
        return False
    labels = host.removeprefix("www.").split(".")
    words = {word for label in labels[:-1] for word in label.split("-")}
    joined = {label.replace("-", "") for label in labels[:-1]}
    if "govvn" in "".join(labels).replace("-", ""):
        return True
    if any(_names(office, words, joined) for office in _OFFICES):
        return True
    return any(
        _names(company, words, joined) and not _within(host, own)
        for company, own in _COMPANIES.items()
    )


def _within(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _names(name: str, words: set[str], joined: set[str]) -> bool:
    """Whether the name stands in the address, also with digits for letters or a letter changed."""
    if name in _WHOLE_WORD:
        return name in words
    plain = {word.translate(_NUMBER_LIKE) for word in joined | words} | joined
    if any(name in word for word in plain):
        return True
    return len(name) >= _LONG_ENOUGH and any(
        word != name and abs(len(word) - len(name)) <= 1 and _alike(word, name) for word in plain
    )


def _alike(word: str, name: str) -> bool:
    return SequenceMatcher(None, word, name, autojunk=False).ratio() >= _ALIKE
