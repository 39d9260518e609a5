"""Movements with a beginning and an end, recognised in one person's landmarks: gestures, hand-overs, bows, walks."""

from posture.moves.recognise import find_moves

__all__ = ["find_moves"]
