"""MARC 21 records become instances, holdings and items; a second run changes nothing, and a bad record stops no other."""

import io
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from pymarc import Field, Indicators, Leader, Record, Subfield

from conftest import TENANT, OneTransaction
from healthy import assert_healthy
from library import Library
from octavo.app import marc
from octavo.app.marc import CopyMapping, Plan, Report
from octavo.app.marc.reading import read
from octavo.errors import BadRequest
from octavo.store.tx import Store, Tx

Json = dict[str, Any]

SOURCES = Path(os.environ.get("OCTAVO_PYMARC_SOURCES", Path(sys.prefix) / "sources"))
ARCHIVES = sorted(SOURCES.glob("pymarc-*.tar.gz"))
needs_pymarcs_files = pytest.mark.skipif(
    not ARCHIVES, reason=f"pymarc's source distribution is not in {SOURCES}: `make setup` fetches it"
)


def field(tag: str, text: str, indicators: str = "  ") -> Field:
    """Return a field from text such as `aEmma /cJane Austen`, with  before each code."""
    parts = [Subfield(part[0], part[1:]) for part in text.split("$") if part]
    return Field(tag, Indicators(*indicators), parts)


def book(number: str = "b1", *more: Field, title: str = "$aEmma :$ba novel /$cJane Austen.") -> Record:
    record = Record()
    record.leader = Leader("00000nam a2200000 a 4500")
    record.add_field(Field("001", data=number), Field("003", data="City"))
    record.add_field(Field("008", data="010101s1815    enk           000 1 eng d"))
    record.add_field(field("245", title, "10"))
    record.add_field(*more)
    return record


FULL = (
    field("010", "$a  2001012345 "), field("020", "$a0253325525 (alk. paper)$z123"), field("022", "$a1234-5678"),
    field("024", "$a10.1000/182$2doi", "7 "), field("035", "$a(OCoLC)814782"), field("041", "$aengfre"), field("050", "$aPR4034$b.E5"),
    field("100", "$aAusten, Jane,$d1775-1817,$eauthor.$4http://id.loc.gov/vocabulary/relators/aut", "1 "),
    field("246", "$aEmma Woodhouse"), field("250", "$a2nd ed."), field("264", "$aLondon :$bMurray,$c1815.", " 1"),
    field("300", "$a3 volumes ;$c18 cm"), field("336", "$atext$btxt$2rdacontent"), field("490", "$aNovels ;$v3"),
    field("500", "$aBound in leather."), field("520", "$aA match is made."), field("650", "$aMatchmaking$zEngland$vFiction.", " 0"),
    field("700", "$aMurray, John,$epublisher"), field("856", "$uhttps://example.org/emma$yRead it", "40"), field("906", "$alocal"),
)  # fmt: skip


async def lists(library: Library) -> None:
    for name in ("LCCN", "ISBN", "ISSN", "OCLC", "System control number", "DOI"):
        await library.post("/identifier-types", name=name)
    await library.post("/contributor-types", name="Author", code="aut", source="marcrelator")
    await library.post("/modes-of-issuance", name="single unit", source="rdamodeissue")
    for name in ("General note", "Summary"):
        await library.post("/instance-note-types", name=name, source="folio")


async def load(tx: Tx, tmp_path: Path, *records: Record | bytes, **plan: Any) -> Report:
    file = tmp_path / "records.mrc"
    file.write_bytes(b"".join(one if isinstance(one, bytes) else one.as_marc() for one in records))
    return await load_files(tx, [file], **plan)


async def load_files(tx: Tx, files: list[Path], **plan: Any) -> Report:
    options = Plan(**{"instance_type": "text", **plan})
    return await marc.import_files(Store(OneTransaction(tx.connection)), TENANT, files, options, tx.now)


async def stored(tx: Tx, table: str) -> list[Json]:
    return [json.loads(row["doc"]) for row in await tx.connection.fetch(f"SELECT doc FROM {tx.table(table)} ORDER BY doc ->> 'hrid'")]


COPIES = CopyMapping(material_type="book", loan_type="can circulate")


