"""The room around the person, and where the camera stands in it. Metres, degrees."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from samples.render.camera import Camera
from samples.render.geometry import FloatArray
from samples.render.human import Human
from samples.render.lights import LIGHTS, Colour, Light
from samples.render.meshes import Box, Panel
from samples.render.postures import Pose
from samples.render.prints import drawn_face
from samples.render.rig import posed
from samples.render.spec import SceneSpec, ShelfSpec

_FRAME_COLOUR: Colour = (0.85, 0.85, 0.83)
_SHELF_COLOUR: Colour = (0.36, 0.25, 0.16)


@dataclass(frozen=True)
class Scene:
    """Everything that stands still: room, light and camera."""

    light: Light
    camera: Camera
    boxes: list[Box]
    eyes: FloatArray
    """between the eyes of the upright person"""
    desk_height: float
    floor: float
    panels: list[Panel] = field(default_factory=list)
    """flat pictures: covers of books"""


def build_scene(spec: SceneSpec, human: Human) -> Scene:
    """The scene sized for `human` sitting upright: desk, floor and camera follow the body."""
    upright = posed(human, Pose())
    eyes = (upright.eye("l") + upright.eye("r")) / 2
    offset = [spec.camera_side_m, -spec.camera_drop_m, spec.camera_distance_m]
    floor = float(human.pelvis[1]) - 0.53
    desk = float(human.pelvis[1]) + 0.19
    light = LIGHTS[spec.light]
    camera = Camera(
        eyes + np.array(offset),
        spec.camera_tilt_deg,
        spec.horizontal_view_deg,
        spec.camera_turn_deg,
        spec.camera_roll_deg,
        width_px=spec.picture_width_px,
        height_px=spec.picture_width_px * 3 // 4,
    )
    boxes = list(_furniture(spec, light, float(human.pelvis[2]), floor, desk))
    panels: list[Panel] = []
    if spec.shelf:
        shelf_z = -spec.wall_distance_m + spec.shelf.before_wall_m
        rng = np.random.default_rng([spec.seed, spec.shelf.seed])
        boxes += _bookshelf(rng, spec.shelf.x_m, floor + 0.55, shelf_z)
        panels += _covers(rng, spec.shelf, floor + 0.55, shelf_z + 0.1)
    return Scene(
        light=light,
        camera=camera,
        boxes=boxes,
        eyes=eyes,
        desk_height=desk,
        floor=floor,
        panels=panels,
    )


def _furniture(
    spec: SceneSpec, light: Light, pelvis_z: float, floor: float, desk: float
) -> Iterator[Box]:
    rng = np.random.default_rng(spec.seed)
    wall_z = -spec.wall_distance_m
    wall = spec.wall_colour
    left_wall: Colour = (0.85 * wall[0], 0.85 * wall[1], 0.85 * wall[2])
    right_wall: Colour = (0.9 * wall[0], 0.9 * wall[1], 0.9 * wall[2])
    yield Box((0, floor + 1.3, wall_z - 0.05), (8, 3.4, 0.1), wall)
    yield Box((0, floor - 0.05, 0), (8, 0.1, 8), (0.32, 0.24, 0.18))
    yield Box((-2.6, floor + 1.3, 0), (0.1, 3.4, 8), right_wall)
    yield Box((2.6, floor + 1.3, 0), (0.1, 3.4, 8), left_wall)
    yield Box((0, floor + 2.75, 0), (8, 0.1, 8), (0.8, 0.8, 0.8))

    window_x, window_y = spec.window_x_m, floor + 1.65
    glass: Colour = (0.75, 0.87, 1.0)
    yield Box((window_x, window_y, wall_z + 0.01), (0.95, 1.15, 0.04), glass, light.window_glow)
    yield Box((window_x, window_y, wall_z + 0.03), (0.04, 1.15, 0.05), _FRAME_COLOUR)
    yield Box((window_x, window_y, wall_z + 0.03), (0.95, 0.04, 0.05), _FRAME_COLOUR)

    yield from _bookshelf(rng, spec.shelf_x_m, floor + 0.75, wall_z + 0.15)

    picture_x, picture_y = spec.picture_x_m, floor + 1.75
    yield Box((picture_x, picture_y, wall_z + 0.01), (0.42, 0.55, 0.03), (0.1, 0.1, 0.1))
    red, green, blue = rng.uniform(0.2, 0.7, 3)
    yield Box((picture_x, picture_y, wall_z + 0.02), (0.36, 0.49, 0.03), (red, green, blue))

    yield Box((0, desk, pelvis_z + 0.72), (1.6, 0.03, 0.9), (0.45, 0.32, 0.2))
    if spec.chair:
        yield Box((0, desk + 0.10, pelvis_z - 0.21), (0.44, 0.52, 0.06), (0.06, 0.065, 0.07))


def _bookshelf(rng: np.random.Generator, centre_x: float, low_y: float, z: float) -> Iterator[Box]:
    for row in range(4):
        board_y = low_y + 0.33 * row
        yield Box((centre_x, board_y, z), (1.0, 0.025, 0.28), _SHELF_COLOUR)
        x = centre_x - 0.46
        while x < centre_x + 0.42:
            width, height = rng.uniform(0.02, 0.055), rng.uniform(0.17, 0.27)
            if rng.random() < 0.85:
                tone = rng.uniform(0.0, 0.5, 3) - 0.1
                red, green, blue = 0.13 + 0.5 * tone * np.array([1, 0.85, 0.75])
                yield Box(
                    (x + width / 2, board_y + 0.012 + height / 2, z),
                    (width * 0.92, height, 0.18),
                    (red, green, blue),
                )
            x += width


def _covers(rng: np.random.Generator, shelf: ShelfSpec, low_y: float, z: float) -> Iterator[Panel]:
    """Books that stand before the others, their covers to the front; on the upper boards."""
    places = rng.permutation([(row, column) for row in (1, 2, 3) for column in range(5)])
    for row, column in places[: shelf.covers]:
        height = float(rng.uniform(0.2, 0.27))
        yield Panel(
            centre=(
                shelf.x_m - 0.36 + 0.18 * float(column),
                low_y + 0.33 * float(row) + 0.012 + height / 2,
                z,
            ),
            width_m=0.75 * height,
            height_m=height,
            pixels=drawn_face(int(rng.integers(1000))),
        )
