"""EndNote's and PubMed's XML: every record, whatever is odd about the file, and nothing that is made to harm."""

import json
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from references.formats import xml_files, xml_text
from references.formats.endnote_xml import ENDNOTE_XML
from references.formats.format import Format
from references.formats.pubmed_xml import PUBMED_XML
from references.formats.reading import Reading
from references.formats.text import Malformed, NotText, Text, TooLarge
from references.record import Record

SHARED = Path(__file__).parents[1].parent / "shared" / "data" / "formats"


def read(data: bytes | str, format: Format) -> SimpleNamespace:
    reading = Reading(Text.of(data if isinstance(data, bytes) else data.encode()), format, "file:x.xml")
    found = list(reading)
    return SimpleNamespace(
        records=[one.record for one in found],
        entries=[one.entry for one in found],
        counts=reading.counts,
        told=[str(one) for one in reading.diagnostics],
    )


def endnote(inner: str, *, head: str = "") -> Record:
    (record,) = read(f"{head}<xml><records><record>{inner}</record></records></xml>", ENDNOTE_XML).records
    return record


def styled(*runs: str) -> str:
    return "".join(f'<style face="normal" font="default" size="100%">{run}</style>' for run in runs)


def title(text: str) -> str:
    return f"<titles><title>{styled(text)}</title></titles>"


def export(*titles: str) -> str:
    return "<xml><records>" + "".join(f"<record>{title(one)}</record>" for one in titles) + "</records></xml>"


# -- EndNote -----------------------------------------------------------------------------------------------------------

JOINT = f"""<database name="Joint.enl" path="C:\\Joint.enl">Joint.enl</database>
<source-app name="EndNote" version="20.2">EndNote</source-app>
<rec-number>7</rec-number><ref-type name="Journal Article">17</ref-type>
<contributors><authors><author>{styled("Ødegård, Åse")}</author><author>{styled("NHS Fife,")}</author></authors>
<secondary-authors><author>{styled("Lien, M.")}</author></secondary-authors></contributors>
<titles>
<title>{styled("Joint boards in ", "Fife", " and Troms")}</title><secondary-title>{styled("J Joint Care")}</secondary-title></titles>
<periodical><full-title>{styled("Journal of Joint Care")}</full-title></periodical>
<pages>{styled("349-69")}</pages><volume>{styled("12")}</volume><number>{styled("3")}</number>
<keywords><keyword>{styled("Partnership")}</keyword><keyword>{styled("Models, Organizational&#xD;Scotland")}</keyword></keywords>
<dates><year>{styled("2018")}</year><pub-dates><date>{styled("Apr 16")}</date></pub-dates></dates>
<isbn>{styled("1234-5679 (Print)&#xD;2345-6780")}</isbn><electronic-resource-num>{styled("10.1234/JJC.7")}</electronic-resource-num>
<accession-num>{styled("29657938")}</accession-num><abstract>{styled("We asked. They answered.")}</abstract>
<notes>{styled("seen")}</notes><urls><related-urls><url>{styled("https://example.org/7")}</url></related-urls></urls>
<custom2>{styled("PMC5887696")}</custom2><language>{styled("eng")}</language>
<remote-database-provider>{styled("NLM")}</remote-database-provider>"""


def test_a_journal_article_of_endnote_gives_every_field():
    record = endnote(JOINT)
    assert record.authors == ("Ødegård, Åse", "NHS Fife")
    assert record.editors == ("Lien, M.",)
    assert record.title == "Joint boards in Fife and Troms"
    assert (record.type, record.year, record.date) == ("journal-article", 2018, "2018-04-16")
    assert (record.journal, record.volume, record.issue, record.pages) == ("J Joint Care", "12", "3", "349-369")
    assert (record.doi, record.issn, record.url) == ("10.1234/jjc.7", "1234-5679", "https://example.org/7")
    assert (record.pmid, record.pmcid, record.accession) == ("29657938", "PMC5887696", None)
    assert record.keywords == ("Partnership", "Models, Organizational", "Scotland")
    assert (record.abstract, record.language) == ("We asked. They answered.", "eng")