async def test_a_record_says_everything_that_an_instance_has_a_place_for(library: Library, tx: Tx, tmp_path: Path):
    await lists(library)
    report = await load(tx, tmp_path, book("b1", *FULL))
    assert (report.created, report.left_out, report.unused) == ({"instances": 1}, [], {"906": 1})
    (emma,) = await stored(tx, "instance")
    assert (emma["title"], emma["indexTitle"], emma["source"], emma["matchKey"]) == ("Emma : a novel", "Emma : a novel", "MARC", "(City)b1")
    assert [one["value"] for one in emma["identifiers"]] == [
        "2001012345", "0253325525 (alk. paper)", "1234-5678", "10.1000/182", "(OCoLC)814782",
    ]  # fmt: skip
    assert [one.reason for one in report.remarks] == [
        "020 $z 123: the tenant has no identifier type Invalid ISBN", "050 PR4034 .E5: the tenant has no classification type LC",
    ]  # fmt: skip
    austen, murray = emma["contributors"]
    assert (austen["name"], austen["primary"], austen["contributorTypeText"]) == ("Austen, Jane, 1775-1817", True, "author")
    assert "contributorTypeId" in austen
    assert (murray["name"], murray["primary"], murray["contributorTypeText"]) == ("Murray, John", False, "publisher")
    assert emma["publication"] == [{"place": "London", "publisher": "Murray", "dateOfPublication": "1815.", "role": "Publication"}]
    assert (emma["editions"], emma["languages"], emma["physicalDescriptions"]) == (["2nd ed."], ["eng", "fre"], ["3 volumes ; 18 cm"])
    assert [one["value"] for one in emma["subjects"]] == ["Matchmaking--England--Fiction"]
    assert [one["value"] for one in emma["series"]] == ["Novels ; 3"]
    assert [one["note"] for one in emma["notes"]] == ["Bound in leather.", "A match is made."]
    assert len({one["instanceNoteTypeId"] for one in emma["notes"]}) == 2
    assert emma["electronicAccess"] == [{"uri": "https://example.org/emma", "linkText": "Read it"}]
    assert emma["alternativeTitles"] == [{"alternativeTitle": "Emma Woodhouse"}]
    assert emma["dates"] == {"date1": "1815"}
    assert emma["instanceTypeId"] == library.ids["text"]


async def test_a_second_run_changes_nothing_and_a_corrected_record_that_alone(library: Library, tx: Tx, tmp_path: Path):
    await lists(library)
    records = [book("b1", *FULL), book("b2", field("035", "$a(OCoLC)7")), book("b3", title="$aThe sea /")]
    assert (await load(tx, tmp_path, *records)).created == {"instances": 3}
    before = await stored(tx, "instance")
    assert before[2]["title"] == "The sea"
    assert (await load(tx, tmp_path, *records)).unchanged == {"instances": 3}
    assert await stored(tx, "instance") == before
    records[2] = book("b3", title="$aThe sea, the sea /")
    report = await load(tx, tmp_path, *records)
    assert (report.updated, report.unchanged) == ({"instances": 1}, {"instances": 2})
    assert [one["title"] for one in await stored(tx, "instance")] == ["Emma : a novel", "Emma : a novel", "The sea, the sea"]


async def test_an_instance_is_known_by_its_hrid_and_by_its_identifiers(library: Library, tx: Tx, tmp_path: Path):
    await lists(library)
    types = await library.get("/identifier-types?query=name==OCLC")
    oclc = [{"value": "(OCoLC)814782", "identifierTypeId": types["identifierTypes"][0]["id"]}]
    mine = await library.instance("By hrid", staffSuppress=True)
    other = await library.instance("By number", identifiers=oclc)
    records = [book(mine["hrid"], title="$aNew title"), book("x", field("035", "$a(OCoLC)814782"), title="$aOther title")]
    report = await load(tx, tmp_path, *records)
    assert report.updated == {"instances": 2}
    titles = {one["id"]: one for one in await stored(tx, "instance")}
    assert (titles[mine["id"]]["title"], titles[other["id"]]["title"]) == ("New title", "Other title")
    assert titles[mine["id"]]["staffSuppress"] is True, "what a record does not decide is kept"
    assert "contributors" not in {name for name, value in titles[mine["id"]].items() if value}, "what it decides is taken away"


async def test_the_same_record_twice_in_a_file_is_one_instance(library: Library, tx: Tx, tmp_path: Path):
    report = await load(tx, tmp_path, book("b1"), book("b1", title="$aEmma again"), book("b1", title="$aEmma again"))
    assert (report.created, report.updated, report.unchanged) == ({"instances": 1}, {"instances": 1}, {"instances": 1})
    nameless = Record()
    nameless.leader = Leader("00000nam a2200000 a 4500")
    nameless.add_field(field("245", "$aNobody's book"))
    assert (await load(tx, tmp_path, nameless)).created == {"instances": 1}
    assert (await load(tx, tmp_path, nameless)).unchanged == {"instances": 1}


