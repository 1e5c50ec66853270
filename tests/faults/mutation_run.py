"""Feeds mutated files to the readers: python mutation_run.py KIND COUNT SEED FOLDER.

KIND is images, largest, polygons or parameters. Prints one JSON object: how many files were
accepted and refused, errors that are no refusal, the most CPU seconds one file took and the memory
that was added. A file that takes more than five CPU seconds ends the program with SIGPROF, wherever
it is; one that takes more than a GiB of memory gets a MemoryError.
"""

import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

MOST_SECONDS, MOST_BYTES = 5, 2**30


def mutated(content, generator):
    """A copy with one to four random changes."""
    changed = bytearray(content)
    for _ in range(generator.integers(1, 5)):
        place = int(generator.integers(0, len(changed) + 1))
        length = int(generator.integers(1, 9))
        kind = generator.integers(0, 6)
        if kind == 0:
            changed[place : place + length] = generator.bytes(length)
        elif kind == 1:
            del changed[place : place + length]
        elif kind == 2:
            changed[place:place] = generator.bytes(length)
        elif kind == 3:
            changed[place : place + length] = bytes([0xFF, 0x00, 0x7F, 0x80][length % 4 :]) * 2
        elif kind == 4:
            changed[place:place] = changed[max(0, place - 8 * length) : place]
        elif place > len(content) // 4:
            del changed[place:]
    return bytes(changed)


def limit_memory():
    """Allow a GiB above what the program holds now; a MemoryError comes beyond."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + MOST_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(files, read, seconds=MOST_SECONDS):
    """Read each file; ``read`` gives a word for what became of it."""
    seen, faults, slowest, before = Counter(), [], 0.0, peak_memory()
    limit_memory()
    for number, file in enumerate(files):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        start = time.process_time()
        try:
            seen[read(file)] += 1
        except Exception as error:
            faults.append(f"{number}: {type(error).__name__}: {error}"[:300])
        slowest = max(slowest, time.process_time() - start)
        signal.setitimer(signal.ITIMER_PROF, 0)
    return {"seen": seen, "faults": faults, "slowest": slowest, "added": peak_memory() - before}


def images(count, generator, folder):
    from pictures import sound_images

    from wildroad.core.images import describe_photo, read_photo, read_pixels
    from wildroad.core.masks import SceneFileError, image_size

    sound = list(sound_images(generator).values())

    def files():
        for number in range(count):
            (folder / "photo").write_bytes(mutated(sound[number % len(sound)], generator))
            yield folder / "photo"

    def read(path):
        row = describe_photo(folder, path.name)
        try:
            image_size(path)
        except SceneFileError as error:
            if not error.reason:
                raise ValueError("refused as a scene without a reason") from error
        if "reason" in row:
            return "refused" if row["reason"] else "refused without a reason"
        content = path.read_bytes()
        same = np.array_equal(read_pixels(content), np.asarray(read_photo(content)))
        return "accepted" if same else "accepted and other pixels than Pillow's"

    return measure(files(), read)


def largest(count, generator, folder):
    from pictures import encoded, exif, png_claiming
    from PIL import Image

    from wildroad.core.images import describe_photo

    contents = [
        lambda: png_claiming(8000, 8000, color=6),
        lambda: encoded(Image.new("I;16", (8000, 8000), 4000), "PNG"),
        lambda: encoded(Image.new("RGB", (8000, 8000), "red"), "JPEG", exif=exif(6)),
        lambda: encoded(Image.new("CMYK", (8000, 8000), "red"), "JPEG", exif=exif(6)),
    ]
    names = [f"{number}.png" for number in range(count)]
    for name, content in zip(names, contents, strict=True):
        (folder / name).write_bytes(content())

    def read(name):
        return describe_photo(folder, name).get("reason", "accepted")

    return measure_apart(names, read)


def measure_apart(files, read):
    """Measure each file in a process of its own, whose memory starts anew; the worst of all."""
    seen, faults, slowest, added = Counter(), [], 0.0, 0
    for file in files:
        reading, writing = os.pipe()
        if not (child := os.fork()):
            os.write(writing, json.dumps(measure([file], read, seconds=60)).encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            one = json.load(pipe)
        os.waitpid(child, 0)
        seen.update(one["seen"])
        faults += one["faults"]
        slowest, added = max(slowest, one["slowest"]), max(added, one["added"])
    return {"seen": seen, "faults": faults, "slowest": slowest, "added": added}


def polygons(count, generator, folder):
    from pictures import mutated_annotation, sound_annotation

    from wildroad.core.labels import label_space
    from wildroad.core.masks import SceneFileError
    from wildroad.core.polygons import draw_polygons, read_polygons

    spaces = [label_space("idd_id"), label_space("cityscapes_id")]

    def files():
        for number in range(count):
            if number % 2:
                text = json.dumps(mutated_annotation(sound_annotation(generator), generator))
                content = text.encode()
            else:
                content = mutated(json.dumps(sound_annotation(generator)).encode(), generator)
            (folder / "polygons.json").write_bytes(content)
            yield folder / "polygons.json", spaces[number // 2 % 2]

    def read(file):
        path, space = file
        try:
            annotation = read_polygons(path, space=space)
        except SceneFileError as error:
            return "refused" if error.reason else "refused without a reason"
        mask = draw_polygons(annotation, space=space)
        if mask.shape != (annotation["imgHeight"], annotation["imgWidth"]):
            return "accepted and of another size"
        known = set(np.unique(mask).tolist()) <= space.known_ids()
        return "accepted" if known else "accepted and of unknown ids"

    return measure(files(), read)


def parameters(count, generator, folder):
    from settings_made_up import blocks_of_the_project, read_settings, typed_parameters, with_change

    blocks, models = blocks_of_the_project(), typed_parameters()

    def files():
        for number in range(count):
            if number % 4:
                text = json.dumps(with_change(blocks, generator)).encode()
            else:
                text = mutated(json.dumps(blocks, indent=1).encode(), generator)
            (folder / "parameters.yml").write_bytes(text)
            yield folder

    return measure(files(), lambda path: read_settings(path, models))


def main(kind, count, seed, folder):
    sys.path.insert(0, str(Path(__file__).parent))
    generator = np.random.default_rng(seed)
    run = {"images": images, "largest": largest, "polygons": polygons, "parameters": parameters}[
        kind
    ]
    print(json.dumps(run(count, generator, folder)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
