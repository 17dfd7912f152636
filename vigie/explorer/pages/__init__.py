"""One module per page: what it asks the store and the findings, and which template shows it."""
