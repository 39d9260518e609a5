"""Analyses that the dashboard keeps: each in a folder of its own under an id that nobody can guess."""
