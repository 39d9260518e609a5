"""Practising before a camera: the same chain as for recordings, on the last seconds, a few times a second."""
