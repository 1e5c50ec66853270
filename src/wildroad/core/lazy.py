"""What is made when it is asked for: values, so that memory stays flat, and imported modules."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from itertools import islice
from types import ModuleType
from typing import Generic, TypeVar

T = TypeVar("T")


class LazyMapping(Mapping[str, T], Generic[T]):
    """A read-only mapping id -> value that calls ``read(id)`` at each look-up and keeps nothing.

    Args:
        ids: Unique ids in the order of iteration.
        read: Gives the value of one id; called again at every look-up.
        origins: id -> what its value is made from and how, in words that are the same only where
            the value is the same; known before the value is made. Ids may be missing.

    Raises:
        ValueError: An id stands twice in ``ids``.

    >>> lengths = LazyMapping(["ox", "heron"], len)
    >>> lengths["heron"], list(lengths)
    (5, ['ox', 'heron'])
    """

    def __init__(
        self,
        ids: Sequence[str],
        read: Callable[[str], T],
        *,
        origins: Mapping[str, str] | None = None,
    ) -> None:
        """Remember the ids and how to read one of them."""
        self.origins = origins or {}
        self._ids = dict.fromkeys(ids)
        self._read = read
        if len(self._ids) != len(ids):
            raise ValueError(f"{len(ids) - len(self._ids)} of {len(ids)} ids stand more than once")

    def __getitem__(self, key: str) -> T:
        """Read the value of one id; KeyError for an id that is not there."""
        if key not in self._ids:
            raise KeyError(key)
        return self._read(key)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids in their order."""
        return iter(self._ids)

    def __contains__(self, key: object) -> bool:
        """Whether an id is there, without reading its value."""
        return key in self._ids

    def __len__(self) -> int:
        """Number of ids."""
        return len(self._ids)


class OnePass(Mapping[str, T], Generic[T]):
    """A mapping over a stream that can be read once, in its own order, as ``items`` does.

    Args:
        ids: The ids in the order of the stream.
        stream: Yields (id, value) for exactly these ids.
    """

    def __init__(self, ids: Sequence[str], stream: Iterator[tuple[str, T]]) -> None:
        """Remember ids and stream."""
        self._ids = list(ids)
        self._stream = stream

    def __getitem__(self, key: str) -> T:
        """Read the next value, which has to be that of ``key``; KeyError otherwise."""
        found, value = next(self._stream, ("", None))
        if found != key or value is None:
            raise KeyError(f"{key} was asked for, and the stream is at {found or 'its end'}")
        return value

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids in their order."""
        return iter(self._ids)

    def __contains__(self, key: object) -> bool:
        """Whether an id is there, without reading its value."""
        return key in self._ids

    def __len__(self) -> int:
        """Number of ids."""
        return len(self._ids)


class Restartable(Mapping[str, T], Generic[T]):
    """A mapping whose values are made best in one go, of any selection of its ids.

    So what was made before an interruption need not be made again, see ``only``.

    Args:
        ids: Unique ids in the order of iteration.
        stream: Yields (id, value) for the ids it is given, in their order.
        origins: id -> what its value is made from and how, in words that are the same only where
            the value is the same.

    >>> lengths = Restartable(["ox", "heron"], lambda ids: ((i, len(i)) for i in ids), origins={})
    >>> lengths["heron"], list(lengths.only(["ox"]).items())
    (5, [('ox', 2)])
    """

    def __init__(
        self,
        ids: Sequence[str],
        stream: Callable[[Sequence[str]], Iterator[tuple[str, T]]],
        *,
        origins: Mapping[str, str],
    ) -> None:
        """Remember ids, stream and origins."""
        self.origins = origins
        self._ids = dict.fromkeys(ids)
        self._stream = stream

    def only(self, ids: Sequence[str]) -> OnePass[T]:
        """Give the values of some ids in one go."""
        return OnePass(ids, self._stream(ids))

    def __getitem__(self, key: str) -> T:
        """Make the value of one id; KeyError for an id that is not there."""
        if key not in self._ids:
            raise KeyError(key)
        return self.only([key])[key]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the ids in their order."""
        return iter(self._ids)

    def __contains__(self, key: object) -> bool:
        """Whether an id is there, without making its value."""
        return key in self._ids

    def __len__(self) -> int:
        """Number of ids."""
        return len(self._ids)


def read_ahead(values: Mapping[str, T], *, workers: int) -> Iterator[tuple[str, T]]:
    """Yield (id, value) in order while ``workers`` threads read the next ones.

    At most ``2 * workers`` values are held at a time. An error of one read is raised at its turn.
    """
    ids = iter(values)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        ahead: dict[str, Future[T]] = {
            key: pool.submit(values.__getitem__, key) for key in islice(ids, 2 * workers)
        }
        while ahead:
            key = next(iter(ahead))
            value = ahead.pop(key).result()
            for following in islice(ids, 1):
                ahead[following] = pool.submit(values.__getitem__, following)
            yield key, value


def submodules(package: str) -> Callable[[str], ModuleType]:
    """Make the ``__getattr__`` of a package whose modules are imported when they are first used.

    Python calls it for a name that the package does not have (PEP 562); what it imports is an
    attribute of the package from then on.

    >>> submodules("wildroad.core")("lazy").__name__
    'wildroad.core.lazy'
    """

    def find(name: str) -> ModuleType:
        module = f"{package}.{name}"
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name != module:
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return find
