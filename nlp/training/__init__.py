"""Trains the weights in `nlp/models/` from labelled files: `python -m nlp.training.NAME DATA`."""
