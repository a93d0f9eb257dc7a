"""PubMed's rules, for tests: what esearch and efetch do, and what they say to what they do not take.

A search gives numbers, newest first, and no more than the first 9,999 of them whatever is asked; asking deeper is an error inside
HTTP 200, in JSON with a raw line end. A fetch gives records in the order asked for, and leaves out without a word what it does not
have. So many requests a second are allowed without a key, more with one; headers tell how many are left of this second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from tests.replay import Asked, Fault, Raw, Reply, Server

QUERY = '"joint working"[tiab] AND ("{from}"[dp] : "{to}"[dp])'

PROLOG = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
XML = {"Content-Type": "text/xml; charset=UTF-8"}
TOO_DEEP = (
    "Search Backend failed: Exception:\n'retstart' cannot be larger than 9998. For PubMed, ESearch can only retrieve the first "
    "9,999 records matching the query."
)
NO_IDS = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<eFetchResult>\n\t<ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR>\n'
    "</eFetchResult>"
)


def article(pmid: str, number: int) -> str:
    """One PubmedArticle with most of what real ones have."""
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM" IndexingMethod="Automated"><PMID Version="1">{pmid}</PMID>
<DateCompleted><Year>2020</Year><Month>01</Month><Day>02</Day></DateCompleted><DateRevised><Year>2021</Year></DateRevised>
<Article PubModel="Print-Electronic"><Journal><ISSN IssnType="Electronic">1234-5679</ISSN><JournalIssue CitedMedium="Internet">
<Volume>{1 + number // 40}</Volume><Issue>{1 + number % 4}</Issue><PubDate><Year>{1990 + number % 35}</Year><Month>Mar</Month></PubDate>
</JournalIssue><Title>Journal of Examples</Title><ISOAbbreviation>J Exampl</ISOAbbreviation></Journal>
<ArticleTitle>Joint working in health and social care, part <i>{number}</i>.</ArticleTitle>
<Pagination><StartPage>{number}</StartPage><EndPage>{number + 9}</EndPage><MedlinePgn>{number}-{number + 9}</MedlinePgn></Pagination>
<ELocationID EIdType="doi" ValidYN="Y">10.5555/partnership.{number}</ELocationID>
<Abstract><AbstractText Label="AIM">To see whether a search of {number} loses records.</AbstractText>
<AbstractText Label="RESULTS">It does not (p &lt; 0.05).</AbstractText><CopyrightInformation>Nobody's.</CopyrightInformation></Abstract>
<AuthorList CompleteYN="Y"><Author ValidYN="Y"><LastName>Moe</LastName><ForeName>Kari</ForeName><Initials>K</Initials>
<Identifier Source="ORCID">0000-0000-0000-0000</Identifier><AffiliationInfo><Affiliation>Examples, Bodø.</Affiliation></AffiliationInfo>
</Author></AuthorList><Language>eng</Language><GrantList CompleteYN="Y"><Grant><Agency>None</Agency></Grant></GrantList>
<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>
</Article><MedlineJournalInfo><Country>Norway</Country><MedlineTA>J Exampl</MedlineTA><NlmUniqueID>1</NlmUniqueID>
<ISSNLinking>1234-5679</ISSNLinking></MedlineJournalInfo><CitationSubset>IM</CitationSubset><MeshHeadingList><MeshHeading>
<DescriptorName UI="D1" MajorTopicYN="Y">Interinstitutional Relations</DescriptorName><QualifierName UI="Q1">trends</QualifierName>
</MeshHeading></MeshHeadingList></MedlineCitation><PubmedData><History><PubMedPubDate PubStatus="entrez"><Year>2019</Year><Month>3</Month>
<Day>1</Day></PubMedPubDate></History><PublicationStatus>ppublish</PublicationStatus><ArticleIdList>
<ArticleId IdType="pubmed">{pmid}</ArticleId><ArticleId IdType="doi">10.5555/partnership.{number}</ArticleId></ArticleIdList>
<ReferenceList><Reference><Citation>Other</Citation><ArticleIdList><ArticleId IdType="doi">10.5555/other</ArticleId></ArticleIdList>
</Reference></ReferenceList></PubmedData></PubmedArticle>"""


