"""What parameters are called in CF, in which unit, and between which bounds nature keeps them.

Sources: CF standard name table; ECMWF parameter database (the param ids); the bounds are wide
envelopes of records (WMO archive of extremes, model climatologies), to find what is broken rather
than what is rare.
"""

from dataclasses import dataclass

from transforms.fields import Parameter

Bounds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """One parameter: ``param_ids`` are ECMWF's, ``unit`` is the one that ``bounds`` are in."""

    name: str
    param_ids: tuple[int, ...]
    standard_name: str
    unit: str
    bounds: Bounds | None = None


TEMPERATURE = (150.0, 360.0)
WIND = (-200.0, 200.0)
FLUX = (-3000.0, 3000.0)
ENERGY = (-3e8, 3e8)
SHORTWAVE = "integral_wrt_time_of_surface_downwelling_shortwave_flux_in_air"
LONGWAVE = "integral_wrt_time_of_surface_downwelling_longwave_flux_in_air"

ENTRIES = (
    Entry("t", (130,), "air_temperature", "K", TEMPERATURE),
    Entry("t2m", (167,), "air_temperature", "K", TEMPERATURE),
    Entry("d2m", (168,), "dew_point_temperature", "K", TEMPERATURE),
    Entry("mx2t", (201,), "air_temperature", "K", TEMPERATURE),
    Entry("mn2t", (202,), "air_temperature", "K", TEMPERATURE),
    Entry("avg_2t", (228004,), "air_temperature", "K", TEMPERATURE),
    Entry("skt", (235,), "surface_temperature", "K", (150.0, 400.0)),
    Entry("sst", (34,), "sea_surface_temperature", "K", (265.0, 320.0)),
    Entry("pt", (3,), "air_potential_temperature", "K", (150.0, 5000.0)),
    Entry("u", (131,), "eastward_wind", "m s-1", WIND),
    Entry("v", (132,), "northward_wind", "m s-1", WIND),
    Entry("u10", (165,), "eastward_wind", "m s-1", WIND),
    Entry("v10", (166,), "northward_wind", "m s-1", WIND),
    Entry("u100", (228246,), "eastward_wind", "m s-1", WIND),
    Entry("v100", (228247,), "northward_wind", "m s-1", WIND),
    Entry("si10", (207,), "wind_speed", "m s-1", (0.0, 150.0)),
    Entry("ws", (10,), "wind_speed", "m s-1", (0.0, 200.0)),
    Entry("fg10", (49,), "wind_speed_of_gust", "m s-1", (0.0, 200.0)),
    Entry("i10fg", (228029,), "wind_speed_of_gust", "m s-1", (0.0, 200.0)),
    Entry("gust", (260065,), "wind_speed_of_gust", "m s-1", (0.0, 200.0)),
    Entry("w", (135,), "lagrangian_tendency_of_air_pressure", "Pa s-1", (-200.0, 200.0)),
    Entry("wz", (260238,), "upward_air_velocity", "m s-1", (-100.0, 100.0)),
    Entry("d", (155,), "divergence_of_wind", "s-1", (-0.1, 0.1)),
    Entry("vo", (138,), "atmosphere_upward_relative_vorticity", "s-1", (-0.1, 0.1)),
    Entry("absv", (3041,), "atmosphere_upward_absolute_vorticity", "s-1", (-0.1, 0.1)),
    Entry("pv", (60,), "ertel_potential_vorticity", "K m2 kg-1 s-1", (-0.1, 0.1)),
    Entry("z", (129,), "geopotential", "m2 s-2", (-20000.0, 900000.0)),
    Entry("gh", (156,), "geopotential_height", "m", (-2000.0, 90000.0)),
    Entry("orog", (228002,), "surface_altitude", "m", (-500.0, 9000.0)),
    Entry("q", (133,), "specific_humidity", "kg kg-1", (-0.001, 0.1)),
    Entry("r", (157,), "relative_humidity", "%", (-5.0, 200.0)),
    Entry("r2", (260242,), "relative_humidity", "%", (-5.0, 200.0)),
    Entry("sh2", (174096,), "specific_humidity", "kg kg-1", (-0.001, 0.1)),
    Entry("sp", (134,), "surface_air_pressure", "Pa", (30000.0, 115000.0)),
    Entry("msl", (151,), "air_pressure_at_mean_sea_level", "Pa", (85000.0, 110000.0)),
    Entry("prmsl", (260074,), "air_pressure_at_mean_sea_level", "Pa", (85000.0, 110000.0)),
    Entry("tp", (228,), "lwe_thickness_of_precipitation_amount", "m", (-0.001, 10.0)),
    Entry("tp", (228228,), "precipitation_amount", "kg m-2", (-0.1, 10000.0)),
    Entry("tprate", (260048,), "precipitation_flux", "kg m-2 s-1", (-1e-5, 0.2)),
    Entry("avg_tprate", (235055,), "precipitation_flux", "kg m-2 s-1", (-1e-5, 0.2)),
    Entry("prate", (3059,), "precipitation_flux", "kg m-2 s-1", (-1e-5, 0.2)),
    Entry("cp", (143,), "lwe_thickness_of_convective_precipitation_amount", "m", (-0.001, 10.0)),
    Entry("lsp", (142,), "lwe_thickness_of_stratiform_precipitation_amount", "m", (-0.001, 10.0)),
    Entry("sf", (144,), "lwe_thickness_of_snowfall_amount", "m", (-0.001, 10.0)),
    Entry("sd", (141,), "lwe_thickness_of_surface_snow_amount", "m", (-0.001, 20.0)),
    Entry("sd", (228141,), "surface_snow_amount", "kg m-2", (-1.0, 20000.0)),
    Entry("tcc", (164,), "cloud_area_fraction", "1", (-0.01, 1.01)),
    Entry("tcc", (228164,), "cloud_area_fraction", "%", (-1.0, 101.0)),
    Entry("lcc", (186,), "low_type_cloud_area_fraction", "1", (-0.01, 1.01)),
    Entry("mcc", (187,), "medium_type_cloud_area_fraction", "1", (-0.01, 1.01)),
    Entry("hcc", (188,), "high_type_cloud_area_fraction", "1", (-0.01, 1.01)),
    Entry("cc", (248,), "cloud_area_fraction_in_atmosphere_layer", "1", (-0.01, 1.01)),
    Entry("tcwv", (137,), "atmosphere_mass_content_of_water_vapor", "kg m-2", (-0.1, 150.0)),
    Entry("clwc", (246,), "mass_fraction_of_cloud_liquid_water_in_air", "kg kg-1", (-1e-4, 0.05)),
    Entry("ciwc", (247,), "mass_fraction_of_cloud_ice_in_air", "kg kg-1", (-1e-4, 0.05)),
    Entry("o3", (203,), "mass_fraction_of_ozone_in_air", "kg kg-1", (-1e-6, 1e-3)),
    Entry(
        "cape", (59,), "atmosphere_convective_available_potential_energy", "J kg-1", (-1.0, 2e4)
    ),
    Entry("blh", (159,), "atmosphere_boundary_layer_thickness", "m", (0.0, 20000.0)),
    Entry("lsm", (172,), "land_binary_mask", "1", (-0.01, 1.01)),
    Entry("ci", (31,), "sea_ice_area_fraction", "1", (-0.01, 1.01)),
    Entry("ssrd", (169,), SHORTWAVE, "J m-2", ENERGY),
    Entry("strd", (175,), LONGWAVE, "J m-2", ENERGY),
    Entry("avg_sdswrf", (235035,), "surface_downwelling_shortwave_flux_in_air", "W m-2", FLUX),
    Entry("avg_sdlwrf", (235036,), "surface_downwelling_longwave_flux_in_air", "W m-2", FLUX),
    Entry("stl1", (139,), "soil_temperature", "K", (180.0, 360.0)),
    Entry("stl2", (170,), "soil_temperature", "K", (180.0, 360.0)),
    Entry("stl3", (183,), "soil_temperature", "K", (180.0, 360.0)),
    Entry("stl4", (236,), "soil_temperature", "K", (180.0, 360.0)),
    Entry("swvl1", (39,), "volume_fraction_of_condensed_water_in_soil", "m3 m-3", (-0.01, 1.01)),
    Entry("swvl2", (40,), "volume_fraction_of_condensed_water_in_soil", "m3 m-3", (-0.01, 1.01)),
    Entry("swvl3", (41,), "volume_fraction_of_condensed_water_in_soil", "m3 m-3", (-0.01, 1.01)),
    Entry("swvl4", (42,), "volume_fraction_of_condensed_water_in_soil", "m3 m-3", (-0.01, 1.01)),
    Entry("swh", (140229,), "sea_surface_wave_significant_height", "m", (0.0, 40.0)),
    Entry("avg_sos", (263100,), "sea_surface_salinity", "g kg-1", (-0.1, 50.0)),
    Entry("avg_tos", (263101,), "sea_surface_temperature", "K", (265.0, 320.0)),
    Entry("avg_zos", (263124,), "sea_surface_height_above_geoid", "m", (-20.0, 20.0)),
    Entry("avg_thetao", (263501,), "sea_water_potential_temperature", "K", (265.0, 320.0)),
    Entry("avg_so", (263500,), "sea_water_salinity", "g kg-1", (-0.1, 50.0)),
    Entry("avg_siconc", (263001,), "sea_ice_area_fraction", "1", (-0.01, 1.01)),
    Entry("avg_sithick", (263000,), "sea_ice_thickness", "m", (-0.1, 50.0)),
)

