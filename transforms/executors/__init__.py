"""Who carries out the tasks of a plan: threads, processes, or the workers of a Dask cluster."""
