from lake.nouns import Axis
from tests.transforms.quality.makers import cube
from transforms.quality.structure import structure_table


def test_every_axis_has_a_row_that_says_where_it_leads() -> None:
    axes = (
        Axis("time", "time", 2, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z"),
        Axis("latitude", "spatial", 3, 90.0, -90.0),
        Axis("level", "level", 1, 850.0, 850.0),
        Axis("cell", "spatial", 48),
        Axis("step", "other", 4, 6.0, 6.0),
        Axis("time", "time", 4, 0.0, 3.0, is_monotonic=False),
        Axis("station", "other", 4, 0.0, 3.0, is_monotonic=False),
    )

    table = structure_table(cube(group="surface", axes=axes))

    assert list(table["direction"]) == [
        *("rising", "falling", "single", "unknown", "still", "wavering", "rising")
    ]
    assert table["subject"].iloc[0] == "surface axis time"


def test_a_cube_without_axes_gives_an_empty_table() -> None:
    table = structure_table(cube(axes=()))

    assert table.empty
    assert "direction" in table.columns