def test_what_no_table_knows_is_kept_by_its_path():
    unread = {(tag, value) for tag, value, _ in endnote(JOINT + "<research-notes>ask again</research-notes><custom5>x</custom5>").unread}
    assert {("research-notes", "ask again"), ("custom5", "x"), ("notes", "seen"), ("rec-number", "7"), ("isbn", "2345-6780")} <= unread
    assert ("periodical/full-title", "Journal of Joint Care") in unread


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (styled("CO", "2", " and H", "2", "O"), "CO2 and H2O"),
        (f"\n    {styled('Skuas of')}\n    {styled(' Cape Crozier')}\n", "Skuas of Cape Crozier"),
        (styled("one") + " " + styled("two"), "one two"),
        ("bare text", "bare text"),
        (styled("R&amp;D &lt;in&gt; care &#x26; cure"), "R&D <in> care & cure"),
        (styled("<![CDATA[a < b & c]]>"), "a < b & c"),
        (styled("half <!-- not this -->whole"), "half whole"),
        (styled("tab&#x1F;bed and sp&nbsp;aced"), "tab bed and sp aced"),
        (styled("smile &#55357;&#56832;"), "smile 😀"),
        (styled("raw\x0bcontrol\x02s"), "raw control s"),
    ],
)
def test_a_title_is_read_as_it_was_written(inside, expected):
    assert endnote(f"<titles><title>{inside}</title></titles>").title == expected


@pytest.mark.parametrize(
    ("evidence", "pmid", "accession"),
    [
        ("<source-app>EndNote</source-app><remote-database-name>PubMed</remote-database-name>", "29657938", None),
        ("<source-app>EndNote</source-app><remote-database-name>Embase</remote-database-name>", None, "29657938"),
        ("<source-app>EndNote</source-app><remote-database-provider>NLM</remote-database-provider>", "29657938", None),
        (
            "<source-app>B</source-app><urls><related-urls><url>http://www.ncbi.nlm.nih.gov/pubmed/29657938</url></related-urls></urls>",
            "29657938",
            None,
        ),
        ("<source-app>EndNote</source-app>", None, "29657938"),
        ('<ref-type name="Journal Article">0</ref-type>', "29657938", None),  # Mendeley
    ],
)
def test_an_accession_number_is_a_pmid_only_where_the_record_shows_it(evidence, pmid, accession):
    record = endnote(f"{evidence}<accession-num>29657938</accession-num>{title('T')}")
    assert (record.pmid, record.accession) == (pmid, accession)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ('<ref-type name="Journal Article">17</ref-type>', "journal-article"),
        ('<ref-type name="Mein Artikel">17</ref-type>', "journal-article"),
        ('<ref-type name="Book Section">5</ref-type>', "book-chapter"),
        ('<ref-type name="Thesis">32</ref-type>', "thesis"),
        ('<ref-type name="Journal Article">0</ref-type>', "journal-article"),
        ('<ref-type name="Journal Article">17</ref-type><work-type>Conference Abstract</work-type>', "conference-abstract"),
    ],
)
def test_a_type_is_known_by_its_name_or_its_number(written, kind):
    assert endnote(written + title("T")).type == kind


def test_an_edited_book_has_editors_and_no_authors():
    people = "<contributors><authors><author>Hall, Peter</author></authors></contributors>"
    record = endnote(f'<ref-type name="Edited Book">28</ref-type>{people}{title("T")}')
    assert (record.authors, record.editors) == ((), ("Hall, Peter",))


def test_the_same_records_from_another_library_have_the_same_keys():
    moved = JOINT.replace("Joint.enl", "Elsewhere.enl").replace("<rec-number>7<", "<rec-number>99<").replace("\n", "\n    ")
    assert endnote(moved).id == endnote(JOINT).id
    assert endnote(JOINT.replace("2018", "2019")).id != endnote(JOINT).id


# -- PubMed ------------------------------------------------------------------------------------------------------------

