"""Identifiers, dates and text as sources really write them."""

import time

import pytest

from references.identifiers import (
    clean_date,
    clean_doi,
    clean_isbn,
    clean_issn,
    clean_pmcid,
    clean_pmid,
    clean_text,
    clean_url,
    clean_year,
    find_doi,
    find_isbns,
    find_issns,
)


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("10.1136/bmj.n71", "10.1136/bmj.n71"),
        ("10.1108/JICA-08-2022-0045", "10.1108/jica-08-2022-0045"),
        ("http://dx.doi.org/10.1186/S12913-018-3161-3", "10.1186/s12913-018-3161-3"),
        ("https://doi.org/10.5334/ijic.3068.", "10.5334/ijic.3068"),
        ("doi:10.1201/b19107-2", "10.1201/b19107-2"),
        ("DOI 10.1201/b19107-2;", "10.1201/b19107-2"),
        ("[doi] 10.1002/14651858.CD1.pub2", "10.1002/14651858.cd1.pub2"),
        ("10.1016/j.x.2020.01.001 [doi]", "10.1016/j.x.2020.01.001"),
        ("10.1136/ bmjopen-2019-031351", "10.1136/bmjopen-2019-031351"),
        ("10.1136/bmjopen- 2019-031351", "10.1136/bmjopen-2019-031351"),
        ("10.1136/bmj. n71", "10.1136/bmj.n71"),
        ("10.1136/bmj.n71. 2021", "10.1136/bmj.n71"),
        ("10.1186/1472-6963-13-1 PMID: 123", "10.1186/1472-6963-13-1"),
        ("10.1000/abc. Published 2019", "10.1000/abc"),
        ("10.1000/one; 10.1000/two", "10.1000/one"),
        ("(10.1000/a(b)c)", "10.1000/a(b)c"),
        ("10.1016/S0140-6736(05)67889-0", "10.1016/s0140-6736(05)67889-0"),
        (
            "10.1002/(SICI)1097-0258(19980815/30)17:15/16&lt;1661::AID-SIM968&gt;3.0.CO;2-2",
            "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2",
        ),
        ("https://doi-org.proxy.example.no/10.1108%2FJICA-11-2017-0041", "10.1108/jica-11-2017-0041"),
        ("https://onlinelibrary.wiley.com/doi/10.1111/hsc.12057/full", "10.1111/hsc.12057"),
        ("10.1007/978‐3‐642", "10.1007/978-3-642"),
        ("http://dx.doi.org/", None),
        ("10.1136", None),
        ("10.12/x", None),
        ("NA", None),
        ("", None),
    ],
)
def test_a_doi_is_found_under_what_sources_put_around_it(written, clean):
    assert clean_doi(written) == clean


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("See doi: 10.1000/abc. It was read.", "10.1000/abc"),
        ("https://www.scopus.com/r.uri?eid=2-s2.0-1&doi=10.3390%2fani15010003&partnerID=40", "10.3390/ani15010003"),
        ("https://www.tandfonline.com/doi/pdf/10.1080/20008198.2022.2087980?needAccess=true", "10.1080/20008198.2022.2087980"),
        ("rft_id=info:doi/10.1057%2Fs41599-024-02987-6", "10.1057/s41599-024-02987-6"),
        ('<a href="https://doi.org/10.1000/x">10.1000/x</a>', "10.1000/x"),
        ("Pages 10.5 to 10.9/11", None),
    ],
)
def test_a_doi_is_found_in_notes_and_links(text, doi):
    assert find_doi(text) == doi


