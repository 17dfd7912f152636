"""How good the readers and detectors are on labelled data: the users' own, too."""