DOCTYPE = '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://dtd.nlm.nih.gov/x.dtd">\n'
ARTICLE = """<PubmedArticle>
  <MedlineCitation Status="MEDLINE" Owner="NLM">
    <PMID Version="1">30712345</PMID>
    <Article PubModel="Print">
      <Journal><ISSN IssnType="Electronic">1234-5679</ISSN>
        <JournalIssue CitedMedium="Internet"><Volume>12</Volume><Issue>3</Issue>
          <PubDate><Year>2018</Year><Month>Apr</Month><Day>16</Day></PubDate></JournalIssue>
        <Title>Journal of Joint Care</Title><ISOAbbreviation>J Joint Care</ISOAbbreviation></Journal>
      <ArticleTitle>Joint boards and H<sub>2</sub>O in <i>Fife</i>.</ArticleTitle>
      <Pagination><StartPage>113</StartPage><EndPage>125</EndPage><MedlinePgn>113-25</MedlinePgn></Pagination>
      <ELocationID EIdType="pii" ValidYN="Y">S1234</ELocationID><ELocationID EIdType="doi" ValidYN="Y">10.1234/JJC.8</ELocationID>
      <Abstract><AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Boards met.</AbstractText>
        <AbstractText Label="RESULTS">All <b>agreed</b>.</AbstractText><CopyrightInformation>(c) Us</CopyrightInformation></Abstract>
      <AuthorList CompleteYN="Y">
        <Author ValidYN="Y"><LastName>van der Berg</LastName><ForeName>Jan</ForeName><Initials>J</Initials><Suffix>Jr</Suffix>
          <Identifier Source="ORCID">0000-0001</Identifier><AffiliationInfo><Affiliation>Troms</Affiliation></AffiliationInfo></Author>
        <Author><CollectiveName>Joint Care Group</CollectiveName></Author>
        <Author><LastName>Lien</LastName><Initials>M</Initials></Author>
      </AuthorList>
      <Language>nor</Language>
      <PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType>
        <PublicationType UI="D016441">Retracted Publication</PublicationType></PublicationTypeList>
      <VernacularTitle>Felles styrer</VernacularTitle>
      <ArticleDate DateType="Electronic"><Year>2018</Year><Month>02</Month><Day>01</Day></ArticleDate>
    </Article>
    <MeshHeadingList><MeshHeading><DescriptorName UI="D1" MajorTopicYN="Y">Models, Organizational</DescriptorName>
      <QualifierName UI="Q1" MajorTopicYN="N">trends</QualifierName></MeshHeading></MeshHeadingList>
    <OtherAbstract Type="Publisher" Language="nor"><AbstractText>Styrer mottes.</AbstractText></OtherAbstract>
    <KeywordList Owner="NOTNLM"><Keyword MajorTopicYN="N">boards; joint</Keyword></KeywordList>
    <CommentsCorrectionsList><CommentsCorrections RefType="Cites"><RefSource>Lancet</RefSource><PMID>111</PMID></CommentsCorrections>
    </CommentsCorrectionsList>
  </MedlineCitation>
  <PubmedData>
    <ArticleIdList><ArticleId IdType="pubmed">30712345</ArticleId><ArticleId IdType="pmc">PMC777</ArticleId></ArticleIdList>
    <ReferenceList><Reference><Citation>Old (1990)</Citation><ArticleIdList><ArticleId IdType="doi">10.9999/other</ArticleId>
      <ArticleId IdType="pmc">PMC1</ArticleId></ArticleIdList></Reference></ReferenceList>
  </PubmedData>
</PubmedArticle>"""


def pubmed(*articles: str) -> SimpleNamespace:
    return read(f"{DOCTYPE}<PubmedArticleSet>\n{''.join(articles)}\n</PubmedArticleSet>\n", PUBMED_XML)


