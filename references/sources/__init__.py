"""The sources that can be asked, each a module of pure functions (see source.py)."""

from __future__ import annotations

from references.sources import citations, crossref, doaj, europepmc, openalex, pubmed, semanticscholar
from references.sources.source import Source

LIVE: dict[str, Source] = {source.NAME: source for source in (europepmc, pubmed, openalex, citations, crossref, doaj, semanticscholar)}
