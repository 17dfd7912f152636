"""The web application: pages that render findings and live counts, and compute nothing."""
