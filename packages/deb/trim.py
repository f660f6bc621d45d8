"""Takes out of an installed environment what the program never uses.

usage: trim.py FOLDER, the folder of the virtual environment

Tests, stubs, headers and scripts of the packages; OpenCV's trained cascades, and its windows'
plugins with the libraries that nothing else needs (the program opens no window of OpenCV's);
LiteRT's accelerators and tools for other chips. Files that would hold the place of the build go
too, so that the same wheels give the same bytes.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

UNUSED = (
    *("include", "share"),
    *("lib/python3.*/site-packages/" + name for name in (
        "cv2/data", "cv2/qt", "numpy/_core/include", "numpy/_core/lib", "numpy/random/lib",
        "ai_edge_litert/libLiteRtWebGpuAccelerator.so", "ai_edge_litert/tools/apply_plugin_main",
        "ai_edge_litert/vendors", "tqdm/completion.sh", "tqdm/tqdm.1",
        "**/tests", "**/*.pyi", "**/*.pxd", "**/*.h", "**/*.a",
        "*.dist-info/RECORD", "*.dist-info/INSTALLER", "*.dist-info/REQUESTED",
        "*.dist-info/direct_url.json",
    )),
)  # fmt: skip


def needed(library: Path) -> set[str]:
    """The names of the libraries that it loads at its start."""
    told = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True)
    return {
        line.partition("[")[2].rstrip("]")
        for line in told.stdout.splitlines()
        if "(NEEDED)" in line
    }


def unreached(site: Path) -> list[Path]:
    """Libraries beside a package that neither its modules nor each other load any more."""
    shared = {path.name: path for path in site.glob("*.libs/*.so*")}
    waiting = [path for path in site.rglob("*.so*") if not path.parent.name.endswith(".libs")]
    reached: set[str] = set()
    while waiting:
        for name in needed(waiting.pop()) & shared.keys() - reached:
            reached.add(name)
            waiting.append(shared[name])
    return [path for name, path in shared.items() if name not in reached]


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def main(folder: Path) -> None:
    for path in (folder / "bin").iterdir():
        if not path.name.startswith("python"):
            remove(path)
    for pattern in UNUSED:
        for path in sorted(folder.glob(pattern)):
            remove(path)
    for site in folder.glob("lib/python3.*/site-packages"):
        for path in unreached(site):
            remove(path)
        for path in site.rglob("*"):
            if path.is_file():
                path.chmod(0o644)  # some packages have modules that claim to be programs
    settings = folder / "pyvenv.cfg"
    lines = settings.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("command")]
    settings.write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
