"""Builds a person from the assets: shape, rig, dressed parts, and where the face's points are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from samples.render import props
from samples.render.assets import Assets
from samples.render.geometry import FloatArray, IntArray, vertex_normals
from samples.render.lights import Colour
from samples.render.meshes import Mesh
from samples.render.prints import Pixels, shirt_print
from samples.render.spec import HumanSpec

Float32Array = npt.NDArray[np.float32]
_M_PER_DM = 0.1
_HAIR_M = 0.022
"""How much higher a head is with hair, for what lies on it."""
_PRINT_M = 0.15
_PRINT_BELOW_NECK_M = 0.15
_PRINT_LIFT_M = 0.003


@dataclass(frozen=True)
class Material:
    """How a surface answers light."""

    tint: Colour = (1.0, 1.0, 1.0)
    skin: float = 0.0
    """1 = light wraps softly around, as on skin"""
    shine: float = 0.05
    alpha_cut: float = 0.0
    """texels less opaque than this are holes"""


@dataclass(frozen=True)
class Part:
    """A mesh ready for the graphics card: one texture coordinate for each vertex."""

    positions: Float32Array
    """(n, 3) metres, in the rest pose"""
    normals: Float32Array
    bone_weights: Float32Array
    """(n, bones), rows sum to 1"""
    texture_coords: Float32Array
    indices: npt.NDArray[np.int32]
    texture: Path | Pixels | None
    material: Material
    kind: str
    """body, eyes, eyebrows, clothes, hair, print, headphones, glasses, prop"""
    hand_at: tuple[str, str] | None = None
    """side and place: the part is there only while that hand is"""


@dataclass(frozen=True)
class Skeleton:
    """The rig at rest (arms out, legs straight), in metres."""

    names: Sequence[str]
    """in the order of the columns of the weights"""
    parents: dict[str, str | None]
    heads: dict[str, FloatArray]
    """where each bone begins"""
    parents_first: Sequence[str]


@dataclass(frozen=True)
class Human:
    """A dressed person in the rest pose."""

    skeleton: Skeleton
    body_positions: FloatArray
    """(n, 3) metres"""
    body_weights: Float32Array
    parts: Sequence[Part]
    eyes: dict[str, FloatArray]
    """centres of the eyeballs by side, l and r"""
    surface_points: dict[str, IntArray]
    """body vertices whose mean is the nose, the chin, an ear"""

    @property
    def pelvis(self) -> FloatArray:
        """Where the pelvis is at rest."""
        return self.skeleton.heads["pelvis"]


def build_human(spec: HumanSpec, assets: Assets) -> Human:
    """The person described by `spec`."""
    return _Builder(spec, assets).build()


@dataclass
class _Builder:
    spec: HumanSpec
    assets: Assets
    body_dm: FloatArray = field(init=False)
    """unscaled, as the fit of the clothes needs it"""
    body: FloatArray = field(init=False)
    """metres, scaled to the person's height"""
    weights: Float32Array = field(init=False)
    covered: npt.NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        self.mesh = self.assets.base_mesh()
        self.groups = self.assets.vertex_groups()
        self.body_dm = self._shape()
        self.body = self.body_dm * _M_PER_DM * self.spec.height_scale
        self.skeleton = self._skeleton()
        self.weights = self._weights()
        self.covered = np.zeros(len(self.body), dtype=np.bool_)

    def build(self) -> Human:
        dressed = self._dressed_parts()
        eyes = {side: self._group_centre(f"joint-{side}-eye") for side in ("l", "r")}
        surface_points = self._surface_points(eyes["l"])
        face = {name: self.body[vertices].mean(0) for name, vertices in surface_points.items()}
        return Human(
            skeleton=self.skeleton,
            body_positions=self.body,
            body_weights=self.weights,
            # The body comes after the clothes, which say what of it stays visible.
            parts=[self._body_part(), *dressed, *self._things(eyes, face)],
            eyes=eyes,
            surface_points=surface_points,
        )

    def _shape(self) -> FloatArray:
        spec = self.spec
        strengths = {f"macrodetails/{spec.race}-{spec.sex}-{spec.age}": 1.0}
        build = f"macrodetails/universal-{spec.sex}-{spec.age}-averagemuscle"
        strengths[f"{build}-averageweight"] = 1 - abs(spec.weight)
        if spec.weight:
            extreme = "maxweight" if spec.weight > 0 else "minweight"
            strengths[f"{build}-{extreme}"] = abs(spec.weight)
        positions = self.mesh.positions_dm.copy()
        for name, strength in [*strengths.items(), *spec.targets.items()]:
            vertices, offsets = self.assets.morph_target(name)
            positions[vertices] += strength * offsets
        return positions

    def _group_centre(self, group: str) -> FloatArray:
        return np.asarray(self.body[self.groups[group]].mean(0))

    def _skeleton(self) -> Skeleton:
        rig = self.assets.rig()
        names = list(rig)
        parents: dict[str, str | None] = {name: rig[name]["parent"] or None for name in names}

        def head(name: str) -> FloatArray:
            place = rig[name]["head"]
            if place["strategy"] == "CUBE":
                return self._group_centre(place["cube_name"])
            if place["strategy"] == "MEAN":
                return np.asarray(self.body[place["vertex_indices"]].mean(0))
            return np.asarray(self.body[place["vertex_index"]])

        def branch(name: str) -> list[str]:
            children = [child for child in names if parents[child] == name]
            return [name, *(bone for child in children for bone in branch(child))]

        roots = [name for name in names if parents[name] is None]
        return Skeleton(
            names=names,
            parents=parents,
            heads={name: head(name) for name in names},
            parents_first=[bone for root in roots for bone in branch(root)],
        )

    def _weights(self) -> Float32Array:
        weights = np.zeros((len(self.body), len(self.skeleton.names)), dtype=np.float32)
        columns = {name: column for column, name in enumerate(self.skeleton.names)}
        for bone, entries in self.assets.rig_weights().items():
            for vertex, weight in entries:
                weights[vertex, columns[bone]] = weight
        weights /= np.maximum(weights.sum(1, keepdims=True), 1e-6)
        return weights

    def _dressed_parts(self) -> list[Part]:
        spec, assets = self.spec, self.assets
        parts = [
            self._fitted(
                "eyes",
                "high-poly",
                assets.eye_texture(spec.eyes),
                Material(shine=0.5, alpha_cut=0.3),
            ),
            self._fitted(
                "eyebrows",
                spec.eyebrows,
                assets.texture("eyebrows", spec.eyebrows),
                Material(alpha_cut=0.35),
            ),
        ]
        for name in spec.clothes:
            material = Material(tint=spec.clothes_tint, alpha_cut=0.5)
            parts.append(self._fitted("clothes", name, assets.texture("clothes", name), material))
        if spec.shirt_print is not None:
            parts += [self._print_on(part) for part in parts if part.kind == "clothes"]
        if spec.hair:
            material = Material(tint=spec.hair_tint, shine=0.15, alpha_cut=0.4)
            texture = assets.texture("hair", spec.hair)
            parts.append(self._fitted("hair", spec.hair, texture, material))
        return parts

    def _fitted(self, kind: str, name: str, texture: Path, material: Material) -> Part:
        mesh = self.assets.fitted_mesh(kind, name, self.body_dm)
        shares = mesh.shares[:, :, None]
        carried = (self.body[mesh.body_vertices] * shares).sum(1)
        positions = carried + mesh.offsets_dm * _M_PER_DM * self.spec.height_scale
        # Shares may be negative (a vertex outside its triangle); bone weights may not.
        weights = np.clip((self.weights[mesh.body_vertices] * shares).sum(1), 0, None)
        weights /= weights.sum(1, keepdims=True)
        if kind == "clothes":
            self.covered[mesh.covered_body_vertices] = True
        return _part(
            positions, weights, mesh.triangles, mesh.texture_coords, texture, material, kind
        )

    def _things(self, eyes: dict[str, FloatArray], face: dict[str, FloatArray]) -> list[Part]:
        """What is fixed to the head: glasses always, cup and phone while a hand holds them."""
        ears = {"l": face["left_ear"], "r": face["right_ear"]}
        cup = props.cup_at_mouth(face["nose"], face["chin"])
        things = []
        for side, sign in (("l", 1), ("r", -1)):
            phone = props.phone_at_ear(ears[side], sign)
            things.append(self._on_head(cup, props.CUP_COLOUR, "prop", (side, "mouth")))
            things.append(self._on_head(phone, props.PHONE_COLOUR, "prop", (side, "ear")))
        if self.spec.glasses:
            rim_m, colour = props.RIMS[self.spec.glasses]
            mesh = props.glasses(eyes, ears, rim_m)
            things.append(self._on_head(mesh, colour, "glasses", None))
        if self.spec.headphones:
            mesh = props.headphones(ears, self._hair_top_m())
            colour = props.HEADPHONES[self.spec.headphones]
            things.append(self._on_head(mesh, colour, "headphones", None))
        return things

    def _hair_top_m(self) -> float:
        head = self.weights[:, list(self.skeleton.names).index("head")] > 0.9
        on_head = np.intersect1d(np.flatnonzero(head), self.mesh.triangles[:, :, 0])
        bald_m = float(self.body[on_head, 1].max())
        return bald_m + (_HAIR_M if self.spec.hair else 0.0)

    def _print_on(self, clothes: Part) -> Part:
        """A picture on the chest: a copy of the cloth there, a little in front of it."""
        neck = self.skeleton.heads["neck_01"]
        centre = np.array([0.0, neck[1] - _PRINT_BELOW_NECK_M])
        across = (clothes.positions[:, :2] - centre) / _PRINT_M + 0.5
        in_front = clothes.positions[:, 2] > neck[2]
        near = (np.abs(across - 0.5) < 0.75).all(1) & in_front & (clothes.normals[:, 2] > 0.1)
        triangles = clothes.indices.reshape(-1, 3)
        return replace(
            clothes,
            positions=(clothes.positions + _PRINT_LIFT_M * clothes.normals).astype(np.float32),
            texture_coords=across.astype(np.float32),
            indices=triangles[near[triangles].all(1)].reshape(-1),
            texture=shirt_print(self.spec.shirt_print or 0),
            material=Material(alpha_cut=0.5),
            kind="print",
        )

    def _on_head(
        self, mesh: Mesh, colour: Colour, kind: str, hand_at: tuple[str, str] | None
    ) -> Part:
        weights = np.zeros((len(mesh.positions), len(self.skeleton.names)), dtype=np.float32)
        weights[:, list(self.skeleton.names).index("head")] = 1
        return Part(
            positions=mesh.positions.astype(np.float32),
            normals=mesh.normals.astype(np.float32),
            bone_weights=weights,
            texture_coords=np.zeros((len(mesh.positions), 2), dtype=np.float32),
            indices=mesh.indices,
            texture=None,
            material=Material(tint=colour, shine=0.25),
            kind=kind,
            hand_at=hand_at,
        )

    def _body_part(self) -> Part:
        triangles = self.mesh.triangles
        visible = ~self.covered[triangles[:, :, 0]].all(1)
        return _part(
            self.body,
            self.weights,
            triangles[visible],
            self.mesh.texture_coords,
            self.assets.skin(self.spec.skin),
            Material(tint=self.spec.skin_tint, skin=1.0, shine=0.12),
            "body",
            normals=vertex_normals(self.body, triangles[:, :, 0]),
        )

    def _surface_points(self, left_eye: FloatArray) -> dict[str, IntArray]:
        body_vertices = np.unique(self.mesh.triangles[:, :, 0])
        head_column = list(self.skeleton.names).index("head")
        on_head = body_vertices[self.weights[body_vertices, head_column] > 0.9]
        x, y, z = self.body.T
        midline = on_head[np.abs(x[on_head]) < 0.004]
        eye_height = left_eye[1]

        around_nose = midline[(y[midline] > eye_height - 0.07) & (y[midline] < eye_height)]
        nose = around_nose[[np.argmax(z[around_nose])]]
        around_chin = midline[(y[midline] < eye_height - 0.08) & (z[midline] > left_eye[2] - 0.04)]
        chin = around_chin[[np.argmin(y[around_chin])]] if len(around_chin) else nose
        return {
            "nose": nose,
            "chin": chin,
            "left_ear": self._ear_canal("l", body_vertices),
            "right_ear": self._ear_canal("r", body_vertices),
        }

    def _ear_canal(self, side: str, body_vertices: IntArray) -> IntArray:
        """The six vertices nearest to where the ear joins the cheek, just above its middle."""
        ear, _ = self.assets.morph_target(f"ears/{side}-ear-scale-incr")
        ear = ear[np.isin(ear, body_vertices)]
        low, high = self.body[ear].min(0), self.body[ear].max(0)
        centre, size = (low + high) / 2, high - low
        canal = np.array([centre[0], centre[1] + 0.16 * size[1], high[2] - 0.25 * size[2]])
        distances = np.linalg.norm(self.body[ear] - canal, axis=1)
        return np.asarray(ear[np.argsort(distances)[:6]])


def _part(
    positions: FloatArray,
    weights: npt.NDArray[np.floating],
    triangles: IntArray,
    texture_coords: FloatArray,
    texture: Path,
    material: Material,
    kind: str,
    normals: FloatArray | None = None,
) -> Part:
    """Split vertices that have several texture coordinates, as the graphics card needs it."""
    if normals is None:
        normals = vertex_normals(positions, triangles[:, :, 0])
    pairs, indices = np.unique(triangles.reshape(-1, 2), axis=0, return_inverse=True)
    vertices, coords = pairs.T
    return Part(
        positions=positions[vertices].astype(np.float32),
        normals=normals[vertices].astype(np.float32),
        bone_weights=weights[vertices].astype(np.float32),
        texture_coords=texture_coords[coords].astype(np.float32),
        indices=indices.reshape(-1).astype(np.int32),
        texture=texture,
        material=material,
        kind=kind,
    )
