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
    hashes: Sequence[str], *, max_distance: int, bursts: Sequence[str] | None = None
) -> NDArray[np.int64]:
    """Number the groups of photos linked by near hashes or by a common burst.

    Args:
        hashes: N hexadecimal hashes of one length.
        max_distance: Greatest Hamming distance of two linked photos; links chain.
        bursts: N names; photos of one name are linked, too. None links none.

    Returns:
        (N,) group numbers, counted from 0 in order of first appearance.

    >>> duplicate_groups(["00ff", "ffff", "01ff"], max_distance=1).tolist()
    [0, 1, 0]
    """
    bits = np.array([np.frombuffer(bytes.fromhex(one), np.uint8) for one in hashes], np.uint8)
    links = [near_pairs(bits, start, max_distance) for start in range(0, len(bits), CHUNK)]
    if bursts is not None:
        first, number = np.unique(bursts, return_index=True, return_inverse=True)[1:]
        links.append((np.arange(len(bits)), first[number]))
    rows = np.concatenate([pair[0] for pair in links]) if links else np.zeros(0, np.int64)
    columns = np.concatenate([pair[1] for pair in links]) if links else np.zeros(0, np.int64)
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


def near_pairs(
    bits: NDArray[np.uint8], start: int, max_distance: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index pairs (i, j), i in the chunk from ``start``, at most ``max_distance`` bits apart."""
    words = bits.view(np.uint64) if bits.shape[1] % 8 == 0 else bits
    distance = np.zeros((len(words[start : start + CHUNK]), len(words)), np.uint16)
    for column in range(words.shape[1]):
        differing = words[start : start + CHUNK, column, None] ^ words[None, :, column]
        distance += np.bitwise_count(differing)
    rows, columns = np.nonzero(distance <= max_distance)
    return rows + start, columns


def first_appearance(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber labels in the order in which they first appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[inverse]
