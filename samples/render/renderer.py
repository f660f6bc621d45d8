"""Draws posed people in a scene with OpenGL over EGL; Mesa's software driver suffices."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import moderngl
import numpy as np
import numpy.typing as npt

from samples.render import shaders
from samples.render.camera import Camera
from samples.render.errors import AssetError, ToolError
from samples.render.geometry import FloatArray
from samples.render.human import Float32Array, Human, Material, Part
from samples.render.meshes import Box, Panel, joined
from samples.render.rig import PosedBody
from samples.render.scene import Scene

USER, OTHER, THING = 1.0, -1.0, 0.0
"""Marks of the pixels of a figure: the person filmed, another person, no person at all."""

_SHADOW_SIZE = 1024
_TEXTURE_SIZE = 1024
_SAMPLES = 4
_FLOATS_PER_VERTEX = 8  # position, normal, texture coordinate
_SURFACE_UNIT, _SHADOW_UNIT = 0, 1
_HELD = 0.6
"""A hand holds a thing once this share of it is at the thing's place."""


class Figure(NamedTuple):
    """A human mesh in the scene, and how its pixels are marked."""

    human: Human
    mark: float


class Picture(NamedTuple):
    """What the camera receives, before the sensor."""

    light: Float32Array
    """(height, width, 3) linear red, green, blue"""
    mark: Float32Array
    """(height, width) of each pixel, from OTHER over THING to USER"""


@dataclass(frozen=True)
class _Drawable:
    vertices: moderngl.Buffer
    picture: moderngl.VertexArray
    shadow: moderngl.VertexArray
    material: Material
    texture: moderngl.Texture | None = None
    glow: float = 0.0
    mark: float = THING


