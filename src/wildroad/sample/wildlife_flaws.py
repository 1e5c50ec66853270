"""What real folders of photos hold, too: files that are no photos, and labels that are wrong.

The audit of the data is to find each of them.
"""

from pathlib import Path

import numpy as np
from PIL import Image

NOTES = "bring new batteries for camera 4"
DARKEST = 0.2
"""Share of the light that reaches the sensor of the dark photo."""


def add_flaws(folder: Path) -> None:
    """Adds five files to a drawn sample, each with one flaw.

    A photo cut short, an empty file, a text named like a photo, a photo that also lies in the
    folder of another class, and a photo far too dark.

    Args:
        folder: What ``draw_wildlife`` filled.
    """
    first = {path.name: min(path.glob("*.jpg")) for path in sorted(folder.iterdir())}
    content = first["birds"].read_bytes()
    (folder / "birds" / "birds_cut_short.jpg").write_bytes(content[: len(content) // 2])
    (folder / "people" / "people_empty.jpg").write_bytes(b"")
    (folder / "dog" / "dog_notes.jpg").write_text(NOTES, encoding="utf-8")
    wrong = folder / "brown_bear" / "brown_bear_from_a_friend.jpg"
    wrong.write_bytes(first["wild_boar"].read_bytes())
    with Image.open(first["roe_deer"]) as photo:
        dark = (np.asarray(photo) * DARKEST).astype(np.uint8)
    Image.fromarray(dark).save(folder / "roe_deer" / "roe_deer_too_dark.jpg", quality=95)