def test_a_very_long_value_does_not_hold_up_the_doi_cleaner():
    began = time.perf_counter()
    clean_doi("10.1000/" + "a-" * 50_000 + " " + "1(" * 50_000)
    find_doi("10.1000/" * 20_000)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("29747651", "29747651"),
        (" 0029747651 ", "29747651"),
        ("PMID: 29747651", "29747651"),
        ("26957754[pmid]", "26957754"),
        ("35957633 [PMID]", "35957633"),
        ("https://pubmed.ncbi.nlm.nih.gov/26957754/", "26957754"),
        ("http://www.ncbi.nlm.nih.gov/pubmed/26957754", "26957754"),
        ("29747651.0", "29747651"),
        ("PMC5946491", None),
        ("123456789", None),
        ("WOS:000779383300004", None),
        ("0", None),
        ("", None),
    ],
)
def test_a_pubmed_number_is_one_to_eight_digits(written, clean):
    assert clean_pmid(written) == clean


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("PMC6055938", "PMC6055938"),
        ("pmc 6055938", "PMC6055938"),
        ("PMCID: PMC6055938", "PMC6055938"),
        ("PMC4756000[pmcid]", "PMC4756000"),
        ("PMC6055938.1", "PMC6055938"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/3111884", "PMC3111884"),
        ("6055938", None),
        ("NIHMS123", None),
    ],
)
def test_a_pubmed_central_number_keeps_its_letters(written, clean):
    assert clean_pmcid(written) == clean


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("1568-4156", ["1568-4156"]),
        ("20762615 (ISSN)", ["2076-2615"]),
        ("0033-350x", ["0033-350X"]),
        ("1476–9018", ["1476-9018"]),
        ("1999-7777(Electronic),0222-6666(Print)", ["1999-7777", "0222-6666"]),
        ("0013-9351 and 1096-0953", ["0013-9351", "1096-0953"]),
        ("0894-9867, 0894-9867", ["0894-9867"]),
        ("9781786353719", []),
        ("TR-43", []),
    ],
)
def test_issns_are_found_in_any_writing(written, found):
    assert find_issns(written) == found
    assert clean_issn(written) == (found[0] if found else None)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("978 1 847420343", ["9781847420343"]),
        ("978-1-83933-090-2", ["9781839330902"]),
        ("1 85775 821 8", ["9781857758214"]),
        ("9781786353719 9781786353726", ["9781786353719", "9781786353726"]),
        ("1234567890", []),
        ("1568-4156", []),
    ],
)
def test_isbns_become_thirteen_digits(written, found):
    assert find_isbns(written) == found
    assert clean_isbn(written) == (found[0] if found else None)


@pytest.mark.parametrize(
    ("written", "year", "date"),
    [
        ("2004///", 2004, "2004"),
        ("2018/04//abr-jun2018", 2018, "2018-04"),
        ("1988/03/01/MAR 1988", 1988, "1988-03-01"),
        ("2019//", 2019, "2019"),
        ("2025/7//", 2025, "2025-07"),
        ("1999/08//undefined", 1999, "1999-08"),
        ("2021/12/14/T15:46:53Z", 2021, "2021-12-14"),
        ("Dec 2024", 2024, "2024-12"),
        ("2009/", 2009, "2009"),
        ("2002///Jan", 2002, "2002-01"),
        ("2015/october", 2015, "2015-10"),
        ("4-8 Aug. 2020", 2020, "2020-08"),
        ("16 April 2018", 2018, "2018-04-16"),
        ("2011 Jan-Feb", 2011, "2011"),
        ("Start date: 20170812", 2017, "2017-08-12"),
        ("2018-04-16", 2018, "2018-04-16"),
        ("31.12.2018", 2018, "2018-12-31"),
        ("12/31/2018", 2018, "2018-12-31"),
        ("03/04/2018", 2018, "2018"),
        ("Winter 2014", 2014, "2014"),
        ("c2011", 2011, "2011"),
        ("2017/01/01", 2017, "2017"),  # Emerald's, for every article of 2017
        ("2018/13/45", 2018, "2018"),
        ("AUG", None, None),
        ("6464", None, None),
        ("in press", None, None),
    ],
)
def test_a_date_is_as_exact_as_the_source_and_no_more(written, year, date):
    assert (clean_year(written), clean_date(written)) == (year, date)


def test_a_month_without_a_year_takes_the_year_it_is_given():
    assert clean_date("AUG 15", 2022) == "2022-08-15"


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("Bj&#x00E9;rn &ouml; &amp;lt; 5", "Bjérn ö < 5"),
        ("&lt;i&gt;in vitro&lt;/i&gt;", "in vitro"),
        ("H<sub>2</sub>O <jats:p>in</jats:p><jats:p>care</jats:p>", "H2O in care"),
        ('<span class="x">care</span><br/>home', "care home"),
        ("p <0.05, a <b and c> d, x < y", "p <0.05, a <b and c> d, x < y"),
        ("AT&T &copy2019 Q&A;", "AT&T &copy2019 Q&A;"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07text\x07\x00", "red text"),
        ("&#27;[31mred&#7;", "[31mred"),
        ("a\u202eb\u200bc\ufeff", "abc"),
        ("one\u2028two\x85three\x0b\x0cfour\n  five", "one two three four five"),
        ("A\u030ahgren, Øyen, Röstad, č", "Åhgren, Øyen, Röstad, č"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_text_keeps_its_letters_and_loses_markup_and_controls(written, clean):
    assert clean_text(written) == clean


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        ("https://example.org/a?b=1&amp;region=2", "https://example.org/a?b=1&region=2"),
        ("//www.example.org/x", "https://www.example.org/x"),
        ("www.example.org", "http://www.example.org"),
        ("http://example.org/one http://example.org/two", "http://example.org/one"),
        ("javascript:alert(1)", None),
        ("internal-pdf://x.pdf", None),
    ],
)
def test_only_web_addresses_are_addresses(written, clean):
    assert clean_url(written) == clean
