from datetime import UTC, datetime, timedelta

from sandbox.tokens import Tokens

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


def test_a_token_is_given_for_the_key_and_ends() -> None:
    now = [NOON]
    tokens = Tokens("key", timedelta(minutes=5), lambda: now[0])
    token = tokens.issue("somebody", "key")

    assert token is not None
    assert tokens.accept(token)
    now[0] += timedelta(minutes=5)
    assert not tokens.accept(token)


def test_a_revoked_token_has_ended() -> None:
    tokens = Tokens("key", timedelta(minutes=5), lambda: NOON)
    token = tokens.issue("somebody", "key")
    assert token is not None
    tokens.revoke(token)

    assert not tokens.accept(token)


def test_no_token_is_given_for_another_key_nor_to_nobody() -> None:
    tokens = Tokens("key", timedelta(minutes=5), lambda: NOON)

    assert tokens.issue("somebody", "stolen") is None
    assert tokens.issue("", "key") is None
    assert not tokens.accept("made up")
