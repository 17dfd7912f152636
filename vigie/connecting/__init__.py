"""Connecting a workspace to platforms that ask who calls: `vigie connect`.

`catalogue.py` declares each platform (where permission is asked for, where tokens are given, how
they are renewed, which approval is needed), `protocol.py` speaks OAuth 2 through authlib,
`listening.py` waits for the browser to come back, `flow.py` is the whole way, `tokens.py` keeps
what was given in a file that nobody else can read or in the system's keyring, `renewing.py` renews
it before it lapses, `standing.py` says how things are.
"""
