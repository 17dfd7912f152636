"""Prefect flows: decorators over the plain functions of `vigie/pipeline.py`."""
