"""What is read of a STAC service that says less than STAC asks for."""

import json

from harvesters.gateway import Policy
from inlet.onboarding import stac_service
from tests.harvesters.tiny_server import Reply, serving


def test_a_collection_without_an_id_hides_no_other() -> None:
    with serving() as server:
        links = [{"rel": rel, "href": f"{server.url}/{rel}"} for rel in ("search", "data")]
        said = {
            "/": {"stac_version": "1.1.0", "id": "root", "links": links},
            "/data": {"collections": [{"title": "no id"}, {"id": "ticks"}]},
            "/search": {"features": []},
        }
        for path, document in said.items():
            server.put(path, Reply(json.dumps(document).encode()))
        policy = Policy(frozenset({server.host}), allow_private=True)

        found = stac_service.read(server.url, policy)

    assert [collection["id"] for collection in found.collections] == ["ticks"]
