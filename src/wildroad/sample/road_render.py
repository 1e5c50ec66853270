"""Renders one scene description into a photo and into an annotation that agrees with it.

Legend: H, W size of the image; M materials.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from wildroad.sample.road_scene import Camera, Material, Outline, Scene, Thing
from wildroad.sample.road_textures import blotches, clouds, ground_texture, row_distances

SUPERSAMPLING = 2
Floats = NDArray[np.float32]

# Per material: strength of the ground's texture, of fine grain, of soft blotches and of clouds; 1
# where haze has to be laid on by row, because one polygon reaches from here to the horizon.
_SURFACES = {
    Material.PLAIN: (0.0, 0.012, 0.0, 0.0, 0.0),
    Material.SKY: (0.0, 0.0, 0.0, 0.035, 0.0),
    Material.LEAVES: (0.0, 0.08, 0.09, 0.0, 0.0),
    Material.PLASTER: (0.0, 0.025, 0.025, 0.0, 0.0),
    Material.ASPHALT: (0.05, 0.02, 0.012, 0.0, 1.0),
    Material.SLABS: (0.05, 0.015, 0.01, 0.0, 1.0),
    Material.DUST: (0.11, 0.03, 0.03, 0.0, 1.0),
    Material.GRASS: (0.15, 0.10, 0.03, 0.0, 1.0),
}


def render_photo(scene: Scene) -> NDArray[np.uint8]:
    """Return the photo, uint8 H x W x 3: things painted in order, then texture, haze and grain."""
    camera = scene.view.camera
    canvas = Image.new("RGB", (camera.width * SUPERSAMPLING, camera.height * SUPERSAMPLING))
    for thing in scene.things:
        if not thing.deleted:
            _paint(canvas, thing)
    photo = np.asarray(canvas.reduce(SUPERSAMPLING), dtype=np.float32)
    return _develop(_textured(photo, scene), scene)


def labelled_polygons(scene: Scene) -> Iterator[tuple[Thing, list[tuple[int, int]]]]:
    """Yield each annotated thing that is in the frame with its polygon in whole pixels."""
    camera = scene.view.camera
    for thing in scene.things:
        polygon = _whole_pixels(thing.outline, camera) if thing.label else []
        if len(polygon) > 2:
            yield thing, polygon


def _paint(canvas: Image.Image, thing: Thing) -> None:
    """Paint a thing's patches onto the canvas; of an annotated one nothing beyond its outline."""
    if thing.label is None or all(patch.outline == thing.outline for patch in thing.patches):
        _draw(canvas, thing, 0, 0)
        return
    left, top, right, bottom = box = _bounds(thing.outline, canvas.size)
    if right <= left or bottom <= top:
        return
    layer, mask = canvas.crop(box), Image.new("L", (right - left, bottom - top))
    _draw(layer, thing, left, top)
    ImageDraw.Draw(mask).polygon(_moved(thing.outline, left, top), fill=255)
    canvas.paste(layer, box, mask)


def _draw(image: Image.Image, thing: Thing, left: int, top: int) -> None:
    pen = ImageDraw.Draw(image, "RGBA")
    for patch in thing.patches:
        pen.polygon(_moved(patch.outline, left, top), fill=patch.ink)


def _moved(outline: Outline, left: float, top: float) -> list[tuple[float, float]]:
    # A pixel at output size is two by two here: its middle lies half a fine pixel further on.
    half = (SUPERSAMPLING - 1) / 2
    left, top = left - half, top - half
    return [(x * SUPERSAMPLING - left, y * SUPERSAMPLING - top) for x, y in outline]


def _bounds(outline: Outline, size: tuple[int, int]) -> tuple[int, int, int, int]:
    columns, rows = zip(*_moved(outline, 0, 0), strict=True)
    left, right = max(0, int(min(columns)) - 1), min(size[0], int(max(columns)) + 2)
    top, bottom = max(0, int(min(rows)) - 1), min(size[1], int(max(rows)) + 2)
    return left, top, right, bottom


def _whole_pixels(outline: Outline, camera: Camera) -> list[tuple[int, int]]:
    """Return the outline inside the frame, rounded, without repeated points."""
    points = list(outline)
    for axis, last in ((0, camera.width - 1), (1, camera.height - 1)):
        points = _cut(_cut(points, axis, 0.0, 1.0), axis, float(last), -1.0)
    rounded = [(round(x), round(y)) for x, y in points]
    return [point for k, point in enumerate(rounded) if point != rounded[k - 1]]


def _cut(
    points: list[tuple[float, float]], axis: int, edge: float, sign: float
) -> list[tuple[float, float]]:
    """Return the polygon on one side of an edge of the frame (Sutherland and Hodgman, 1974)."""
    kept: list[tuple[float, float]] = []
    for k, end in enumerate(points):
        start = points[k - 1]
        before, after = sign * (start[axis] - edge), sign * (end[axis] - edge)
        if (before < 0) != (after < 0):
            share = before / (before - after)
            (a, b), (c, d) = start, end
            kept.append((a + (c - a) * share, b + (d - b) * share))
        if after >= 0:
            kept.append(end)
    return kept


def _materials(things: Iterable[Thing], camera: Camera) -> NDArray[np.uint8]:
    image = Image.new("L", (camera.width, camera.height))
    pen = ImageDraw.Draw(image)
    for thing in things:
        if thing.material is not None and not thing.deleted:
            pen.polygon(list(thing.outline), fill=int(thing.material))
    return np.asarray(image)


def _textured(photo: Floats, scene: Scene) -> Floats:
    """Return the photo with each material's texture, and with haze over the ground."""
    camera, light = scene.view.camera, scene.view.light
    surfaces = np.array([_SURFACES[material] for material in Material], dtype=np.float32)
    materials = _materials(scene.things, camera)
    ground, grain, soft, cloudy, hazy = (strengths[materials] for strengths in surfaces.T.copy())
    random = np.random.default_rng(scene.seed)
    texture = ground * ground_texture(camera, scene.drive_seed, travelled=scene.travelled)
    texture += grain * random.standard_normal(photo.shape[:2], dtype=np.float32)
    texture += soft * blotches(random, photo.shape[:2], cell=max(camera.width // 64, 2))
    texture += cloudy * clouds(random, photo.shape[:2])
    photo = photo * (1 + texture)[..., None]
    veil = hazy * (1 - np.exp(-row_distances(camera) / light.visibility))[:, None]
    hazed: Floats = photo + veil[..., None] * (np.array(light.haze, dtype=np.float32) - photo)
    return hazed


def _develop(photo: Floats, scene: Scene) -> NDArray[np.uint8]:
    """Return the photo with the lens's dark corners and the sensor's grain, as bytes."""
    random = np.random.default_rng((*scene.seed, 1))
    grain = np.float32(2.0) * random.standard_normal(photo.shape[:2], dtype=np.float32)
    developed = photo * _vignette(scene.view.camera)[..., None] + grain[..., None]
    return np.clip(developed + 0.5, 0, 255).astype(np.uint8)


def _vignette(camera: Camera) -> Floats:
    rows = np.linspace(-1, 1, camera.height, dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, camera.width, dtype=np.float32)
    return np.float32(1) - np.float32(0.07) * (rows**2 + columns**2)
