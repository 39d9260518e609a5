"""Starting the dashboard: on this machine only, without telemetry."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path


def script() -> Path:
    """`streamlit_app.py` of the checkout, or its copy inside an installed package."""
    package = Path(str(resources.files("posture")))
    installed = package / "_streamlit_app.py"
    return installed if installed.is_file() else package.parent / "streamlit_app.py"


def start(port: int) -> int:
    """Run the Streamlit server until it is stopped; its exit code."""
    command = [sys.executable, "-m", "streamlit", "run", str(script())]
    command += ["--server.address", "localhost", "--server.port", str(port)]
    command += ["--browser.gatherUsageStats", "false"]
    return subprocess.call(command)
