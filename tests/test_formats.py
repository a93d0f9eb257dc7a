"""What holds for every format: told by its content, never stumbling, each line accounted for, the same ids in any encoding."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import rispy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from references.formats.diagnostics import lines_told
from references.formats.known import Unknown, named, reading_of, recognise
from references.formats.reading import Reading
from references.formats.text import Malformed, NotText, Text, TooLarge
from references.formats.vendors import vendor_of
from tests.test_ris import shared

REFUSALS = (NotText, TooLarge, Malformed, Unknown)
TAGGED = ("RIS", "MEDLINE", "Web of Science", "refer", "RefWorks", "Ovid", "Ovid with labels", "Cochrane")

SAMPLES = {
    "RIS": (
        "TY  - JOUR\nTI  - Samhandling på tvers\nAU  - Øyen, Åse\nPY  - 2018\nDO  - 10.5555/1\nER  - \n\nTY  - BOOK\nTI  - Other\nER  - \n"
    ),
    "MEDLINE": (
        "PMID- 29950788\nOWN - NLM\nIS  - 1476-9018 (Print)\nVI  - 26\nIP  - 2\nDP  - 2018 Apr\nTI  - Samhandling på\n      tvers.\n"
        "LID - 10.5555/1 [doi]\nAB  - Words.\nFAU - Øyen, Åse\nAU  - Øyen Å\nLA  - eng\nPT  - Journal Article\nJT  - Care\nPMC - PMC123\n\n"
        "PMID- 2\nTI  - Other\n"
    ),
    "Web of Science": (
        "FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU Oyen, A\nAF Øyen, Åse\nTI Samhandling på\n   tvers\n"
        "SO CARE\nDT Article\nDI 10.5555/1\nPY 2018\nPD APR\nVL 26\nBP 109\nEP 119\nUT WOS:0001\nER\n\nPT B\nTI Other\nER\n\nEF\n"
    ),
    "refer": "%0 Journal Article\n%A Øyen, Åse\n%T Samhandling på tvers\n%J Care\n%D 2018\n%R 10.5555/1\n\n%0 Book\n%T Other\n",
    "RefWorks": "RT Journal Article\nA1 Øyen,Åse\nT1 Samhandling på tvers\nJF Care\nYR 2018\nDO 10.5555/1\n\nRT Book, Whole\nT1 Other\n",
    "Ovid": (
        "<1. >\n\nVN  - Ovid Technologies\n\nTI  - Samhandling på tvers\n\nAU  - Øyen, Åse [Author]\n\n"
        "SO  - Care. 26(2):109-119, April 2018.\n\nDI  - 10.5555/1\n\n<2. >\n\nTI  - Other\n"
    ),
    "Ovid with labels": (
        "<1>\nTitle\n  Samhandling på tvers\nAuthor\n  Øyen, Åse MD +\nSource\n  Care.   26(2):109-119, April "
        "2018.\nDOI Number\n  10.5555/1\n"
        "<2>\nTitle\n  Other\n"
    ),
    "Cochrane": (
        "Record #1 of 2\nID: CN-01\nAU: Øyen, Åse\nTI: Samhandling på tvers\nSO: Care\nYR: 2018\nDOI: "
        "10.5555/1\n\nRecord #2 of 2\nTI: Other\n"
    ),
    "BibTeX": (
        "@article{a, title={Samhandling på tvers}, author={Øyen, Åse}, journal={Care}, year={2018}, "
        "doi={10.5555/1}}\n\n@book{b, title={Other}}\n"
    ),
    "EndNote XML": (
        '<?xml version="1.0"?><xml><records><record><ref-type name="Journal Article">17</ref-type><contributors><authors><author>Øyen, Åse'
        "</author></authors></contributors><titles><title>Samhandling på tvers</title><secondary-title>Care</secondary-title></titles>"
        "<dates><year>2018</year></dates><electronic-resource-num>10.5555/1</electronic-resource-num></record>"
        "<record><titles><title>Other</title></titles></record></records></xml>"
    ),
    "PubMed XML": (
        "<PubmedArticleSet><PubmedArticle>"
        "<MedlineCitation><PMID>1</PMID><Article><Journal><JournalIssue><PubDate><Year>2018</Year></PubDate>"
        "</JournalIssue><Title>Care</Title></Journal><ArticleTitle>Samhandling på tvers</ArticleTitle><ELocationID EIdType='doi'>10.5555/1"
        "</ELocationID><AuthorList><Author><LastName>Øyen</LastName><ForeName>Åse</ForeName></Author></AuthorList></Article>"
        "</MedlineCitation></PubmedArticle><PubmedArticle><MedlineCitation><PMID>2</PMID><Article><ArticleTitle>Other</ArticleTitle>"
        "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
    ),
    "CSL-JSON": json.dumps(
        [
            {
                "type": "article-journal",
                "title": "Samhandling på tvers",
                "author": [{"family": "Øyen", "given": "Åse"}],
                "issued": {"date-parts": [[2018]]},
                "DOI": "10.5555/1",
            },
            {"type": "book", "title": "Other"},
        ],
        ensure_ascii=False,
    ),
    "CSV": 'Title,Authors,Year,DOI\nSamhandling på tvers,"Øyen, Åse",2018,10.5555/1\nOther,,,\n',
}


def read(text: str, format: str = "") -> tuple[Reading, list[object]]:
    reading = reading_of(Text.of(text.encode("utf-8", "surrogatepass")), "file:x", format=format)
    return reading, list(reading)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_told_by_its_content_and_read_to_the_same_fields(name: str) -> None:
    reading = reading_of(Text.of(SAMPLES[name].encode()), "file:x")
    assert reading.format.name == name
    first, second = (one.record for one in reading)
    assert (first.title.rstrip("."), first.authors) == ("Samhandling på tvers", ("Øyen, Åse",))
    assert (first.year, first.doi) == (2018, "10.5555/1")
    assert second.title == "Other"
    assert reading.counts.differences == ()


@pytest.mark.parametrize("name", [name for name in SAMPLES if "XML" not in name])
def test_another_encoding_or_another_line_end_gives_the_same_ids(name: str) -> None:
    text = SAMPLES[name]
    plain = [one.record.id for one in reading_of(Text.of(text.encode()), "file:x")]
    for data in (
        text.encode("utf-8-sig"),
        text.encode("cp1252"),
        text.encode("utf-16"),
        text.encode("utf-16-be"),
        text.replace("\n", "\r\n").encode(),
        text.replace("\n", "\r").encode(),
    ):
        assert [one.record.id for one in reading_of(Text.of(data), "file:x")] == plain, data[:20]


def test_no_sign_takes_another_format_for_its_own() -> None:
    for name, text in SAMPLES.items():
        assert recognise(text)[0].name == name


@pytest.mark.parametrize(
    ("lines", "vendor"),
    [
        ("DB  - Scopus", "Scopus"),
        ("UR  - http://www.embase.com/search/results?x", "Embase"),
        ("DP  - EBSCOhost", "EBSCO"),
        ("AN  - WOS:000779383300004", "Web of Science"),
        ("UR  - https://lens.org/000", "Lens"),
        ("DO  - 10.1108/JICA-11-2017-0041", "Emerald"),
        ("DO  - 10.1108/JICA-1\nER  - \nTY  - JOUR\nDO  - 10.1000/1", ""),
        ("M1  - Query date: 2022-03-14", "Publish or Perish"),
        ("UR  - https://pesquisa.bvsalud.org/x", "LILACS/BVS"),
    ],
)
def test_the_vendor_is_named_with_the_reason(lines: str, vendor: str) -> None:
    found, reason = vendor_of("RIS", f"TY  - JOUR\nTI  - A\n{lines}\nER  - \n")
    assert found == vendor and bool(reason) == bool(vendor)


def test_a_vendor_that_the_user_names_decides_what_tags_mean() -> None:
    text = "TY  - JOUR\nTI  - Ein Titel\nT2  - A title\nJF  - Pflege\nJO  - Pflege\nER  - \n"
    (record,) = (one.record for one in reading_of(Text.of(text.encode()), "file:x", vendor="EBSCO"))
    assert (record.title_alt, record.journal) == ("A title", "Pflege")


SLOW_HEADS = """
from references.formats.known import FORMATS
from references.formats.vendors import SIGNS
heads = [
    "TY  - JOUR\\n" + "ST  - x\\n" * 25_000, "PT J\\n" * 40_000, "%A x\\n" * 40_000,
    "Title\\n  x\\n" * 20_000, "@a{b\\n" * 30_000, "{" * 200_000,
]
for head in heads:
    for format in FORMATS:
        format.sign(head[:200_000])
    for sign in SIGNS:
        sign[2].search(head[:200_000])
