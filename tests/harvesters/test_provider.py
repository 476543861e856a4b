import pytest
from pydantic import ValidationError

from harvesters.errors import MissingVariable
from harvesters.provider import Provider, required, substitute
from tests.harvesters.portfolio import providers


def make(**fields: object) -> Provider:
    return Provider.model_validate({"id": "p", "title": "P", "eodag": {"a": "b"}, **fields})


def test_variables_are_replaced_wherever_a_string_stands() -> None:
    provider = make(
        eodag={"search": {"api_endpoint": "${BASE}/search", "timeout": 3}, "urls": ["${BASE}/a"]},
        hosts=["${HOST}:80"],
    )
    resolved = provider.resolve({"BASE": "http://here", "HOST": "there"})

    assert resolved.eodag["search"] == {"api_endpoint": "http://here/search", "timeout": 3}
    assert resolved.eodag["urls"] == ["http://here/a"]
    assert resolved.hosts == ("there:80",)


def test_a_missing_variable_is_named_with_the_remedy() -> None:
    with pytest.raises(MissingVariable, match=r"BASE, it is not set; export BASE="):
        substitute("${BASE}/search", {})
    with pytest.raises(MissingVariable, match="KEY"):
        required("KEY", {"KEY": ""})


def test_text_without_variables_is_left_as_it_is() -> None:
    assert substitute("Products({uid})/$value {apikey} $X", {}) == (
        "Products({uid})/$value {apikey} $X"
    )


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"colour": "red"}, "Extra inputs"),
        ({"eodag": {}}, "expected `extends: eodag:<provider>`"),
        ({"extends": "cop_cds"}, "expected `eodag:<provider>`"),
        ({"rehost": {"https://a": "https://b"}}, "nothing is extended"),
        ({"credentials": {"apikey": "6f1f7a9e-6c1d"}}, "never write a credential"),
        ({"page_size": 0}, "greater than 0"),
        ({"id": "Has Spaces"}, "pattern"),
    ],
)
def test_a_broken_provider_is_refused_with_what_was_expected(
    fields: dict[str, object], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        make(**fields)


def test_a_refused_credential_is_not_repeated() -> None:
    with pytest.raises(ValidationError) as caught:
        make(credentials={"apikey": "s3cr3t-value"})

    assert "s3cr3t" not in caught.value.errors()[0]["msg"]


def test_every_shipped_provider_is_named_as_its_file() -> None:
    assert {name: p.id for name, p in providers().items()} == {
        name: name for name in ("sandbox_cds", "sandbox_destine", "sandbox_odata", "sandbox_stac")
    }
