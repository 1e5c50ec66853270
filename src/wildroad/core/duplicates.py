"""Near-duplicate photos: a perceptual hash, and the groups it forms.

All pairs are compared, in compiled loops that hold none of them: seconds for 50,000 photos.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from wildroad.core.compiled import compiled

HASH_SIDE = 16
HASH_BYTES = HASH_SIDE * HASH_SIDE // 8

Words = NDArray[np.uint64]


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
    bits, roots = bytes_of(hashes), np.arange(len(hashes))
    for side in (bits, mirror(bits)) if mirrored else (bits,):
        join_near(words_of(side), words_of(bits), max_distance, roots)
    for names in links:
        first, number = np.unique(names, return_index=True, return_inverse=True)[1:]
        join_pairs(first[number], roots)
    return first_appearance(np.array([root_of(one, roots) for one in range(len(roots))], np.int64))


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
    number = np.unique(kinds, return_inverse=True)[1] if len(kinds) else np.zeros(0, np.int64)
    nearest = np.full(len(bits), -1)
    least = np.full(len(bits), max_distance + 1)
    for side in sides:
        find_nearest(
            words_of(side), words_of(bits), number.astype(np.int64), max_distance, nearest, least
        )
    rows = np.flatnonzero(nearest >= 0)
    return np.stack([rows, nearest[rows], least[rows]], axis=1)


def bytes_of(hashes: Sequence[str]) -> NDArray[np.uint8]:
    """Bytes of N hexadecimal hashes of one length: (N, B)."""
    together = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8)
    return together.reshape(len(hashes), len(hashes[0]) // 2 if len(hashes) else HASH_BYTES)


def mirror(bits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Hashes of the mirror images, from those of N photos: (N, 32), as bytes.

    In a mirrored photo the cells of a row come in reverse and "darker than the right one" turns
    into its opposite; exact but for neighbours of the same gray.
    """
    cells = np.unpackbits(bits, axis=1).reshape(len(bits), HASH_SIDE, HASH_SIDE)
    return np.packbits(1 - cells[:, :, ::-1], axis=2).reshape(bits.shape)


def words_of(bits: NDArray[np.uint8]) -> Words:
    """The bytes of N hashes as words of 64 bits, with zeros behind: (N, W)."""
    whole = np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))
    words: Words = np.ascontiguousarray(whole).view(np.uint64)
    return words


@compiled
def apart(some: Words, i: int, words: Words, j: int, most: int) -> int:
    """Bits by which hash i of ``some`` and j of ``words`` differ, counted up to beyond ``most``.

    So that most pairs are told apart by their first word.
    """
    differing = 0
    for word in range(words.shape[1]):
        # Bits counted in pairs, nibbles and bytes at a time; processors have an instruction for it.
        x = some[i, word] ^ words[j, word]
        x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
        x = (x & np.uint64(0x3333333333333333)) + (
            (x >> np.uint64(2)) & np.uint64(0x3333333333333333)
        )
        x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
        differing += int((x * np.uint64(0x0101010101010101)) >> np.uint64(56))
        if differing > most:
            break
    return differing


@compiled
def root_of(one: int, roots: NDArray[np.int64]) -> int:
    """The photo that stands for the group of a photo."""
    while roots[one] != one:
        roots[one] = roots[roots[one]]
        one = roots[one]
    return one


@compiled
def join_near(some: Words, words: Words, most: int, roots: NDArray[np.int64]) -> None:
    """Join the groups of photos i < j where hash i of ``some`` is near hash j of ``words``.

    Args:
        some: (N, W), the hashes or those of the mirror images.
        words: (N, W).
        most: Greatest distance.
        roots: Changed: a photo of the same group, or itself, (N,).
    """
    for i in range(len(words)):
        for j in range(i + 1, len(words)):
            if apart(some, i, words, j, most) <= most:
                roots[root_of(j, roots)] = root_of(i, roots)


@compiled
def join_pairs(partners: NDArray[np.int64], roots: NDArray[np.int64]) -> None:
    """Join the group of each photo with that of its partner: (N,), (N,)."""
    for one in range(len(partners)):
        roots[root_of(one, roots)] = root_of(partners[one], roots)


@compiled
def keep_nearest(
    one: int, other: int, distance: int, nearest: NDArray[np.int64], least: NDArray[np.int64]
) -> None:
    """Remember another photo where none is nearer, and none that comes before it is as near."""
    if distance < least[one] or (distance == least[one] and other < nearest[one]):
        nearest[one], least[one] = other, distance


@compiled
def find_nearest(
    some: Words,
    words: Words,
    kinds: NDArray[np.int64],
    most: int,
    nearest: NDArray[np.int64],
    least: NDArray[np.int64],
) -> None:
    """Find the first of the nearest photos of another kind.

    Args:
        some: (N, W), the hashes or those of the mirror images.
        words: (N, W).
        kinds: (N,).
        most: Greatest distance.
        nearest: Changed where a nearer photo is found, (N,).
        least: Distance of the nearest, or a greater one than any where there is none, (N,).
    """
    for i in range(len(words)):
        for j in range(i + 1, len(words)):
            # Almost all pairs end at the first condition, which is fastest without a result kept.
            if apart(some, i, words, j, most) <= most and kinds[i] != kinds[j]:
                distance = apart(some, i, words, j, most)
                keep_nearest(i, j, distance, nearest, least)
                keep_nearest(j, i, distance, nearest, least)


def first_appearance(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Renumber labels in the order in which they first appear."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[inverse]
