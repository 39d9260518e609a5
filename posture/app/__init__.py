"""The dashboard: pages over the same functions as the command line. Nothing is computed here."""