NEVER_FALLING = frozenset(
    {8, 9, 45, 50, 57, 58, 142, 143, 144, 169, 175, 176, 178, 189, 205, 208, 210, 212, 228, 239}
    | {240, 3062, 3063, 174008, 174009, 228021, 228022, 228129, 228130, 228143, 228144}
    | {228205, 228216, 228228}
)
"""Accumulations of what only ever comes: rain, snow, melt, run-off, radiation downwards and
sunshine. Sums of fluxes that go both ways (heat, evaporation, net long-wave) may fall."""
BY_PARAM_ID = {param_id: entry for entry in ENTRIES for param_id in entry.param_ids}
UNKNOWN = frozenset({"unknown", "~", ""})
UNITLESS = frozenset(
    {"(0 - 1)", "Fraction", "Proportion", "dimensionless", "Numeric", "index", "Index", "0/1"}
)
SAME_UNIT = {
    "m of water equivalent": "m",
    "gpm": "m",
    "deg true": "degree",
    "degree true": "degree",
    "Degree true": "degree",
}


def bounds(standard_name: str, unit: str | None = None) -> Bounds | None:
    """Return the least and the greatest value that nature allows, or None where it is not known.

    Bounds hold in the unit of the lexicon: with another ``unit`` there are none. Where one name
    is used in several units and none is asked for, those of the first entry are returned.
    """
    spelled = None if unit is None else cf_unit(unit)
    found = [entry for entry in ENTRIES if entry.standard_name == standard_name and entry.bounds]
    for entry in found:
        if spelled in {None, entry.unit}:
            return _widest([e for e in found if e.unit == entry.unit])
    return None


