"""Items held against the schemas of the extensions they name, from a folder, offline."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema_rs

from catalog.errors import InvalidStac

_INDEX = "index.json"


@dataclass(frozen=True)
class ExtensionSchemas:
    """The schemas in ``folder``: its ``index.json`` names the file of each URL."""

    folder: Path

    def check(self, stac: str) -> None:
        """Pass a STAC item or collection.

        Raises:
            InvalidStac: it does not keep to an extension it names, or the folder lacks that one.
        """
        document = json.loads(stac)
        for url in document["stac_extensions"]:
            error = next(self._validator(url).iter_errors(document), None)
            if error is not None:
                place = "/".join(str(part) for part in error.instance_path) or "/"
                raise InvalidStac(
                    f"{document['id']!r}: expected it to keep to {url}; at {place}: "
                    f"{error.message[:500]}. Nothing was published: report it with the item"
                )

    @cached_property
    def _schemas(self) -> Mapping[str, Any]:
        try:
            places = json.loads((self.folder / _INDEX).read_text())
            return {
                url: json.loads((self.folder / place).read_text()) for url, place in places.items()
            }
        except (OSError, ValueError) as error:
            raise InvalidStac(
                f"INLET_STAC_SCHEMAS: expected {_INDEX} in {self.folder}, and the files that it "
                f"names, came {error}; mend the folder, or unset it"
            ) from error

    @cached_property
    def _known(self) -> dict[str, jsonschema_rs.Draft7Validator]:
        return {}

    def _validator(self, url: str) -> jsonschema_rs.Draft7Validator:
        if url not in self._schemas:
            raise InvalidStac(
                f"expected the schema of {url} in {self.folder}, came none; add it, and its line "
                f"to {_INDEX}"
            )
        if url not in self._known:
            self._known[url] = jsonschema_rs.Draft7Validator(
                self._schemas[url], registry=self._registry, retriever=_anything
            )
        return self._known[url]

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry(list(self._schemas.items()), retriever=_anything)


def _anything(_uri: str) -> dict[str, Any]:
    """Take what a schema refers to and the folder lacks for one that allows everything."""
    return {}
