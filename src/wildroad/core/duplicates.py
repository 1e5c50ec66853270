"""Near-duplicate photos: a perceptual hash, and the groups it forms."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

HASH_SIDE = 16
CHUNK = 512


def perceptual_hash(image: Image.Image) -> str:
    """Difference hash of 16 x 16 bits: is each cell of a small gray copy darker than its right one?

    Returns:
        64 hexadecimal digits; photos of one burst differ in few bits, see ``duplicate_groups``.
    """
    small = image.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX)
    gray = np.asarray(small, dtype=np.int16)
    return np.packbits(gray[:, 1:] > gray[:, :-1]).tobytes().hex()


def duplicate_groups(
    hashes: Sequence[str],
    *,
    max_distance: int,
    links: Sequence[Sequence[str]] = (),
    mirrored: bool = False,
) -> NDArray[np.int64]:
    """Number the groups of photos linked by near hashes or by a common name.

    Args:
        hashes: N hexadecimal hashes of one length.
        max_distance: Greatest Hamming distance of two linked photos; links chain.
        links: Lists of N names, such as of bursts or cameras; photos of one name are linked, too.
        mirrored: Whether a photo near the mirror image of another is linked to it as well.

    Returns:
        (N,) group numbers, counted from 0 in order of first appearance.

    >>> duplicate_groups(["00ff", "ffff", "01ff"], max_distance=1).tolist()
    [0, 1, 0]
    """
    bits = bytes_of(hashes)
    sides = (bits, mirror(bits)) if mirrored else (bits,)
    found = [
        near_pairs(side, bits, start, max_distance)
        for side in sides
        for start in range(0, len(bits), CHUNK)
    ]
    for names in links:
        first, number = np.unique(names, return_index=True, return_inverse=True)[1:]
        found.append((np.arange(len(bits)), first[number]))
    rows = np.concatenate([pair[0] for pair in found]) if found else np.zeros(0, np.int64)
    columns = np.concatenate([pair[1] for pair in found]) if found else np.zeros(0, np.int64)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(bits), len(bits)))
    labels = connected_components(graph, directed=False)[1]
    return first_appearance(labels)


def burst_names(photo_ids: Sequence[str], pattern: str | None) -> list[str]:
    """Name the burst of each photo: the first group of a regular expression, or the id itself.

    >>> burst_names(["fox/7_1.jpg", "fox/7_2.jpg", "fox/8.jpg"], r"(.+)_[0-9]+[.]jpg")
    ['fox/7', 'fox/7', 'fox/8.jpg']
    """
    matches = [re.fullmatch(pattern, one) if pattern else None for one in photo_ids]
    return [match[1] if match else one for match, one in zip(matches, photo_ids, strict=True)]


def nearest_pairs(
    hashes: Sequence[str], kinds: Sequence[str], *, max_distance: int, mirrored: bool = False
) -> NDArray[np.int64]:
    """Find for each photo the nearest one of another kind, where one is near.

    Args:
        hashes: N hexadecimal hashes of one length.
        kinds: N names; only photos of different names are compared.
        max_distance: Greatest Hamming distance.
        mirrored: Whether the nearer of a photo and its mirror image counts.

    Returns:
        (M, 3) rows of photo, the nearest other one (the first of equally near ones), distance.

    >>> nearest_pairs(["00", "00", "01"], ["fox", "fox", "wolf"], max_distance=1).tolist()
    [[0, 2, 1], [1, 2, 1], [2, 0, 1]]
    """
    bits = bytes_of(hashes)
    sides = (bits, mirror(bits)) if mirrored else (bits,)
    number = np.unique(kinds, return_inverse=True)[1]
    found = [np.zeros((0, 3), np.int64)]
    for start in range(0, len(bits), CHUNK):
        nearer = np.min([distances(side, bits, start) for side in sides], axis=0)
        distance = nearer.astype(np.int64)
        distance[number[start : start + CHUNK, None] == number[None, :]] = max_distance + 1
        nearest = distance.argmin(axis=1)
        rows = np.arange(len(distance))
        triples = np.stack([rows + start, nearest, distance[rows, nearest]], axis=1)
        found.append(triples[triples[:, 2] <= max_distance])
    return np.concatenate(found)


def bytes_of(hashes: Sequence[str]) -> NDArray[np.uint8]:
    """Bytes of N hexadecimal hashes of one length: (N, B)."""
    return np.array([np.frombuffer(bytes.fromhex(one), np.uint8) for one in hashes], np.uint8)


def mirror(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Hashes of the mirror images, from those of N photos: (N, 32), as bytes.

    In a mirrored photo the cells of a row come in reverse and "darker than the right one" turns
    into its opposite; exact but for neighbours of the same gray.
    """
    cells = np.unpackbits(bits, axis=1).reshape(len(bits), HASH_SIDE, HASH_SIDE)
    return np.packbits(1 - cells[:, :, ::-1], axis=2).reshape(len(bits), -1)


def near_pairs(
    some: NDArray[np.uint8], bits: NDArray[np.uint8], start: int, max_distance: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index pairs (i, j), i in the chunk from ``start``, at most ``max_distance`` bits apart."""
    rows, columns = np.nonzero(distances(some, bits, start) <= max_distance)
    return rows + start, columns


def distances(some: NDArray[np.uint8], bits: NDArray[np.uint8], start: int) -> NDArray[np.uint16]:
    """Hamming distance of each hash of ``some`` in the chunk from ``start`` to all N: (C, N)."""
    kind = np.dtype("uint64" if bits.shape[1] % 8 == 0 else "uint8")
    chunk: NDArray[np.uint64] = np.ascontiguousarray(some[start : start + CHUNK]).view(kind)
    words: NDArray[np.uint64] = bits.view(kind)
    distance = np.zeros((len(chunk), len(words)), np.uint16)
    for column in range(words.shape[1]):
        distance += np.bitwise_count(chunk[:, column, None] ^ words[None, :, column])
    return distance


def first_appearance(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber labels in the order in which they first appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[inverse]
