"""Parameter sweeps: a grid of runs on many processes, kept on disk so that a sweep can be stopped and gone on with.

``grid`` reads the experiment file, ``tasks`` makes tasks of it, ``cluster`` and ``coordinator`` have them run, ``store``
keeps their records, ``parquet`` makes tables of these, ``summary`` and ``page`` tell what they say. Only these modules
need the packages of ``limulator[dask]``.
"""
