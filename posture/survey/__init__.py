"""The store of recordings, findings and what people decided about them; statistics and batch runs build on it."""
