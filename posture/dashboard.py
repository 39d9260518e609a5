"""Starting the dashboard: on this machine only unless told otherwise, without telemetry."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path

from posture.errors import UnusableInputError


def script() -> Path:
    """`streamlit_app.py` of the checkout, or its copy inside an installed package."""
    package = Path(str(resources.files("posture")))
    installed = package / "_streamlit_app.py"
    return installed if installed.is_file() else package.parent / "streamlit_app.py"


def command(
    port: int, address: str = "localhost", certificate: Path | None = None, key: Path | None = None
) -> list[str]:
    """How Streamlit's server is started.

    Raises
    ------
    UnusableInputError
        Only one of certificate and key was given.
    """
    if (certificate is None) != (key is None):
        raise UnusableInputError("cli.app.half_tls")
    parts = [sys.executable, "-m", "streamlit", "run", str(script())]
    parts += ["--server.address", address, "--server.port", str(port)]
    if certificate is not None and key is not None:
        parts += ["--server.sslCertFile", str(certificate), "--server.sslKeyFile", str(key)]
    # As in .streamlit/config.toml, which an installed package does not have.
    parts += ["--server.maxUploadSize", "2000", "--client.toolbarMode", "viewer"]
    parts += ["--client.showErrorDetails", "none", "--client.showErrorLinks", "false"]
    return [*parts, "--browser.gatherUsageStats", "false"]


def start(port: int, address: str = "localhost", certificate: Path | None = None, key: Path | None = None) -> int:
    """Run the Streamlit server until it is stopped; its exit code."""
    return subprocess.call(command(port, address, certificate, key))
