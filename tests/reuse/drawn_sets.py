"""Drawn data sets of any classes, tiny."""

import numpy as np
from PIL import Image

ORCHARD = [
    (0, "soil", "Soil", (120, 80, 40)),
    (3, "grass", "Grass", (60, 160, 60)),
    (7, "trunk", "Trunk", (90, 60, 30)),
    (20, "leaf", "Leaf", (20, 110, 30)),
    (21, "dry leaf", "Leaf", (160, 140, 40)),
    (200, "apple", "Äpfel", (200, 30, 40)),
    (9, "ladder", "", None),
    (255, "void", "", None),
]
"""id, label, class and colour: five classes, two ids of one of them, two ignored ids."""


def labels_csv():
    rows = [
        ",".join(map(str, (value, label, name, *(color or ("", "", "")))))
        for value, label, name, color in ORCHARD
    ]
    return "\n".join(["id,label,class_name,red,green,blue", *rows]) + "\n"


def labels_yaml():
    return [
        {"id": value, "label": label} | ({"class_name": name, "color": list(color)} if name else {})
        for value, label, name, color in ORCHARD
    ]


def draw_scene(random, height, width):
    """A photo of blocks, each in the colour of its label, and the mask: (H, W, 3) and (H, W)."""
    ids = np.array([one[0] for one in ORCHARD])
    blocks = ids[random.integers(0, len(ids), (height // 8, width // 8))].astype(np.uint8)
    mask = np.kron(blocks, np.ones((8, 8), np.uint8))
    colors = np.zeros((256, 3), np.int16)
    for value, _, _, color in ORCHARD:
        colors[value] = color or (value, value, 255 - value)
    noise = random.integers(-10, 11, (height, width, 3))
    return np.clip(colors[mask] + noise, 0, 255).astype(np.uint8), mask


def draw_scenes(folder, *, scenes=12, height=64, width=96, drives=4):
    """Photos as JPEG and masks as PNG, in folders of drives; returns the folder."""
    random = np.random.default_rng(3)
    for number in range(scenes):
        photo, mask = draw_scene(random, height, width)
        for kind, pixels, ending in (("images", photo, ".jpg"), ("masks", mask, "_mask.png")):
            path = folder / kind / f"row {number % drives}" / f"{number:03d}{ending}"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(path, quality=95)
    return folder


def draw_photos(folder, classes, *, each=12, size=48):
    """A folder a class with JPEGs of stripes in a colour of the class, half of them deeper."""
    random = np.random.default_rng(len(classes))
    for number, name in enumerate(classes):
        (folder / name / "ночь 1").mkdir(parents=True)
        color = random.integers(40, 216, 3)
        for photo in range(each):
            pixels = random.integers(0, 256, (size // 8, size // 8, 3)).repeat(8, 0).repeat(8, 1)
            pixels[:, :: 2 + number % 7] = color
            place = folder / name / "ночь 1" if photo % 2 else folder / name
            Image.fromarray(pixels.astype(np.uint8)).save(place / f"{photo}.jpg")
    return folder
