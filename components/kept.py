"""What was made once, kept in memory: the least lately asked for goes first once there is too much."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

from cachetools import LRUCache

File = bytes


class Kept:
    """Files by what they are of, `most` bytes at most. Safe for threads: only one of them makes a file at a time, so that ten who
    ask for the same one wait for one drawing, and the memory of one is enough."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._files: LRUCache[Hashable, File] = LRUCache(most, getsizeof=len)
        self._reading, self._making = Lock(), Lock()

    @property
    def bytes(self) -> int:
        """How many are kept now."""
        return int(self._files.currsize)

    def get(self, key: Hashable, make: Callable[[], File]) -> File:
        """The file that is kept by this key, or the one that `make` makes. What `make` raises is raised, and nothing is kept."""
        found = self._read(key)
        if found is not None:
            return found
        with self._making:
            found = self._read(key)
            if found is None:
                found = make()
                if len(found) <= self.most:
                    with self._reading:
                        self._files[key] = found
            return found

    def _read(self, key: Hashable) -> File | None:
        with self._reading:
            return self._files.get(key)