def cf_unit(unit: str) -> str | None:
    """Return a GRIB unit as UDUNITS spells it, or None where it says nothing."""
    if unit in UNKNOWN:
        return None
    if unit in UNITLESS or unit.startswith("Code table"):
        return "1"
    return SAME_UNIT.get(unit, unit.replace("**", ""))


def parameter(
    param_id: int, name: str, unit: str, long_name: str, short_name: str, numbers: str
) -> Parameter:
    """Return what a parameter is called in the cube.

    The lexicon comes first, then the source's own words (``name`` is ecCodes' ``cfVarName``). A
    parameter that no table knows is named after its ``numbers`` (discipline, category, number), so
    that two of them stay two.
    """
    entry = BY_PARAM_ID.get(param_id)
    spelled = cf_unit(unit)
    if entry is None or (spelled is not None and spelled != entry.unit):
        is_named = name not in UNKNOWN and param_id != 0
        return Parameter(
            param_id=param_id,
            name=name if is_named else f"param_{numbers}",
            standard_name=None,
            unit=spelled,
            long_name=long_name if long_name not in UNKNOWN else f"parameter {numbers}",
            short_name=short_name,
        )
    return Parameter(param_id, entry.name, entry.standard_name, entry.unit, long_name, short_name)


def _widest(entries: list[Entry]) -> Bounds:
    limits = [entry.bounds for entry in entries if entry.bounds is not None]
    return min(low for low, _ in limits), max(high for _, high in limits)