def test_an_article_of_pubmed_gives_every_field():
    (record,) = pubmed(ARTICLE).records
    assert record.title == "Joint boards and H2O in Fife."
    assert record.title_alt == "Felles styrer"
    assert record.authors == ("van der Berg, Jan Jr", "Joint Care Group", "Lien, M")
    assert (record.year, record.date, record.type) == (2018, "2018-04-16", "journal-article")
    assert (record.journal, record.volume, record.issue, record.pages) == ("Journal of Joint Care", "12", "3", "113-125")
    assert (record.doi, record.pmid, record.pmcid, record.issn) == ("10.1234/jjc.8", "30712345", "PMC777", "1234-5679")
    assert record.abstract == "BACKGROUND: Boards met. RESULTS: All agreed."
    assert record.abstract_alt == (("nor", "Styrer mottes."),)
    assert record.keywords == ("Models, Organizational", "boards; joint")
    assert (record.database, record.accession, record.language, record.retracted) == ("PubMed", None, "nor", True)


def test_references_qualifiers_and_affiliations_of_an_article_stay_unread():
    (record,) = pubmed(ARTICLE).records
    unread = {(tag.rpartition("/")[2], value) for tag, value, _ in record.unread}
    assert {
        ("ArticleId[doi]", "10.9999/other"),
        ("QualifierName", "trends"),
        ("Affiliation", "Troms"),
        ("Citation", "Old (1990)"),
    } <= unread
    assert {("Identifier[ORCID]", "0000-0001"), ("CopyrightInformation", "(c) Us"), ("ELocationID[pii]", "S1234")} <= unread


def test_fields_name_the_lines_they_stand_on():
    found = pubmed(ARTICLE)
    written = (DOCTYPE + "<PubmedArticleSet>\n" + ARTICLE).split("\n")
    places = {field: line for field, _, line in reversed(found.records[0].origins)}
    assert "<ArticleTitle>" in written[places["title"] - 1]
    assert "<PMID Version" in written[places["pmid"] - 1]
    assert (found.entries[0].first_line, found.entries[0].last_line) == (4, 3 + len(ARTICLE.split("\n")))