async def test_copies_come_with_their_places_and_keep_their_status(library: Library, tx: Tx, tmp_path: Path):
    copies = (
        field("852", "$bmain/st$hPR4034$i.E5", "0 "), field("852", "$bbranch/st$kQ$hPR4034", "0 "), field("852", "$bmoon$h1"),
        field("876", "$pA1$t1"), field("876", "$pA2$lbranch/st"), field("876", "$lmoon$pA3"), field("876", "$35th volume"),
    )  # fmt: skip
    report = await load(tx, tmp_path, book("b1", *copies), copies=COPIES)
    assert report.created == {"instances": 1, "holdings": 2, "items": 3}
    assert [one.reason for one in report.left_out] == ["852: no location is called moon", "876: no location is called moon"]
    items = {item.get("barcode"): item for item in await stored(tx, "item")}
    assert (items["A1"]["copyNumber"], items["A1"]["effectiveCallNumberComponents"]["callNumber"]) == ("1", "PR4034 .E5")
    assert items["A2"]["effectiveLocationId"] == library.ids["branch stacks"]
    assert items[None]["volume"] == "5th volume"
    await library.check_out(await library.patron(), items["A1"])
    again = await load(tx, tmp_path, book("b1", *copies), copies=COPIES)
    assert (again.created, again.updated, again.unchanged) == ({}, {}, report.created)
    moved = (field("852", "$bbranch/st$kQ$hPR4034", "0 "), field("876", "$pA1$t2"))
    assert (await load(tx, tmp_path, book("b1", *moved), copies=COPIES)).updated == {"items": 1}
    (lent,) = [item for item in await stored(tx, "item") if item.get("barcode") == "A1"]
    assert (lent["status"]["name"], lent["copyNumber"]) == ("Checked out", "2")
    assert lent["effectiveLocationId"] == library.ids["branch stacks"]
    await assert_healthy(tx)


async def test_copies_are_read_as_other_systems_write_them(library: Library, tx: Tx, tmp_path: Path):
    koha = CopyMapping(item_field="952", loan_type="can circulate")
    item = field("952", "$pK1$omain 823$cmain/st$yfilm$t3$hvol. 2$zfragile$917")
    report = await load(tx, tmp_path, book("b1", item), copies=koha)
    assert report.created == {"instances": 1, "holdings": 1, "items": 1}
    (made,) = await stored(tx, "item")
    assert made["materialTypeId"] == library.ids["film"]
    assert (made["barcode"], made["volume"], made["copyNumber"], made["administrativeNotes"]) == ("K1", "vol. 2", "3", ["fragile"])
    assert (made["effectiveCallNumberComponents"]["callNumber"], made["itemIdentifier"]) == ("main 823", "17")
    in_one = CopyMapping(item_field="852", item_subfields={"barcode": "q"}, material_type="book", loan_type="can circulate", location="main/st")
    report = await load(tx, tmp_path, book("b2", field("852", "$hA$qL1"), field("852", "$hA$qL2")), copies=in_one)
    assert report.created == {"instances": 1, "holdings": 1, "items": 2}


async def test_copies_that_cannot_be_made_are_reported_and_their_titles_loaded(library: Library, tx: Tx, tmp_path: Path):
    place = field("852", "$bmain/st")
    records = [
        book("b1", place, field("876", "$pA1"), field("876", "$pA1")), book("b2", place, field("876", "$pA1")),
        book("b3", field("876", "$pA9")),
    ]  # fmt: skip
    report = await load(tx, tmp_path, *records, copies=COPIES)
    assert report.created == {"instances": 3, "holdings": 2, "items": 1}
    assert [(one.record, one.reason.partition(":")[0]) for one in report.left_out] == [
        (1, "items"), (2, "the barcode A1 belongs to an item of another title"), (3, "876"),
    ]  # fmt: skip
    report = await load(tx, tmp_path, book("b4", place, field("876", "$pA5")))
    assert report.left_out[0].reason.startswith("876 A5: no materialTypeId and no permanentLoanTypeId")


async def test_defaults_that_the_tenant_does_not_know_are_refused_before_anything_is_done(library: Library, tx: Tx, tmp_path: Path):
    for copies, says in ((CopyMapping(location="moon"), "no location moon"), (CopyMapping(loan_type="ever"), "no loan type ever")):
        with pytest.raises(BadRequest, match=says):
            await load(tx, tmp_path, book(), copies=copies)
    with pytest.raises(BadRequest, match="cannot be read"):
        await load_files(tx, [tmp_path / "nowhere.mrc"])


