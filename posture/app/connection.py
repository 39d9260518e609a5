"""How browser and server find each other for live video: directly, unless the installation names other servers."""

from __future__ import annotations

import json
import os
from typing import Any

from posture.errors import UnusableInputError
from posture.reasons import why

ICE_VARIABLE = "POSTURE_ICE_SERVERS"


def ice_servers() -> list[dict[str, Any]]:
    """STUN and TURN servers from the environment variable POSTURE_ICE_SERVERS; none by default.

    Addresses separated by commas, or a JSON list of objects with `urls`, `username`, `credential`. On one machine or
    one local network none is needed; an unreachable one delays the start by up to 45 s per network card.

    Raises
    ------
    UnusableInputError
        It can be read as neither.
    """
    given = os.environ.get(ICE_VARIABLE, "").strip()
    if not given:
        return []
    if not given.startswith("["):
        servers: Any = [{"urls": url.strip()} for url in given.split(",") if url.strip()]
    else:
        try:
            servers = json.loads(given)
        except ValueError as error:
            raise UnusableInputError("live.errors.ice", detail=why(error)) from error
    for server in servers:
        urls = server.get("urls") if isinstance(server, dict) else None
        for url in urls if isinstance(urls, list) and urls else [urls]:
            if not isinstance(url, str) or not url.startswith(("stun:", "stuns:", "turn:", "turns:")):
                raise UnusableInputError("live.errors.ice", detail=json.dumps(server, ensure_ascii=False))
    return list(servers)
