"""Make the README's pictures from the last run, with Chromium: python .readme/make_pictures.py."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
REPORT = HERE.parent / "data" / "08_reporting"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars",
]  # fmt: skip


def screenshot(page: Path, picture: Path, *, width: int, height: int) -> None:
    """Take a picture of the top of a page with Chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        raise SystemExit("no Chromium was found: install it, then run again")
    with tempfile.TemporaryDirectory() as profile:
        size = [f"--window-size={width},{height}", f"--user-data-dir={profile}"]
        command = [browser, *FLAGS, *size, f"--screenshot={picture}", page.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)


def shrink(source: Path, picture: Path, *, width: int, height: int | None = None) -> None:
    """Save a copy of given width, cut off below ``height``, with few colours to stay small."""
    with Image.open(source) as opened:
        ratio = width / opened.width
        small = opened.convert("RGB").resize((width, round(opened.height * ratio)))
        small = small.crop((0, 0, width, min(height or small.height, small.height)))
        small.quantize(128).save(picture, optimize=True)


def main() -> None:
    """Make every picture."""
    screenshot(REPORT / "report.html", HERE / "report.png", width=1280, height=1000)
    shrink(HERE / "report.png", HERE / "report.png", width=960)
    gallery = REPORT / "figures" / "cityscapes_gallery.png"
    shrink(gallery, HERE / "scenes.png", width=960, height=390)
    shrink(REPORT / "figures" / "photo_sheet.png", HERE / "photos.png", width=960, height=292)


if __name__ == "__main__":
    main()