class Renderer:
    """Holds the figures and one scene on the graphics device and draws them pose by pose."""

    def __init__(
        self,
        scene: Scene,
        figures: Sequence[Figure],
        panels: Sequence[Panel] = (),
        fine: bool = True,
    ) -> None:
        # A dictionary, because the annotations of moderngl 5.13 are wrong about `backend`.
        settings: dict[str, Any] = {"standalone": True, "backend": "egl"}
        try:
            self._gl = moderngl.create_context(**settings)
        # The binding raises plain Exception, whatever part of EGL is missing.
        except Exception as error:
            raise ToolError(
                f"cannot open OpenGL over EGL ({error}): "
                "apt-get install libegl1 libgl1 libegl-mesa0 libgl1-mesa-dri"
            ) from error
        self._scene = scene
        self._size = (scene.camera.width_px, scene.camera.height_px)
        gl = self._gl
        fast = [] if fine else ["FAST"]
        self._figure_program = self._picture_program("FIGURE", *fast)
        self._room_program = self._picture_program(*fast)
        self._shadow_program: Any = gl.program(
            vertex_shader=shaders.SHADOW_VERTEX, fragment_shader=shaders.SHADOW_FRAGMENT
        )
        self._resolved = gl.framebuffer(
            [gl.renderbuffer(self._size, 4, dtype="f2")], gl.depth_renderbuffer(self._size)
        )
        self._canvas = self._resolved
        if fine:
            self._canvas = gl.framebuffer(
                [gl.renderbuffer(self._size, 4, samples=_SAMPLES, dtype="f2")],
                gl.depth_renderbuffer(self._size, samples=_SAMPLES),
            )
        self._shadow_map = gl.depth_texture((_SHADOW_SIZE, _SHADOW_SIZE))
        self._shadow_map.compare_func = "<="
        self._shadow_map.filter = (moderngl.LINEAR, moderngl.LINEAR)
        self._shadow_canvas = gl.framebuffer(depth_attachment=self._shadow_map)
        self._figures = [
            [(part, self._part(part, figure.mark)) for part in figure.human.parts]
            for figure in figures
        ]
        self._room = self._boxes(scene.boxes)
        self._panels = [self._panel(panel) for panel in panels]
        self._set_scene()

    def draw(self, bodies: Sequence[PosedBody | None], camera: Camera) -> Picture:
        """The scene with each figure in its pose; None = not in the room."""
        shown = []
        for body, parts in zip(bodies, self._figures, strict=True):
            if body is None:
                continue
            matrices = body.matrices().astype(np.float32)
            for part, drawable in parts:
                if _is_there(part, body):
                    drawable.vertices.write(_skinned(part, matrices).tobytes())
                    shown.append(drawable)
        self._gl.enable(moderngl.DEPTH_TEST)
        self._draw_shadow_map(shown)
        self._draw_picture(shown, camera)
        if self._canvas is not self._resolved:
            self._gl.copy_framebuffer(self._resolved, self._canvas)
        width, height = self._size
        raw = np.frombuffer(self._resolved.read(components=4, dtype="f2"), dtype=np.float16)
        # OpenGL's rows run upwards.
        pixels = raw.reshape(height, width, 4)[::-1].astype(np.float32)
        return Picture(light=pixels[:, :, :3], mark=pixels[:, :, 3])

    def release(self) -> None:
        """Give the graphics memory back; the renderer cannot draw any more."""
        self._gl.release()

    def _draw_shadow_map(self, figures: Sequence[_Drawable]) -> None:
        """Only people cast shadows; the room's would be hidden behind them anyway."""
        self._shadow_canvas.use()
        self._shadow_canvas.clear(depth=1.0)
        for drawable in figures:
            # Without a texture there are no holes.
            alpha_cut = drawable.material.alpha_cut if drawable.texture else 0.0
            self._shadow_program["alpha_cut"] = alpha_cut
            if drawable.texture:
                drawable.texture.use(_SURFACE_UNIT)
            drawable.shadow.render()

    def _draw_picture(self, figures: Sequence[_Drawable], camera: Camera) -> None:
        self._canvas.use()
        self._canvas.clear(0, 0, 0, 0, 1.0)
        self._shadow_map.use(_SHADOW_UNIT)
        for program in (self._figure_program, self._room_program):
            _set(program, "clip_from_world", _column_major(camera.clip_from_world))
            _set(program, "eye", tuple(camera.position))
        # People first: what they hide of the room need not be shaded.
        for drawable in figures:
            _draw(self._figure_program, drawable)
        self._room.render()
        for drawable in self._panels:
            _draw(self._figure_program, drawable)

    def _set_scene(self) -> None:
        """Uniforms that neither a pose nor a move of the camera changes."""
        scene, light = self._scene, self._scene.light
        camera = scene.camera.position
        towards_key = np.array(light.key_direction, dtype=np.float64)
        towards_key /= np.linalg.norm(towards_key)
        shadow_from_world = _column_major(_shadow_projection(scene.eyes, towards_key))

        _set(self._shadow_program, "shadow_from_world", shadow_from_world)
        _set(self._shadow_program, "surface", _SURFACE_UNIT)
        for program in (self._figure_program, self._room_program):
            _set(program, "shadow_from_world", shadow_from_world)
            _set(program, "surface", _SURFACE_UNIT)
            _set(program, "shadow_map", _SHADOW_UNIT)
            _set(program, "key_direction", tuple(towards_key))
            # The monitor and the lamp stay where they are when the camera is moved.
            _set(program, "screen_position", tuple(camera + np.array([0, -0.12, 0])))
            lamp_position = (-0.65, scene.desk_height + 0.5, camera[2] - 0.35)
            _set(program, "lamp_position", lamp_position)
            for name in ("key", "sky", "ground", "screen", "lamp"):
                _set(program, name, getattr(light, name))

    def _part(self, part: Part, mark: float) -> _Drawable:
        texture = None
        if isinstance(part.texture, Path):
            texture = self._texture(_read_texture(part.texture))
        elif part.texture is not None:
            texture = self._texture(np.ascontiguousarray(part.texture[::-1]))
            # Else the picture would be there again beside itself.
            texture.repeat_x = texture.repeat_y = False
        return self._drawable(
            len(part.positions), part.indices, part.material, texture=texture, mark=mark
        )

    def _texture(self, pixels: npt.NDArray[np.uint8]) -> moderngl.Texture:
        """From (height, width, 4) red, green, blue, alpha, bottom row first."""
        height, width = pixels.shape[:2]
        texture = self._gl.texture((width, height), 4, pixels.tobytes())
        texture.build_mipmaps()
        # More makes the software driver 20 to 50 times slower.
        texture.anisotropy = 1
        return texture

    def _boxes(self, boxes: Sequence[Box]) -> moderngl.VertexArray:
        """All of the room in one piece: a call for each of the books costs more than they do."""
        room = joined([box.mesh() for box in boxes])
        each = len(room.positions) // len(boxes)
        looks = np.repeat([[*box.colour, box.glow] for box in boxes], each, axis=0)
        columns = np.c_[room.positions, room.normals, looks].astype(np.float32)
        return self._gl.vertex_array(
            self._room_program,
            [
                (
                    self._gl.buffer(columns.tobytes()),
                    "3f 3f 3f 1f",
                    *("in_position", "in_normal", "in_tint", "in_glow"),
                )
            ],
            self._gl.buffer(room.indices.tobytes()),
        )

    def _picture_program(self, *defined: str) -> moderngl.Program:
        vertex, fragment = shaders.picture_shaders(*defined)
        return self._gl.program(vertex_shader=vertex, fragment_shader=fragment)

    def _panel(self, panel: Panel) -> _Drawable:
        positions, normals, indices = panel.mesh()
        rgba = cv2.cvtColor(panel.pixels, cv2.COLOR_RGB2RGBA)[::-1]
        texture = self._texture(np.ascontiguousarray(rgba, dtype=np.uint8))
        material = Material(shine=0.02)
        drawable = self._drawable(
            len(positions), indices, material, texture=texture, glow=panel.glow
        )
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
        drawable.vertices.write(np.c_[positions, normals, corners].astype(np.float32).tobytes())
        return drawable

    def _drawable(
        self,
        vertex_count: int,
        indices: npt.NDArray[np.int32],
        material: Material,
        texture: moderngl.Texture | None = None,
        glow: float = 0.0,
        mark: float = THING,
    ) -> _Drawable:
        vertices = self._gl.buffer(reserve=vertex_count * _FLOATS_PER_VERTEX * 4, dynamic=True)
        index_buffer = self._gl.buffer(indices.tobytes())
        return _Drawable(
            vertices=vertices,
            picture=self._gl.vertex_array(
                self._figure_program,
                [(vertices, "3f 3f 2f", "in_position", "in_normal", "in_texture_coord")],
                index_buffer,
            ),
            shadow=self._gl.vertex_array(
                self._shadow_program,
                [(vertices, "3f 12x 2f", "in_position", "in_texture_coord")],
                index_buffer,
            ),
            material=material,
            texture=texture,
            glow=glow,
            mark=mark,
        )