def made(count: int, first: int = 1) -> list[Raw]:
    """Records of our own making: number, day of entry, XML. Each third number is no record's; each day has one record at most."""
    numbers = range(first, first + count)
    return [
        {"pmid": str(number + number // 2), "edat": _day(number), "xml": article(str(number + number // 2), number)} for number in numbers
    ]


def _day(number: int) -> str:
    return f"{1990 + number % 35}/{1 + number // 35 % 12:02}/{1 + number // 420 % 28:02}"


class PubMed:
    """The service, with these records: the same for every query, or by a function of the query."""

    PATH = "/entrez/eutils"

    def __init__(
        self,
        records: Sequence[Raw] | Callable[[str], Sequence[Raw]],
        *,
        most: int = 9999,  # records that one search gives
        gone: Sequence[str] = (),  # PMIDs that searches find and fetches leave out
        rates: tuple[int, int] = (3, 10),  # requests a second, without and with a key
        strict: bool = False,  # whether more are refused
        key: str = "",  # the only good one; "": any
        result: Mapping[str, object] | None = None,  # what each search says beside its numbers
    ) -> None:
        self.records, self.most, self.gone, self.rates, self.strict, self.key = records, most, gone, rates, strict, key
        self.result = result or {}
        self.heard: list[float] = []  # when requests came, by a steady clock

    def reply(self, asked: Asked, fault: Fault | None) -> Reply:
        """What the service says, with its limits in the headers."""
        form, now = asked.form, time.monotonic()
        limit = self.rates["api_key" in form]
        self.heard = [*(at for at in self.heard if at > now - 1), now]
        headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(max(limit - len(self.heard), 0))}
        if self.strict and len(self.heard) > limit:
            told = {
                "error": "API rate limit exceeded",
                "api-key": form.get("api_key", "203.0.113.7"),
                "count": str(len(self.heard)),
                "limit": str(limit),
            }
            return Reply.of(told, 429, Retry_After="2")
        if self.key and form.get("api_key", self.key) != self.key:
            return Reply.of({"error": "API key invalid", "api-key": form["api_key"], "type": "client", "status": "unknown"}, 400)
        reply = self.search(form, fault) if asked.path == "/esearch.fcgi" else self.fetch(form, fault)
        return Reply(reply.body, reply.status, {**reply.headers, **headers})

    def found(self, form: Mapping[str, str]) -> list[Raw]:
        """The records of a query and its days, newest first."""
        found = self.records(form["term"]) if callable(self.records) else self.records
        if form.get("datetype") == "edat" and "mindate" in form and "maxdate" in form:
            found = [raw for raw in found if form["mindate"] <= raw["edat"] <= form["maxdate"]]
        return sorted(found, key=lambda raw: -int(raw["pmid"]))

    def search(self, form: Mapping[str, str], fault: Fault | None) -> Reply:
        """esearch.fcgi"""
        start, error = int(form.get("retstart", "0")), ""
        if form.get("db") != "pubmed":
            error = f"Invalid db name specified: {form.get('db')}"
        elif not form.get("term"):
            error = "Empty term and query_key - nothing todo"
        elif start > self.most - 1:
            error = TOO_DEEP
        if error:
            return Reply(f'{{"header":{{"type":"esearch"}},"esearchresult":{{"ERROR":"{error}"}}}}'.encode())
        found = self.found(form)
        ids = [raw["pmid"] for raw in found[start : self.most][: int(form.get("retmax", "20"))]]
        ids = ids[: fault.number] if fault and fault.kind == "short" else ids
        count = str(fault.number if fault and fault.kind == "total" else len(found))
        result = {"count": count, "retmax": str(len(ids)), "retstart": str(start), "idlist": ids, "translationset": [], **self.result}
        return Reply.of({"header": {"type": "esearch", "version": "0.3"}, "esearchresult": result})

    def fetch(self, form: Mapping[str, str], fault: Fault | None) -> Reply:
        """efetch.fcgi"""
        asked = [id.strip() for id in form.get("id", "").split(",")]
        if not any(id.isdecimal() and int(id) for id in asked):
            return Reply(NO_IDS.encode(), 400, XML)
        every = self.records("") if callable(self.records) else self.records
        places = {raw["pmid"]: place for place, raw in enumerate(every)}
        shift = fault.number if fault and fault.kind == "shift" else 0
        given = [every[places[id] - shift]["xml"] for id in asked if id in places and id not in self.gone]
        given = given[: fault.number] if fault and fault.kind == "short" else given
        return Reply(f"{PROLOG}<PubmedArticleSet>\n{''.join(given)}</PubmedArticleSet>".encode(), 200, XML)


class Replay(Server):
    """PubMed's server."""

    def __init__(
        self,
        records: Sequence[Raw] | Callable[[str], Sequence[Raw]],
        faults: Mapping[int, Fault] | None = None,
        **more: object,
    ) -> None:
        super().__init__(PubMed(records, **more), faults)  # type: ignore[arg-type]


PROTOCOL = f"""
[review]
title = "Joint working"
version = "1"

[people.ana]
may = ["screen"]

[searches]
from = "2007-01-01"
overlap_days = 60

[[searches.lines]]
name = "PM"
source = "pubmed"
query = '{QUERY}'
refresh = '"joint working"[tiab] AND ("{{since}}"[crdt] : "3000"[crdt])'
note = ""
"""
