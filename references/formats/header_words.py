"""What columns of tables of records are called whoever made them, and what their words for a kind of record mean.

Names are in the form that headers.normal() gives them: small letters, and one space for all that is no letter or digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How one vendor names the columns of its export."""

    vendor: str
    signs: tuple[str, ...]  # each: names that only this vendor has together, "|" between them
    fields: Mapping[str, str]  # {field of Table: names, the best first, "|" between them; groups of authors with "/"}
    apart: str = ""  # names that mean something else here than elsewhere, and are no field of a record
    names: str = "semicolons"  # how one value holds several people: a key of csv_people.SPLITTERS
    database: str = ""  # the export is of this one database
    retracted: Mapping[str, str] = field(default_factory=dict)  # {name: the words that say so}
    split_keywords: str = ";"


# {field of interpret.Table: names, the best first, with "|" between them; groups of authors are parted by "/"}
COMMON = {
    "title": "title|primary title|article title|document title|item title|paper title|study title|public title|ti|t1|titel|titre"
    "|título|titulo",
    "title_alt": "original title|alternate title|alternatetitle|translated title|title translated|vernacular title|scientific title",
    "authors": "authors|author|author names|author s|author list|authors list|first authors|primary authors|au|creators|creator"
    "|authorstring|author string|autores|autor|autoren|auteurs/author full names|full author names/first author",
    "editors": "editors|editor|secondary authors|secondary author|book editors|ed",
    "date": "year|publication year|pub year|pubyear|published year|year published|year of publication|py|date|publication date"
    "|pub date|pubdate|published|published date|date published|date of publication|cover date|issued|yr|jahr|année|año"
    "|ano|month#date|published month#date|publication month#date|pub month#date|day#date|published day#date"
    "|publication day#date",
    "type": "document type|type|publication type|item type|type of reference|reference type|ref type|entrytype|entry type"
    "|content type|genre|doctype|doc type|pubtype|pub type",
    "journal": "journal|journal title|journal name|journal full title|full journal|source title|publication title|publication name"
    "|publicationname|journaltitle|parenttitle|parent title|journal book|secondary title|container title|pubtitle"
    "|periodical|venue|book title|booktitle|publication|source|so|jf|t2|zeitschrift|revue|revista",
    "volume": "volume|vol|vl|journal volume|journalvolume|volume number",
    "issue": "issue|number|issue number|journal issue|no|num|is",
    "pages": "pages|page|page range|pagination|page numbers|pagerange|pageinfo|page info|pg",
    "first_page": "start page|startpage|page start|first page|beginning page|spage|page first|sp|bp",
    "last_page": "end page|endpage|page end|last page|ending page|epage|page last|ep",
    "article_number": "article number|art no|elocation id|elocationid",
    "doi": "doi|digital object identifier|digitalobjectidentifier|doi number|di|do",
    "doi_inside": "doi link|doi url|url|urls|link|links|article url|articleurl|fulltext url|uri",
    "pmid": "pmid|pubmed id|pubmedid|pubmed|pubmed number|medline pmid|pm",
    "pmcid": "pmcid|pmc id|pmc|pubmed central id",
    "issn": "issn|issns|eissn|e issn|print issn|issn print|electronic issn|issn l|journalissn|sn|ei",
    "isbn": "isbn|isbns|eisbn|e isbn|bn",
    "publisher": "publisher|publisher name|pu|pb",
    "language": "language|languages|language of original document|article language|la|lang|sprache",
    "abstract": "abstract|abstracts|abstract note|notes abstract|abstract text|abstract english|abstracttext|ab|n2|summary|resumen"
    "|résumé|resumo|zusammenfassung",
    "abstract_alt": "original abstract|translated abstract|abstract translated",
    "keywords": "keywords|keyword|author keywords|key words|kw|de|index keywords|mesh terms|mesh|mesh headings|subject terms"
    "|subjects|subject|descriptor s|descriptors|palabras clave|mots clés",
    "url": "url|link|urls|links|article url|articleurl|pdf link|full text link|fulltext url|uri|web address|study url",
    "database": "database|database name|db|source database|database provider|source#database",
    "accession": "accession number|accession|accessionnumber|an|ui|eid|nct number|trialid",
}

_TYPES = {
    "journal-article": "journal article|article|journalarticle|research article|original article|review|review article|letter|editorial"
    "|note|short survey|article in press|magazinearticle|magazine article|scholarly journals|scholarly journal|academic journal"
    "|journal articles|reports research|journals|magazines|articles|erratum|comment|case reports|systematic review|meta analysis"
    "|clinical trial|randomized controlled trial|journal|jour|ejour|ejou|jfull|inpr|data paper|correction|news item",
    "conference-abstract": "conference abstract|meeting abstract|abst",
    "conference-paper": "conference paper|conferencepaper|proceedings paper|proceeding|inproceedings|conference|proceedings article"
    "|conferences|conference proceeding|conference proceedings article|speeches/meeting papers|conf|cpaper",
    "book": "book|edited book|monograph|books|ebook|reference work|proceedings|edbook|whole",
    "book-chapter": "book chapter|chapter|booksection|book section|incollection|inbook|reference entry|referenceworkentry|chap|echap"
    "|encyclopediaarticle|chapters",
    "preprint": "preprint|posted content|prep",
    "thesis": "thesis|dissertation|phdthesis|mastersthesis|dissertation thesis|dissertation/thesis|dissertations & theses|thes",
    "report": "report|techreport|technical report|government document|rprt|govdoc",
    "working-paper": "working paper|working papers|manuscript|unpublished|unpb|unpd",
    "web-page": "webpage|web page|website|blogpost|blog post|online|elec",
    "news": "news|newspaperarticle|newspaper article|newspapers|newspaper",
    "dataset": "dataset|data set|data",
    "review-notice": "book review|bookreview",
    "other": "misc|other|patent|standards|standard|courses|generic|gen|retraction|conference review|video|software",
}
TYPES = {word: kind for kind, words in _TYPES.items() for word in words.split("|")}

# What tools write into a column "source": the database that a record was found in, and no journal.
_SOURCES = (
    "pubmed|medline|embase|scopus|web of science|wos|web of science core collection|cinahl|psycinfo|apa psycinfo|eric|central|cochrane"
    "|cochrane library|ieee|ieee xplore|acm|google scholar|openalex|crossref|dimensions|lens|lens org|proquest|ebsco|ebscohost|ovid"
    "|lilacs|zotero|arxiv|medrxiv|biorxiv|springer|wiley|science direct|sciencedirect|manual|hand search|citation search"
)
SOURCES = frozenset(_SOURCES.split("|"))
