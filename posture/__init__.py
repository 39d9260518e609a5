"""Checks the posture of service-window clerks on video against published etiquette norms."""

__version__ = "0.1.0"