@pytest.mark.parametrize(
    ("date", "year", "exact"),
    [
        ("<Year>1990</Year><Season>Spring</Season>", 1990, "1990"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", 1998, "1998"),
        ("<Year>2015</Year><Month>08</Month>", 2015, "2015-08"),
        ("<Year>2015</Year><Month>8</Month><Day>1</Day>", 2015, "2015-08-01"),
    ],
)
def test_a_date_of_issue_is_as_exact_as_it_is_written(date, year, exact):
    article = re.sub(r"<ArticleDate.*?</ArticleDate>", "", ARTICLE)
    article = re.sub(r"<PubDate>.*?</PubDate>", f"<PubDate>{date}</PubDate>", article)
    (record,) = pubmed(article).records
    assert (record.year, record.date) == (year, exact)


@pytest.mark.parametrize("empty", ["<ArticleTitle/>", "<ArticleTitle>[Not Available].</ArticleTitle>"])
def test_a_title_that_pubmed_did_not_translate_is_the_vernacular_one(empty):
    (record,) = pubmed(re.sub(r"<ArticleTitle>.*</ArticleTitle>", empty, ARTICLE)).records
    assert (record.title, record.title_alt) == ("Felles styrer", None)


def test_a_preprint_is_one_although_it_is_a_journal_article_too():
    (record,) = pubmed(ARTICLE.replace("Retracted Publication", "Preprint")).records
    assert (record.type, record.retracted) == ("preprint", False)


def test_a_citation_without_its_article_is_read_alike():
    alone = re.search(r"<MedlineCitation .*</MedlineCitation>", ARTICLE, re.S)[0]
    found = read(f"<MedlineCitationSet>{alone}{alone.replace('30712345', '1')}</MedlineCitationSet>", PUBMED_XML)
    assert [record.pmid for record in found.records] == ["30712345", "1"]
    assert found.records[0].title == "Joint boards and H2O in Fife."
    assert found.counts.starts == found.counts.ends == 2


BOOK = """<PubmedBookArticle>
<BookDocument><PMID>2141</PMID><ArticleIdList><ArticleId IdType="bookaccession">NBK5</ArticleId></ArticleIdList>
<Book><Publisher><PublisherName>College</PublisherName></Publisher><BookTitle book="b">Guideline of joints</BookTitle>
<PubDate><Year>2009</Year><Month>02</Month></PubDate>
<AuthorList Type="authors"><Author><CollectiveName>Centre (UK)</CollectiveName></Author></AuthorList>
<AuthorList Type="editors"><Author><LastName>Ed</LastName><ForeName>Itor</ForeName></Author></AuthorList>
<CollectionTitle>Guidance</CollectionTitle><Isbn>9781860163593</Isbn></Book>CHAPTER<Language>eng</Language></BookDocument></PubmedBookArticle>"""


def test_a_book_of_pubmed_has_its_publisher_and_its_series():
    (record,) = read(f"<PubmedArticleSet>{BOOK.replace('CHAPTER', '')}</PubmedArticleSet>", PUBMED_XML).records
    assert (record.title, record.type, record.journal, record.publisher) == ("Guideline of joints", "book", "Guidance", "College")
    assert (record.authors, record.editors, record.isbn, record.date) == (("Centre (UK)",), ("Ed, Itor",), "9781860163593", "2009-02")


def test_a_chapter_of_pubmed_has_its_book_for_a_journal():
    (record,) = read(
        f"<PubmedArticleSet>{BOOK.replace('CHAPTER', '<ArticleTitle>Knees</ArticleTitle>')}</PubmedArticleSet>", PUBMED_XML
    ).records
    assert (record.title, record.type, record.journal) == ("Knees", "book-chapter", "Guideline of joints")


def test_a_chapter_with_authors_of_its_own_leaves_those_of_the_book_unread():
    own = '<ArticleTitle>Knees</ArticleTitle><AuthorList Type="authors"><Author><LastName>Kne</LastName></Author></AuthorList>'
    (record,) = read(f"<PubmedArticleSet>{BOOK.replace('CHAPTER', own)}</PubmedArticleSet>", PUBMED_XML).records
    assert (record.authors, record.editors) == (("Kne",), ("Ed, Itor",))
    assert ("BookDocument/Book/AuthorList[authors]/Author/CollectiveName", "Centre (UK)") in {item[:2] for item in record.unread}


def test_an_invalid_doi_is_not_believed():
    (record,) = pubmed(ARTICLE.replace('"doi" ValidYN="Y"', '"doi" ValidYN="N"')).records
    assert record.doi is None
    assert ("MedlineCitation/Article/ELocationID[doi invalid]", "10.1234/JJC.8") in {item[:2] for item in record.unread}


def test_signs_of_a_formula_that_are_empty_elements_are_named():
    formula = '<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:cn>17</m:cn><m:plus/><m:cn>29</m:cn></m:math>'
    (record,) = pubmed(ARTICLE.replace("Boards met.", f"It is {formula} here.")).records
    assert "It is 17 plus 29 here." in (record.abstract or "")


def test_an_entity_that_nobody_declared_is_kept_by_its_name():
    (record,) = pubmed(ARTICLE.replace("Felles styrer", "Felles &unheardof; styrer")).records
    assert record.title_alt == "Felles &unheardof; styrer"


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_file_in_any_encoding_gives_the_same_records():
    text = export("Ødegård – naïve", "Second")
    plain = read(text, ENDNOTE_XML)
    for encoding, declared in [
        ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"), ("cp1252", "windows-1252"), ("cp1252", "ISO-8859-1"),
        ("gb18030", "GB18030"), ("mac-roman", "macintosh"),
    ]:  # fmt: skip
        found = read(f'<?xml version="1.0" encoding="{declared}"?>\r\n{text}'.encode(encoding), ENDNOTE_XML)
        assert [record.id for record in found.records] == [record.id for record in plain.records], encoding


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("cp1252", "UTF-8"), ("utf-8", "UTF-16"), ("utf-8", "ISO-8859-1"), ("utf-16", "UTF-8"), ("utf-8", "x-none"), ("utf-8", "rot13")],
)
def test_a_declaration_that_lies_about_the_encoding_is_told_and_not_believed(encoding, declared):
    found = read(f'<?xml version="1.0" encoding="{declared}"?>{export("Ødegård")}'.encode(encoding), ENDNOTE_XML)
    assert found.records[0].title == "Ødegård"
    assert any("declared encoding" in one for one in found.told)


