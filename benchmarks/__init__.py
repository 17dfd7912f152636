"""Ratios in one run, never timed tests."""
