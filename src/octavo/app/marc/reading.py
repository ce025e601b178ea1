"""MARC 21 records from files: ISO 2709, MARCXML, or lines of text (MARCMaker); a broken record stops no other."""

import logging
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from typing import Any, BinaryIO, Final, cast
from xml.sax import SAXException  # nosec B406 - the reason stands where it is used
from xml.sax.expatreader import create_parser  # nosec B406
from xml.sax.handler import feature_namespaces  # nosec B406

from pymarc import MARCMakerReader, Record
from pymarc.marcxml import XmlHandler

_END: Final = b"\x1d"
_CHUNK: Final = 1 << 16
#: ISO 2709 counts a record's bytes with five digits; what is longer without an end is none.
_LONGEST_COUNTED: Final = 99_999
_LONGEST: Final = 1_000_000

logging.getLogger("pymarc").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Found:
    """What stands at a place of a file: a record, or the reason why there is none. warnings: what is odd about it."""

    number: int
    record: Record | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()


def read(file: BinaryIO, *, utf8: bool = False) -> Iterator[Found]:
    """Yield what a file holds, numbered from 1. utf8: text is UTF-8, whatever the leaders say."""
    start = file.read(_CHUNK)
    begins = start.lstrip(b"\xef\xbb\xbf \r\n\t")[:4]
    chunks = _chunks(start, file)
    if begins[:1] == b"<":
        found = _from_xml(chunks)
    elif begins == b"=LDR":
        found = (_understood(_from_text, text) for text in _texts(chunks))
    else:
        found = (_understood(_from_bytes, raw, utf8) for raw in _between_ends(chunks))
    for number, one in enumerate(found, start=1):
        yield Found(number, *one)


def _chunks(start: bytes, file: BinaryIO) -> Iterator[bytes]:
    chunk = start
    while chunk:
        yield chunk
        chunk = file.read(_CHUNK)


Outcome = tuple[Record | None, str | None, tuple[str, ...]]


def _understood(parse: Callable[..., Record], *arguments: Any) -> Outcome:
    """Return the record that a parser makes, with its warnings, or why it makes none."""
    printed = StringIO()
    with warnings.catch_warnings(record=True) as told, redirect_stderr(printed):
        warnings.simplefilter("always")
        try:
            record = parse(*arguments)
        except Exception as reason:  # noqa: BLE001 - whatever a broken record makes the parser stumble over
            return None, _told(reason), ()
    unread = len(printed.getvalue().splitlines())
    odd = [f"characters that MARC-8 does not have: {unread}"] if unread else []
    return record, None, (*dict.fromkeys(str(one.message) for one in told), *odd)


def _told(reason: Exception) -> str:
    text = " ".join(str(reason).split())
    return text if text and not isinstance(reason, KeyError) else type(reason).__name__


def _between_ends(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what stands between the ends of records, so that a record of a wrong length takes no other with it."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(_END)
        for raw in whole:
            yield raw.lstrip(b"\r\n\t \0\x1a") + _END
        if len(rest) > _LONGEST:
            yield rest[:_CHUNK]
            rest = b""
    if rest.strip(b"\r\n\t \0\x1a"):
        yield rest


def _from_bytes(raw: bytes, utf8: bool) -> Record:  # noqa: FBT001 - handed on
    if not raw.endswith(_END):
        raise ValueError("the record has no end")
    if raw[:5] != (length := b"%05d" % len(raw)) and len(raw) <= _LONGEST_COUNTED:
        warnings.warn("the length in the leader is wrong", stacklevel=1)
        raw = length + raw[5:]
    return Record(raw, force_utf8=utf8)


def _texts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what stands between empty lines."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).replace(b"\r\n", b"\n").split(b"\n\n")
        yield from (text for text in whole if text.strip())
    if rest.strip():
        yield rest


def _from_text(raw: bytes) -> Record:
    return cast("Record", next(iter(MARCMakerReader(raw.decode("utf-8-sig").strip() + "\n"))))


def _from_xml(chunks: Iterable[bytes]) -> Iterator[Outcome]:
    # Expat fetches nothing that a document names, and stops entities that grow without end.
    parser, handler = create_parser(), _Handler()  # noqa: S315 # nosec B315
    parser.setContentHandler(handler)
    parser.setFeature(feature_namespaces, 1)
    try:
        for chunk in chunks:
            parser.feed(chunk)
            yield from handler.taken()
        parser.close()
    except SAXException as reason:
        yield from handler.taken()
        yield None, f"this and what follows is no XML: {reason}", ()


class _Handler(XmlHandler):
    """Collects records; one that pymarc stumbles over is reported at its end."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # pymarc's
        self._found: list[Outcome] = []
        self._broken: str | None = None

    def taken(self) -> list[Outcome]:
        """Return what was found since the last time."""
        found, self._found = self._found, []
        return found

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 - the name is SAX's
        """See whether a record begins."""
        if name[1] == "record":
            self._broken = None
        self._try(super().startElementNS, name, qname, attrs)

    def endElementNS(self, name: Any, qname: Any) -> None:  # noqa: N802 - the name is SAX's
        """See whether a record ends."""
        if name[1] == "record" and self._broken:
            self._found.append((None, self._broken, ()))
            self._record = None
        else:
            self._try(super().endElementNS, name, qname)

    def process_record(self, record: Record) -> None:
        """Keep a record."""
        self._found.append((record, None, ()))

    def _try(self, step: Callable[..., None], *arguments: Any) -> None:
        if self._broken is None:
            try:
                step(*arguments)
            except Exception as reason:  # noqa: BLE001 - whatever a broken record makes the parser stumble over
                self._broken = _told(reason)
