import inspect

from harvesters import errors
from harvesters.errors import HarvestError


def all_errors() -> set[type[HarvestError]]:
    classes = (value for _, value in inspect.getmembers(errors, inspect.isclass))
    return {value for value in classes if issubclass(value, HarvestError)}


def test_every_error_is_drawn_in_the_tree_with_its_own_sentence() -> None:
    drawn = errors.__doc__ or ""

    missing = [e.__name__ for e in all_errors() if e.__name__ not in drawn]
    assert missing == []
    assert all(e.__doc__ and e.__doc__.count(".") >= 1 for e in all_errors())


def test_every_error_is_one_to_retry_to_act_on_or_to_drop() -> None:
    groups = (errors.NotNow, errors.ActFirst, errors.BadBytes)

    assert all(issubclass(e, groups) for e in all_errors() - {HarvestError})
