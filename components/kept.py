"""What was made once, kept in memory: the least lately asked for goes first once there is too much."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Kept:
    """Files by what they are of, `most` bytes at most. Safe for threads: only one of them makes a file at a time, so that ten who
    ask for the same one wait for one drawing, and the memory of one is enough."""

    def __init__(self, most: int) -> None:
        self.most, self.bytes = most, 0
        self._files: OrderedDict[Hashable, bytes] = OrderedDict()
        self._reading, self._making = Lock(), Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The file that is kept by this key, or the one that `make` makes. What `make` raises is raised, and nothing is kept."""
        found = self._read(key)
        if found is not None:
            return found
        with self._making:
            found = self._read(key)
            if found is None:
                found = make()
                self._keep(key, found)
            return found

    def _read(self, key: Hashable) -> bytes | None:
        with self._reading:
            if key in self._files:
                self._files.move_to_end(key)
            return self._files.get(key)

    def _keep(self, key: Hashable, data: bytes) -> None:
        if len(data) > self.most:
            return
        with self._reading:
            self._files[key] = data
            self.bytes += len(data)
            while self.bytes > self.most:
                self.bytes -= len(self._files.popitem(last=False)[1])
