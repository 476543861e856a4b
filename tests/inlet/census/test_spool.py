from inlet.census.spool import Spool


def test_a_spool_knows_what_it_was_given_and_nothing_else() -> None:
    with Spool() as spool:
        spool.add(["a", "b"])
        spool.add(["b", "ü"])

        assert spool.unknown(["a", "ü", "c"]) == {"c"}
