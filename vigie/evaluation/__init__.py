"""Measuring readers and detectors on labelled data."""
