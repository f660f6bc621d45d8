"""Writes the bill of materials that the wheel carries: CycloneDX 1.6, with licences and hashes.

It names what the wheel itself contains of others (model files, the chart library), and the
packages it was built and tested with, as they are locked in ``requirements/run.txt``. Users may
get newer ones within the ranges of the metadata. The same sources give the same bytes.

    python scripts/sbom.py > posture-monitor.cdx.json
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
NAME = "posture-monitor"
_ENTRY = re.compile(r"([a-z0-9-]+)==(\S+)(?: ; (.*?))? \\?$")
_HASH = re.compile(r"\s+--hash=sha256:([0-9a-f]{64})")
_UPLOT = "posture_monitor/dashboard/static/vendor/uplot/uPlot.iife.min.js"
_UPLOT_VERSION = re.compile(r"uPlot (\d+\.\d+\.\d+), unchanged")


def bill(root: Path = ROOT) -> dict[str, Any]:
    """The document, from the files of a checkout or of a source distribution."""
    components = [*_models(root), _chart_library(root), *_packages(root)]
    version = _version(root)
    content = json.dumps([version, components], sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": NAME,
                "name": NAME,
                "version": version,
                "purl": f"pkg:pypi/{NAME}@{version}",
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": components,
        "dependencies": [{"ref": NAME, "dependsOn": [each["bom-ref"] for each in components]}],
    }


def written(root: Path = ROOT) -> str:
    """The document as the text of its file."""
    return json.dumps(bill(root), indent=1) + "\n"


def _version(root: Path) -> str:
    text = (root / "posture_monitor" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


def _models(root: Path) -> list[dict[str, Any]]:
    """The model files, out of Google's own wheel."""
    spec = importlib.util.spec_from_file_location(
        "fetch_models", root / "scripts" / "fetch_models.py"
    )
    assert spec is not None
    assert spec.loader is not None
    fetch_models = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = fetch_models  # dataclasses look their module up
    spec.loader.exec_module(fetch_models)
    package, version = fetch_models.REQUIREMENT.split("==")
    return [
        {
            "type": "machine-learning-model",
            "bom-ref": member.name,
            "name": member.name,
            "version": version,
            "description": f"from the wheel of {package} {version}",
            "licenses": [{"expression": "Apache-2.0"}],
            "hashes": [{"alg": "SHA-256", "content": member.sha256}],
        }
        for member in fetch_models.MEMBERS
    ]


def _chart_library(root: Path) -> dict[str, Any]:
    file = root / _UPLOT
    found = _UPLOT_VERSION.match(file.with_name("README.md").read_text(encoding="utf-8"))
    assert found is not None
    return {
        "type": "library",
        "bom-ref": "uplot",
        "name": "uplot",
        "version": found[1],
        "purl": f"pkg:npm/uplot@{found[1]}",
        "licenses": [{"expression": "MIT"}],
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}],
    }


def _packages(root: Path) -> list[dict[str, Any]]:
    """The locked packages; the hashes are those of their distributions."""
    folder = root / "requirements"
    licences = tomllib.loads((folder / "licences.toml").read_text(encoding="utf-8"))
    components: list[dict[str, Any]] = []
    for line in (folder / "run.txt").read_text(encoding="utf-8").splitlines():
        if entry := _ENTRY.match(line):
            name, version, marker = entry.groups()
            purl = f"pkg:pypi/{name}@{quote(version)}"
            component = {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": version,
                "purl": purl,
                "licenses": [{"expression": licences[name]}],
                "externalReferences": [
                    {"type": "distribution", "url": purl, "hashes": []},
                ],
            }
            if marker:
                component["properties"] = [{"name": f"{NAME}:marker", "value": marker}]
            components.append(component)
        elif found := _HASH.match(line):
            (distributions,) = components[-1]["externalReferences"]
            distributions["hashes"].append({"alg": "SHA-256", "content": found[1]})
    return components


if __name__ == "__main__":
    sys.stdout.write(written())