def test_a_file_is_read_the_same_in_pieces_of_any_size(monkeypatch):
    text = f"\n{DOCTYPE}<PubmedArticleSet>{ARTICLE}<!-- <PubmedArticle> -->{ARTICLE.replace('30712345', '5')}</PubmedArticleSet>"
    text = text.replace("Felles", "F&eacute;lles &#x1F; <![CDATA[</PubmedArticle>]]>")
    whole = read(text, PUBMED_XML)
    assert len(whole.records) == 2
    assert whole.counts.starts == whole.counts.ends == 2
    for size in (1, 2, 3, 7, 61, 400):
        monkeypatch.setattr(xml_text, "CHUNK", size)
        again = read(text, PUBMED_XML)
        assert (again.records, again.counts, again.told) == (whole.records, whole.counts, whole.told), size


def test_documents_written_behind_each_other_are_read_as_one():
    one = f'<?xml version="1.0"?>\n{export("First")}\n'
    two = f'<?xml version="1.0" encoding="UTF-8"?>\n{export("Second", "Third")}\n'
    found = read(one + two, ENDNOTE_XML)
    assert [record.title for record in found.records] == ["First", "Second", "Third"]
    assert [entry.first_line for entry in found.entries] == [2, 4, 4]
    assert any("line 3: another XML document" in note for note in found.told)


def test_text_outside_of_records_is_told_with_its_line():
    text = "<xml>\n<header>made by hand</header>\n<records>\n<record>" + title("T") + "</record>stray\n<junk><a>lost</a>words</junk>\n"
    found = read(text + "<record>" + title("U") + "</record></records>end</xml>", ENDNOTE_XML)
    told = "\n".join(found.told)
    assert len(found.records) == 2
    assert "line 2: text outside of any record: 'made by hand'" in told
    for words in ("'stray'", "'lost words'", "'end'"):
        assert words in told


def test_a_start_of_a_record_in_a_comment_or_in_text_is_not_counted():
    found = read(export("One <![CDATA[<record>]]>", "Two").replace("<records>", "<records><!-- <record></record> -->"), ENDNOTE_XML)
    assert found.counts.starts == found.counts.ends == found.counts.records == 2


def test_marks_that_say_nothing_inside_a_tag_are_left_out_of_every_count():
    found = read(export("One", "Two").replace("</record>", "</rec\0or\ufeffd&#31;\x02><?note <record>?>"), ENDNOTE_XML)
    assert found.counts.starts == found.counts.ends == found.counts.records == 2


@pytest.mark.parametrize("address", ["a<![CDATA[b", "a<record>b", "a'b"])
def test_a_start_of_a_record_in_the_address_of_a_dtd_is_not_counted(address):
    found = read(f'<!DOCTYPE xml PUBLIC "p" "{address}">\n{export("One", "Two")}', ENDNOTE_XML)
    assert found.counts.starts == found.counts.ends == found.counts.records == 2


def test_an_empty_record_is_a_record_and_is_told():
    found = read("<xml><records><record/><record>" + title("T") + "</record></records></xml>", ENDNOTE_XML)
    assert found.counts.starts == found.counts.ends == found.counts.records == 2
    assert any("1 of 2 records without a title" in one for one in found.told)


def test_lines_are_right_far_down_in_a_long_file():
    record = f"<record>\n<rec-number>\n\n1</rec-number>\n{title('T')}\n<notes>two\nlines</notes>\n</record>\n"
    found = read("<xml><records>\n" + record * 9000 + "</records></xml>", ENDNOTE_XML)
    assert len(found.records) == 9000
    for place in (0, 5000, 8999):
        entry, before = found.entries[place], 1 + place * 8
        spans = [(line.tag, line.first - before, line.last - before) for line in entry.lines]
        assert spans == [("rec-number", 2, 4), ("titles/title", 5, 5), ("notes", 6, 7)]
        assert (entry.first_line - before, entry.last_line - before) == (1, 8)


