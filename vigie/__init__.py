"""Vigie: trend and competitor watch for social media teams."""

__version__ = "0.1.0"
