"""The platforms of the simulated world, each with its API's real shapes, as of a clock's time."""