# -- refusals ----------------------------------------------------------------------------------------------------------

LAUGHS = '<!DOCTYPE lolz [<!ENTITY lol "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(2, 9)) + "]>"


@pytest.mark.parametrize(
    "doctype",
    [
        LAUGHS,
        f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x PUBLIC "a" "b]>" [<!-- ]> --><!ELEMENT x ANY>\n<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>',
        "<?note [ ?><!-- <x> --><!DOCTYPE x SYSTEM 'it>s' [ <?pi ]> ?> <!ENTITY a 'b'>]>",
    ],
)
def test_a_document_type_that_declares_entities_is_refused_before_anything_is_read(doctype):
    bomb = f'<?xml version="1.0"?>{doctype}<xml><records><record><titles><title>&a;&lol;</title></titles></record></records></xml>'
    reading = Reading(Text.of(bomb.encode()), ENDNOTE_XML, "file:x.xml")
    with pytest.raises(Malformed, match="declares entities"):
        next(iter(reading))


@pytest.mark.parametrize("size", [1, 5, 37])
def test_a_bomb_cut_into_pieces_is_refused_too(size, monkeypatch):
    monkeypatch.setattr(xml_text, "CHUNK", size)
    with pytest.raises(Malformed, match="declares entities"):
        read(f"{LAUGHS}<xml/>", ENDNOTE_XML)


@pytest.mark.parametrize(
    "doctype",
    ["<!DOCTYPE xml>", '<!DOCTYPE xml SYSTEM "RSXML.dtd">', "<!DOCTYPE xml [<!ELEMENT xml ANY> <!-- it's <!ENTITY --> ]>"],
)
def test_a_document_type_without_entities_is_let_pass(doctype):
    assert endnote(title("T"), head=f'<?xml version="1.0"?>\n{doctype}\n').title == "T"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<PubmedArticleSet>\n<PubmedArticle>\n wrong\n</PubmedArticleSet>", "line 4: .*mismatch.*0 records stood before"),
        (export("One", "Two", "Three")[:-30], "2 records stood before.*nothing of the file is read"),
        (export("One") + export("Two"), "1 record stood before"),
        (export("a & b"), "expected well-formed XML"),
        ("\n\n", "expected well-formed XML"),
        ("<?xml version='1.0'?><?xml version='1.0'?>", "line 1"),
        ("<!DOCTYPE never ends", "line 1"),
        (f"<!-- {'never ends ' * 30_000}", "no element in the first"),
    ],
)
def test_xml_that_is_broken_is_refused_with_its_line_and_what_stood_before(text, words):
    with pytest.raises(Malformed, match=f"(?s){words}"):
        read(text, PUBMED_XML if "Pubmed" in text else ENDNOTE_XML)


def test_what_is_larger_than_any_real_record_is_refused(monkeypatch):
    with pytest.raises(TooLarge, match="depth"):
        read(f"<xml><record>{'<a>' * 5000}{'</a>' * 5000}</record></xml>", ENDNOTE_XML)
    with pytest.raises(TooLarge, match="characters before line 1"):
        read("<xml><record>" + "<a/>" * 2_100_000 + "</record></xml>", ENDNOTE_XML)
    with pytest.raises(TooLarge, match="50,000 attributes"):
        read("<xml><record " + " ".join(f"a{number}='x'" for number in range(50_000)) + "/></xml>", ENDNOTE_XML)
    monkeypatch.setattr(xml_files, "MOST_ROWS", 10)
    with pytest.raises(TooLarge, match="11 values"):
        read("<xml><record>" + "<a>x</a>" * 11 + "</record></xml>", ENDNOTE_XML)


@pytest.mark.parametrize("format", [ENDNOTE_XML, PUBMED_XML])
@pytest.mark.parametrize(
    "text",
    [
        "TY  - JOUR\nER  - ",
        "@article{a, title={<record>}}",
        "<html><body>sign in</body></html>",
        '[{"type": "book"}]',
        "a,b\n1,2",
        "",
        "<xml/>",
    ],
)
def test_other_formats_are_not_taken_for_these(format, text):
    assert format.sign(text) is None


