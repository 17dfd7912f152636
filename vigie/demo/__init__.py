"""The demo: a small simulated social world behind real platform APIs, and its truth."""
