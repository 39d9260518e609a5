"""The service flow: which sub-steps a client met with at the counter, in order, late, missing, or not to be told."""