def test_the_formats_are_known_by_their_elements():
    assert ENDNOTE_XML.sign(f"<xml><records><record>{JOINT}") == "<record> with <source-app>"
    assert PUBMED_XML.sign(f"{DOCTYPE}<PubmedArticleSet>") == "the element <PubmedArticleSet>"
    assert ENDNOTE_XML.sign(ARTICLE) is None
    assert PUBMED_XML.sign(JOINT) is None


# -- properties --------------------------------------------------------------------------------------------------------

REFUSED = (Malformed, TooLarge, NotText)
TITLES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="<&>\ufeff"), min_size=1).filter(str.strip), max_size=6
)


@given(TITLES, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
@settings(max_examples=60, deadline=None)
def test_as_many_records_come_out_as_went_in(titles, encoding):
    found = read(f'<?xml version="1.0"?>{export(*titles)}'.encode(encoding), ENDNOTE_XML)
    assert len(found.records) == found.counts.starts == found.counts.ends == len(titles)


PARTS = st.sampled_from(
    """<record> </record> <records> </records> <xml> </xml> <PubmedArticle> </PubmedArticle> <MedlineCitation> <a|b='c'> </a> <![CDATA[ ]]>
    <!-- --> &amp; &#0; &x; <!DOCTYPE|a|[ ]> <?xml|version='1.0'?> <record/> <?xml|version="1.0"|encoding="utf-16"?>
    <?xml|version="1.0"|encoding="hz"?> <Author> <PubDate><Year>2000</Year></PubDate> é""".replace("\n", " ").split()
).map(lambda part: part.replace("|", " "))
MADE_OF_PARTS = st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=25).map(lambda parts: "".join(parts).encode("utf-8", "replace"))


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.one_of(PARTS, st.text(max_size=8)), max_size=25).map(lambda parts: "".join(parts).encode("utf-8", "replace")),
    )
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_raise_anything_but_a_refusal(data):
    for format in (ENDNOTE_XML, PUBMED_XML):
        try:
            found = read(data, format)
        except REFUSED as refusal:
            assert len(str(refusal)) > 20
        else:
            assert found.counts.starts == found.counts.ends == found.counts.records or not found.records


# -- real files --------------------------------------------------------------------------------------------------------


def same(one: object) -> str:
    return "".join(re.findall(r"\w+", unicodedata.normalize("NFKC", str(one)).lower()))


MEANT = {  # these two expected values are not what the file says
    ("jabref-MedlineImporterTestBookArticleSet.xml", "title"),  # the title of the book, although the record is a chapter
    ("jabref-MedlineImporterTestMathML.xml", "abstract"),  # formulas as LaTeX
}


@pytest.mark.parametrize(("folder", "format"), [("endnotexml", ENDNOTE_XML), ("pubmedxml", PUBMED_XML)])
def test_real_exports_lose_no_record_and_no_field(folder, format):
    if not SHARED.exists():
        pytest.skip("../shared is not here")
    files = {row["file"]: row for row in map(json.loads, (SHARED / "MANIFEST.jsonl").read_text().splitlines())}
    asked = 0
    for path in sorted((SHARED / folder).glob("*.xml")):
        assert format.sign(Text.at(path).head())
        if "Malformed" in path.name:
            with pytest.raises(Malformed):
                read(path.read_bytes(), format)
            continue
        found = read(path.read_bytes(), format)
        assert found.counts.starts == found.counts.ends == len(found.records) == files[f"{folder}/{path.name}"]["records"], path.name
        expected = path.with_name(f"{path.name}.expected.json")
        for wanted in json.loads(expected.read_text())["records"] if expected.exists() else ():
            record = next((one for one in found.records if same(one.title) == same(wanted["title"])), found.records[0])
            for field in ("title", "authors", "year", "journal", "doi", "abstract"):
                if wanted.get(field) and (path.name, field) not in MEANT:
                    asked += 1
                    assert same(getattr(record, field)) == same(wanted[field]), (path.name, field)
    assert asked > 40
