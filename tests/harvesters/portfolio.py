"""The sandbox's providers as the portfolio ships them, and a source of each of four families."""

from pathlib import Path

from ruamel.yaml import YAML

from harvesters.provider import Provider
from harvesters.source import Source
from sandbox.client import Sandbox

PROVIDERS = Path(__file__).parents[2] / "portfolio" / "providers"

ERA5 = Source.model_validate(
    {
        "provider": "sandbox_cds",
        "collection": "ERA5_SL",
        "split": "day",
        "key": "era5-{start:%Y%m%d}",
        "queries": {
            "main": {
                "ecmwf:product_type": ["reanalysis"],
                "ecmwf:variable": ["2m_temperature"],
                "ecmwf:time": ["00:00", "12:00"],
                "ecmwf:data_format": "grib",
                "ecmwf:download_format": "unarchived",
            }
        },
    }
)
CLIMATE_DT = Source.model_validate(
    {
        "provider": "sandbox_destine",
        "collection": "DT_CLIMATE_G1_SCENARIOMIP_SSP3_7_0_IFS_NEMO_R1",
        "split": "day",
        "key": "dt-{start:%Y%m%d}",
        "queries": {
            "main": {
                "ecmwf:levtype": "sfc",
                "ecmwf:resolution": "standard",
                "ecmwf:param": "167",
                "ecmwf:time": ["00:00", "12:00"],
            }
        },
    }
)
SST = Source(provider="sandbox_stac", collection="sandbox-sst")
SLSTR = Source(provider="sandbox_odata", collection="S3_SLSTR_L2WST")
FAMILIES = {"cds": ERA5, "polytope": CLIMATE_DT, "stac": SST, "odata": SLSTR}


def providers() -> dict[str, Provider]:
    """Read the shipped providers."""
    files = sorted(PROVIDERS.glob("*.yaml"))
    read = YAML(typ="safe")
    return {file.stem: Provider.model_validate(read.load(file.read_text())) for file in files}


def environment(sandbox: Sandbox) -> dict[str, str]:
    """Return what the shipped providers name."""
    return {"INLET_SANDBOX_URL": sandbox.url, "INLET_SANDBOX_KEY": sandbox.key}
