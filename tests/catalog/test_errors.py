import inspect

from catalog import errors


def test_the_tree_in_the_docstring_names_every_error() -> None:
    named = [name for name, one in vars(errors).items() if inspect.isclass(one)]

    assert errors.__doc__
    assert all(name in errors.__doc__ for name in named)
    assert all(one.__doc__ for name in named for one in [getattr(errors, name)])