async def test_bad_records_are_reported_by_number_and_stop_no_other(library: Library, tx: Tx, tmp_path: Path):
    good, deleted, holdings = book("b1").as_marc(), book("b2"), book("b3")
    deleted.leader = Leader("00000dam a2200000 a 4500")
    holdings.leader = Leader("00000nx  a2200000 a 4500")
    untitled = Record()
    untitled.add_field(field("300", "$a3 volumes"))
    wrong_length = b"99999" + book("b6").as_marc()[5:]
    report = await load(
        tx, tmp_path, good, deleted, b"\r\n" + holdings.as_marc(), untitled, b"nonsense\x1d", wrong_length, book("b7").as_marc()[:-40],
    )  # fmt: skip
    assert report.records == 7
    assert report.created == {"instances": 2}, "a wrong length alone is no harm"
    assert [(one.record, one.reason) for one in report.remarks] == [(6, "the length in the leader is wrong")]
    assert [(one.record, one.reason) for one in report.left_out if one.record != 5] == [
        (2, "the record is marked as deleted"), (3, "the record describes holdings, not a work"),
        (4, "there is no title (245 $a)"), (7, "the record has no end"),
    ]  # fmt: skip
    assert [one.record for one in report.left_out] == [2, 3, 4, 5, 7]
    nothing = await load(tx, tmp_path, book("b8"), instance_type="unheard of")
    assert [one.reason for one in nothing.left_out] == ["the tenant has no instance type for the record (336)"]


XML = """<?xml version="1.0"?><collection xmlns="http://www.loc.gov/MARC21/slim">
<record><leader>00000nam a2200000 a 4500</leader><controlfield tag="001">x1</controlfield>
<datafield tag="245" ind1="1" ind2="0"><subfield code="a">Émma</subfield></datafield></record>
<record><leader>short</leader></record>
<record><leader>00000nam a2200000 a 4500</leader><datafield tag="245"><subfield code="a">Sea</subfield></datafield></record>{end}"""


@pytest.mark.parametrize(("end", "found"), [("</collection>", ["Émma", None, "Sea"]), ("<oops", ["Émma", None, "Sea", None])])
def test_xml_is_read_record_by_record(end: str, found: list[str | None]):
    outcome = list(read(io.BytesIO(XML.format(end=end).encode())))
    assert [one.record["245"]["a"] if one.record else None for one in outcome] == found
    assert all(one.reason for one in outcome if one.record is None)


def test_xml_fetches_nothing_and_does_not_grow(tmp_path: Path):
    (tmp_path / "secret").write_text("secret")
    entity = f'<!DOCTYPE r [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]>'
    text = XML.format(end="</collection>").replace("<collection", f"{entity}<collection").replace("Émma", "Emma&e;")
    first = next(read(io.BytesIO(text.encode())))
    assert first.record is None or "secret" not in str(first.record)


def test_lines_of_text_are_read():
    text = "=LDR  00000nam a2200000 a 4500\n=001  t1\n=245  10$aEmma\n\nnonsense\n\n=LDR  00000nam a2200000 a 4500\n=245  10$aSea\n"
    outcome = list(read(io.BytesIO(text.encode())))
    assert [bool(one.record) for one in outcome] == [True, False, True]


def test_text_that_is_not_in_the_leader_s_encoding_is_said():
    record = book("b1", title="$aÉmma")
    raw = record.as_marc()
    (latin,) = read(io.BytesIO(raw.replace("É".encode(), b"\xc9 ")))
    assert latin.record is None
    assert "utf-8" in (latin.reason or "")
    unmarked = raw[:9] + b" " + raw[10:]
    (forced,) = read(io.BytesIO(unmarked), utf8=True)
    assert forced.record is not None
    assert forced.record["245"]["a"] == "Émma"


@pytest.fixture(scope="session")
def pymarcs_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("pymarc")
    with tarfile.open(ARCHIVES[-1]) as archive:
        archive.extractall(folder, filter="data")
    return sorted(file for file in folder.glob("pymarc-*/test/*") if file.suffix in (".dat", ".mrc", ".xml"))


@needs_pymarcs_files
async def test_pymarc_s_own_files_load_and_what_is_unusable_is_reported(library: Library, tx: Tx, pymarcs_files: list[Path]):
    await lists(library)
    assert len(pymarcs_files) > 15
    report = await load_files(tx, pymarcs_files, copies=CopyMapping(location="main/st", material_type="book", loan_type="can circulate"))
    used = sum(getattr(report, how)["instances"] for how in ("created", "updated", "unchanged"))
    whole = {(one.file, one.record) for one in report.left_out if not one.reason.startswith(("852", "876", "items", "holdings"))}
    assert used + len(whole) == report.records, "each record is used or reported"
    assert {file for file, _ in whole} == {"bad_records.mrc", "bad_tag.xml", "testunimarc.dat"}
    titles = {one["title"] for one in await stored(tx, "instance")}
    assert {"ActivePerl with ASP and ADO", "Programming the Perl DBI"} <= titles
    per_file = await load_files(tx, [file for file in pymarcs_files if file.name in ("test.dat", "marc.dat")])
    again = await load_files(tx, [file for file in pymarcs_files if file.name in ("test.dat", "marc.dat")])
    assert per_file.records == 30
    assert again.unchanged["instances"] == 30
    await assert_healthy(tx)
