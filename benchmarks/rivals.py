"""One conversion in a process of its own, ours or a rival's; prints its figures as JSON.

    python -m benchmarks.rivals METHOD SOURCE INTO [LAYOUT]

The timer starts after the imports. ``LAYOUT`` is a Zarr store that inlet wrote of the same source:
rivals are given its chunks, shards and codecs.
"""

import json
import os
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

Job = Callable[[], object]


def main(method: str, source: str, into: str, layout: str = "") -> None:
    warnings.simplefilter("ignore")
    name, _, option = method.partition(":")
    job = METHODS[name](Path(source), into, option or layout)
    before = time.process_time()
    start = time.perf_counter()
    job()
    seconds = time.perf_counter() - start
    figures = {
        "seconds": seconds,
        "cpu": time.process_time() - before,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "bytes": sum(p.stat().st_size for p in Path(into).rglob("*") if p.is_file()),
    }
    print(json.dumps(figures))


def inlet(source: Path, into: str, codec: str) -> Job:
    import logging  # noqa: PLC0415 - each process imports what it measures, no more

    import structlog  # noqa: PLC0415

    from lake.nouns import Granule  # noqa: PLC0415
    from transforms.convert import convert  # noqa: PLC0415
    from transforms.granules import LocalGranule  # noqa: PLC0415
    from transforms.recipe import Codec, Recipe  # noqa: PLC0415

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    granule = Granule("1220" + "0" * 64, source.stat().st_size, "", source.name, "main")
    recipe = Recipe(codec=Codec(codec or Codec.FAST))
    return lambda: convert([LocalGranule(source, "", granule)], recipe, into)


def cfgrib(source: Path, into: str, layout: str) -> Job:
    """Read by cfgrib as its users do, its index cold; one group for each of its datasets."""
    import cfgrib as reader  # noqa: PLC0415
    import xarray as xr  # noqa: F401, PLC0415

    def job() -> None:
        options = {"indexpath": "", "errors": "raise"}
        found = reader.open_datasets(str(source), backend_kwargs=options)
        for number, dataset in enumerate(found):
            _to_zarr(dataset, into, number, layout)

    return job


def earthkit(source: Path, into: str, layout: str) -> Job:
    """Read by earthkit-data, one dataset for each kind of level, in float32."""
    import earthkit.data as reader  # noqa: PLC0415

    def job() -> None:
        fields = reader.from_source("file", str(source))
        kinds = sorted(set(fields.metadata("typeOfLevel")))
        for number, kind in enumerate(kinds):
            some = fields.sel(typeOfLevel=kind)
            dataset = some.to_xarray(engine="earthkit", dtype="float32")
            _to_zarr(dataset, into, number, layout)

    return job


def netcdf(source: Path, into: str, layout: str) -> Job:
    """Read by xarray as its users do."""
    import xarray as xr  # noqa: PLC0415

    return lambda: _to_zarr(xr.open_dataset(source), into, 0, layout)


def decode(source: Path, into: str, threads: str) -> Job:
    """Decode every message by ecCodes, and drop the values."""
    import eccodes  # noqa: PLC0415

    def one(data: bytes) -> None:
        handle = eccodes.codes_new_from_message(data)
        eccodes.codes_get_double_array(handle, "values")
        eccodes.codes_release(handle)

    def job() -> None:
        with ThreadPoolExecutor(int(threads)) as pool:
            for _ in pool.map(one, _messages(source)):
                pass

    return job


def _messages(source: Path) -> Iterator[bytes]:
    with source.open("rb") as file:
        while head := file.read(16):
            length = int.from_bytes(head[8:16], "big")
            yield head + file.read(length - 16)


def _to_zarr(dataset: Any, into: str, number: int, layout: str) -> None:  # noqa: ANN401
    for variable in dataset.variables.values():
        variable.encoding.clear()
        variable.attrs = {k: v for k, v in variable.attrs.items() if isinstance(v, (str, int))}
    dataset.attrs = {}
    encoding = _encoding(dataset, layout) if layout else {}
    mode = {"mode": "a", "group": f"g{number}", "zarr_format": 3, "consolidated": False}
    dataset.to_zarr(into, encoding=encoding, **mode)


def _encoding(dataset: Any, layout: str) -> dict[str, Any]:  # noqa: ANN401
    """Return inlet's chunks, shards and codecs for arrays of the same shape."""
    import zarr  # noqa: PLC0415

    found: dict[tuple[int, ...], Any] = {}
    for _, array in zarr.open_group(layout, mode="r").members(max_depth=None):
        if isinstance(array, zarr.Array) and array.ndim > 1:
            found[array.shape] = array
    encoding = {}
    for name, variable in dataset.data_vars.items():
        ours = found.get(variable.shape)
        if ours is None:
            raise LookupError(f"expected one of {sorted(found)}, came {name} {variable.shape}")
        encoding[name] = {
            "chunks": ours.chunks,
            "compressors": ours.compressors,
            "dtype": np.dtype("float32"),
        } | ({"shards": ours.shards} if ours.shards else {})
    return encoding


METHODS: dict[str, Callable[[Path, str, str], Job]] = {
    "inlet": inlet,
    "cfgrib": cfgrib,
    "earthkit": earthkit,
    "netcdf": netcdf,
    "decode": decode,
}

if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main(*sys.argv[1:])