print("looked at", len(heads))
"""


def test_a_head_made_to_be_slow_is_looked_at_before_it_gets_late() -> None:
    """A pattern whose time grows with the square of the text would take many minutes; all of them take a few seconds."""
    done = subprocess.run(
        [sys.executable, "-c", SLOW_HEADS], capture_output=True, text=True, timeout=120, check=True, cwd=Path(__file__).parents[1]
    )
    assert done.stdout == "looked at 6\n"


# -- properties --------------------------------------------------------------------------------------------------------

WORDS = st.text(st.characters(exclude_characters="\n\r", exclude_categories=("Cs", "Cc")), max_size=40)
PIECES = st.sampled_from(
    [
        *("TY  - JOUR", "ER  - ", "ER", "TI  - A", "AU  - Moe, K", "AB  - words", "", "   ", "PMID- 1", "      more", "PT J", "TI A"),
        *("%0 Book", "%T A", "RT Book", "<1. >", "<1>", "Title", "  value", "Record #1 of 2", "TI: A"),
        *("a line with a \x00 in it", "\ufeff", "ty  - jour"),
        *("TI - a", "TI  -a", "EF", "1."),
    ]
)


@pytest.mark.parametrize("name", TAGGED)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.one_of(PIECES, WORDS), max_size=25))
def test_each_line_is_in_a_record_or_told_of(name: str, lines: list[str]) -> None:
    text = Text.of("\n".join(lines).encode())
    reading = Reading(text, named(name), "file:x")
    found = list(reading)
    assert len(found) == reading.counts.records and len({one.record.id for one in found}) == len(found)
    known = lines_told(reading.diagnostics) | {n for one in found for n in range(one.entry.first_line, one.entry.last_line + 1)}
    assert [n for n, line in enumerate(text.lines(), 1) if line.strip() and n not in known] == []


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
@example(b"[" * 5000)
def test_no_bytes_make_it_stumble(data: bytes) -> None:
    for name in (*TAGGED, "BibTeX", "CSV", "CSL-JSON", "OpenAlex JSON", "EndNote XML", "PubMed XML"):
        try:
            reading = Reading(Text.of(data), named(name), "file:x")
            found = list(reading)
        except REFUSALS:
            continue
        assert len(found) == reading.counts.records


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["TI", "AB", "JF", "KW", "PB", "X9"]), WORDS.filter(str.strip), min_size=1), min_size=1, max_size=6
    )
)
def test_values_written_as_ris_are_read_back(records: list[dict[str, str]]) -> None:
    text = "".join("TY  - JOUR\n" + "".join(f"{tag}  - {value}\n" for tag, value in record.items()) + "ER  - \n\n" for record in records)
    reading = reading_of(Text.of(text.encode()), "file:x")
    entries = [one.entry for one in reading]
    strays = str.maketrans("", "", "\0\ufeff")
    kept = [[(line.tag, line.value) for line in entry.lines[1:]] for entry in entries]
    if not text.endswith("\x1a"):
        assert kept == [[(tag, value.translate(strays).strip()) for tag, value in record.items()] for record in records]


# -- other readers -----------------------------------------------------------------------------------------------------


def vendors_files(format: str) -> list[Path]:
    folder = shared("formats")
    rows = [json.loads(line) for line in (folder / "MANIFEST.jsonl").read_text(encoding="utf-8").splitlines()]
    odd = ("variant", "tests", "made-up", "reconstructed", "no-t")
    return [folder / row["file"] for row in rows if row["format"] == format and not any(word in row["vendor"] for word in odd)]


def squeezed(text: object) -> str:
    from references.identifiers import clean_text

    return "".join(clean_text(str(text or "")).split()).lower()


def test_rispy_reads_the_same_records_and_titles_from_the_vendors_files() -> None:
    compared = 0
    for path in vendors_files("ris"):
        text = Text.at(path)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = rispy.loads(text.whole(), enforce_list_tags=False)
        except Exception:  # noqa: BLE001 - it stops at some vendors' lines; what it does read is compared
            continue
        ours = [one.record for one in reading_of(text, "file:x")]
        if "TY  - " not in text.head():
            assert len(ours) > len(theirs), path.name
            continue
        assert len(ours) == len(theirs), path.name
        for record, other in zip(ours, theirs, strict=True):
            title = other.get("title") or other.get("primary_title")
            if title and not isinstance(title, list):
                assert squeezed(record.title) == squeezed(title), path.name
                compared += 1
    assert compared > 500


def test_rispy_reads_the_same_titles_from_web_of_science() -> None:
    compared = 0
    for path in vendors_files("wos"):
        text = Text.at(path)
        try:
            theirs = rispy.loads(text.whole(), implementation=rispy.WokParser)
        except KeyError:
            continue  # it knows no tag that is not in its table
        ours = [one.record for one in reading_of(text, "file:x")]
        assert len(ours) == len(theirs)
        compared += sum(squeezed(one.title) == squeezed(other.get("document_title")) for one, other in zip(ours, theirs, strict=True))
    assert compared
