"""How a collection is cited, by the scientific extension."""

from typing import Any

from catalog.template import StacTemplate

SCHEMA = "https://stac-extensions.github.io/scientific/v1.0.0/schema.json"


def describe_scientific(template: StacTemplate) -> dict[str, Any]:
    """Return DOI, citation and publications; nothing where its keeper tells of none."""
    told = {
        "sci:doi": template.doi,
        "sci:citation": template.citation,
        "sci:publications": [p.model_dump(exclude_none=True) for p in template.publications],
    }
    return {name: value for name, value in told.items() if value}


def cite_as(template: StacTemplate) -> list[dict[str, str]]:
    """Return a link to each DOI."""
    dois = [template.doi, *(one.doi for one in template.publications)]
    return [{"rel": "cite-as", "href": f"https://doi.org/{doi}"} for doi in dois if doi]
