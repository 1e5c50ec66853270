"""Sound images and annotations, small ones, for tests to damage; drawn, not copied."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

SIDE = 24


def encoded(image, form, **options):
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def scene(generator, *, mode="RGB", side=SIDE):
    """A picture with structure and noise, so that compression has something to do."""
    rows, columns = np.mgrid[:side, :side]
    channels = [rows * 9, columns * 9, (rows + columns) * 5]
    pixels = np.stack(channels, axis=2) + generator.integers(0, 40, (side, side, 3))
    return Image.fromarray((pixels % 256).astype(np.uint8)).convert(mode)


def exif(orientation):
    data = Image.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def sound_images(generator):
    """Name -> bytes of an image of every format and mode that is read."""
    picture = scene(generator)
    deep = generator.integers(0, 65536, (SIDE, SIDE), np.uint16)
    return {
        "baseline.jpg": encoded(picture, "JPEG"),
        "progressive.jpg": encoded(picture, "JPEG", progressive=True),
        "turned.jpg": encoded(picture, "JPEG", exif=exif(6)),
        "gray.jpg": encoded(picture.convert("L"), "JPEG"),
        "ink.jpg": encoded(picture.convert("CMYK"), "JPEG"),
        "plain.png": encoded(picture, "PNG"),
        "palette.png": encoded(picture.quantize(16), "PNG"),
        "deep.png": encoded(Image.fromarray(deep), "PNG"),
        "clear.png": encoded(picture.convert("RGBA"), "PNG"),
        "plain.webp": encoded(picture, "WEBP"),
        "plain.bmp": encoded(picture, "BMP"),
        "plain.tif": encoded(picture, "TIFF"),
        "packed.tif": encoded(picture, "TIFF", compression="tiff_lzw"),
    }


def png_claiming(width, height, *, color=6, rows=None):
    """A PNG of a few kilobytes that is a bomb: its header claims a size, its rows are zeros."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    channels = {0: 1, 2: 3, 6: 4}[color]
    packer = zlib.compressobj(9)
    row = bytes(1 + width * channels)
    there = height if rows is None else rows
    packed = b"".join(packer.compress(row) for _ in range(there)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    start = b"\x89PNG\r\n\x1a\n"
    return start + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def sound_annotation(generator):
    """Polygons as IDD and Cityscapes keep them."""
    width, height = 64, 48
    labels = ["road", "sky", "car", "person", "building", "cargroup"]
    objects = []
    for label in labels:
        points = generator.integers(-5, 70, (int(generator.integers(3, 7)), 2))
        objects.append({"label": label, "polygon": points.tolist()})
    objects[2]["deleted"] = 1
    return {"imgHeight": height, "imgWidth": width, "objects": objects}


STRANGE = (
    None, True, -1, 0, 1e308, float("nan"), float("inf"), 65535, 10**30, "", "car", "rm -rf",
    [], [[]], {}, [[1, 2], [3]], [["a", "b"], [0, 0], [1, 1]], "\ud800", "deleted", -(2**63), 0.5,
)  # fmt: skip


def mutated_annotation(annotation, generator):
    """Put something strange in one to three places."""
    for _ in range(generator.integers(1, 4)):
        holder, path = annotation, generator.integers(0, 4)
        if path > 0 and annotation.get("objects") and isinstance(annotation["objects"], list):
            holder = annotation["objects"][int(generator.integers(0, len(annotation["objects"])))]
        if path > 2 and isinstance(holder, dict) and holder.get("polygon"):
            holder = holder["polygon"]
        put_something_strange(holder, generator)
    return annotation


def put_something_strange(holder, generator):
    value = STRANGE[int(generator.integers(0, len(STRANGE)))]
    if isinstance(holder, dict) and holder:
        key = list(holder)[int(generator.integers(0, len(holder)))]
        if generator.integers(0, 4):
            holder[key] = value
        else:
            del holder[key]
    elif isinstance(holder, list) and holder:
        holder[int(generator.integers(0, len(holder)))] = value
