"""Movements with a beginning and an end, recognised in landmarks: gestures, bows, squats, walks, handshakes."""

from posture.moves.handshakes import find_handshakes
from posture.moves.recognise import find_moves

__all__ = ["find_handshakes", "find_moves"]
