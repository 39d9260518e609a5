"""Practising in time: a movement compared with a reference performance, and a group with its model."""
