"""Six small files that between them hold most shapes a GRIB or NetCDF reader meets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sandbox.fields import Fields, Moment
from sandbox.grib import Key, Label, Template, message
from sandbox.grids import Grid, HealpixGrid, OctahedralGrid, RegularGrid
from sandbox.holdings.products import MEDIA_TYPES, Product
from sandbox.netcdf import write_ocean_and_air
from sandbox.quantities import SURFACE, UPPER, Quantity, hours_since_epoch

COLLECTION = "files"
REFERENCE = datetime(2024, 2, 1, tzinfo=UTC)
COARSE = RegularGrid(2.5)
SURFACE_PARAMS = ("2m_temperature", "mean_sea_level_pressure", "10m_u_component_of_wind")
MEMBERS = 5

_LOCAL: tuple[Key, ...] = (("setLocalDefinition", 1), ("class", "od"), ("expver", "0001"))
_FORECAST: tuple[Key, ...] = (*_LOCAL, ("stream", "oper"), ("type", "fc"))
_ENSEMBLE: tuple[Key, ...] = (
    *_LOCAL,
    ("stream", "enfo"),
    ("type", "pf"),
    ("productDefinitionTemplateNumber", 1),
    ("numberOfForecastsInEnsemble", MEMBERS),
)
_ERA5: tuple[Key, ...] = (
    ("setLocalDefinition", 1),
    ("localDefinitionNumber", 1),
    ("class", "ea"),
    ("stream", "oper"),
    ("type", "an"),
    ("expver", "0001"),
)


@dataclass(frozen=True, slots=True)
class Slab:
    """The product of steps, levels and members that one GRIB file holds."""

    template: Template
    quantities: tuple[Quantity, ...]
    steps: tuple[int, ...] = (0,)
    levels: tuple[int | None, ...] = (None,)
    members: tuple[int | None, ...] = (None,)

    def messages(self, fields: Fields) -> Iterator[bytes]:
        """Members within steps, levels within members, parameters innermost."""
        for step in self.steps:
            for member in self.members:
                for level in self.levels:
                    for quantity in self.quantities:
                        yield self._message(fields, quantity, step, member, level)

    def _message(
        self, fields: Fields, quantity: Quantity, step: int, member: int | None, level: int | None
    ) -> bytes:
        hours = hours_since_epoch(REFERENCE) + step
        values = quantity.values(fields, self.template.grid, Moment(hours, level, member or 0))
        keys: tuple[Key, ...] = (("step", step),) if step else ()
        if member is not None:
            keys += (("number", member),)
        label = Label(quantity.param_id, REFERENCE, level, keys)
        return message(self.template, label, values)


def sample_products(fields: Fields) -> tuple[Product, ...]:
    """The six, published one minute apart on 2 February 2024."""
    surface = tuple(SURFACE[name] for name in SURFACE_PARAMS)
    upper = tuple(UPPER[name] for name in ("temperature", "geopotential", "u_component_of_wind"))
    slabs = {
        "levels-and-steps.grib2": Slab(
            _forecast(COARSE), upper, steps=(0, 6, 12, 18), levels=(850, 500, 250)
        ),
        "members.grib2": Slab(
            Template(2, COARSE, _ENSEMBLE), surface[:1], (12, 24), members=tuple(range(MEMBERS))
        ),
        "octahedral-O32.grib2": Slab(_forecast(OctahedralGrid(32)), surface, steps=(0, 3)),
        "healpix-ring-H32.grib2": Slab(_forecast(HealpixGrid(32, nested=False)), surface[:2]),
        "era5-surface.grib": Slab(Template(1, COARSE, _ERA5), surface),
    }
    sources = {name: partial(_write, slab=slab) for name, slab in slabs.items()}
    netcdf = partial(write_ocean_and_air, grid=COARSE, time=REFERENCE)
    everything = {**sources, "ocean-and-air.nc": netcdf}
    return tuple(_product(n, *pair, fields) for n, pair in enumerate(everything.items()))


def _forecast(grid: Grid) -> Template:
    return Template(2, grid, _FORECAST)


def _write(path: Path, slab: Slab, fields: Fields) -> None:
    with path.open("wb") as target:
        target.writelines(slab.messages(fields))


def _product(number: int, name: str, source: "partial[None]", fields: Fields) -> Product:
    published = REFERENCE + timedelta(days=1, minutes=number)
    return Product(
        collection=COLLECTION,
        id=name,
        file_name=name,
        media_type=MEDIA_TYPES[Path(name).suffix],
        start=REFERENCE,
        end=REFERENCE,
        published=published,
        updated=published,
        source=partial(source, fields=fields),
        title=name,
        remake=lambda revision: partial(source, fields=fields.revised(revision)),
    )