def _draw(program: Any, drawable: _Drawable) -> None:
    material = drawable.material
    _set(program, "tint", tuple(float(channel) for channel in material.tint))
    _set(program, "has_texture", 1.0 if drawable.texture else 0.0)
    _set(program, "alpha_cut", material.alpha_cut)
    _set(program, "skin", material.skin)
    _set(program, "shine", material.shine)
    _set(program, "person", drawable.mark)
    _set(program, "glow", float(drawable.glow))
    if drawable.texture:
        drawable.texture.use(_SURFACE_UNIT)
    drawable.picture.render()


def _set(program: Any, name: str, value: Any) -> None:
    """Set a uniform, unless this program does without it."""
    if name not in program:
        return
    if isinstance(value, bytes):
        program[name].write(value)
    else:
        program[name] = value


def _is_there(part: Part, body: PosedBody) -> bool:
    if part.hand_at is None:
        return True
    side, place = part.hand_at
    return body.pose.hand(side).get(place, 0.0) >= _HELD


def _skinned(part: Part, matrices: Float32Array) -> Float32Array:
    """(n, 8) float32: position, normal and texture coordinate of each vertex in this pose."""
    blended = (part.bone_weights @ matrices.reshape(len(matrices), 16)).reshape(-1, 4, 4)
    rotations, translations = blended[:, :3, :3], blended[:, :3, 3]
    positions = np.einsum("vij,vj->vi", rotations, part.positions) + translations
    normals = np.einsum("vij,vj->vi", rotations, part.normals)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return np.asarray(np.c_[positions, normals, part.texture_coords], dtype=np.float32)


def _shadow_projection(eyes: FloatArray, towards_key: FloatArray) -> FloatArray:
    """Orthographic view of head and shoulders as the main light sees them."""
    centre = np.array([0, eyes[1] - 0.2, eyes[2]])
    right = np.cross([0, 1, 0], towards_key)
    right /= np.linalg.norm(right)
    up = np.cross(towards_key, right)
    view = np.eye(4)
    view[:3, :3] = np.stack([right, up, towards_key])
    view[:3, 3] = -view[:3, :3] @ (centre + towards_key * 3)
    half_width_m, near_m, far_m = 0.75, 0.1, 6.0
    depth_m = 5.8
    projection = np.diag([1 / half_width_m, 1 / half_width_m, -2 / depth_m, 1])
    projection[2, 3] = -(far_m + 2 * near_m) / depth_m
    return np.asarray(projection @ view)


def _column_major(matrix: FloatArray) -> bytes:
    return bytes(matrix.T.astype(np.float32).tobytes())


def _read_texture(path: Path) -> npt.NDArray[np.uint8]:
    """(height, width, 4) red, green, blue, alpha, bottom row first."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None:
        raise AssetError(f"cannot read the picture {path}")
    if picture.ndim == 2:
        rgba = cv2.cvtColor(picture, cv2.COLOR_GRAY2RGBA)
    elif picture.shape[2] == 4:
        rgba = cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)
    else:
        rgba = cv2.cvtColor(picture, cv2.COLOR_BGR2RGBA)
    if rgba.shape[0] > _TEXTURE_SIZE:
        rgba = cv2.resize(rgba, (_TEXTURE_SIZE, _TEXTURE_SIZE), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(rgba[::-1], dtype=np.uint8)
