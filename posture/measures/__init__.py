"""Named, vectorised, unit-bearing quantities computed from a `Track`."""
