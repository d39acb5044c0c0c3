"""Keyed random draws: a draw is a function of (root seed, name, population index, time, number of the draw).

There is no generator per agent and no dependence on who was asked first, so that changing one design leaves all other
draws as they were (common random numbers), and workers, order and engine change nothing.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox); Bailey 1994 for Student's t from two
uniforms; Box and Muller 1958 for normals (both take a fixed number of uniforms, which rejection methods do not).
"""

from __future__ import annotations

import hashlib
import math
import struct

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TWO_PI = 2.0 * math.pi
_TINY = 2.0**-53


class Draws:
    """Draws keyed by one root seed. ``draws["oracles.eth"]`` is the face of one named stream."""

    __slots__ = ("_streams", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)
        self._streams: dict[str, Stream] = {}

    def __getitem__(self, name: str) -> Stream:
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Stream(self.seed, name)
        return stream


class Stream:
    """The draws of one stable name.

    Columns (``uniforms``...) give entry ``i`` to population index ``i``: the first n entries do not depend on how many
    are drawn. Scalars take an index, a time in seconds and the number of the draw.
    """

    __slots__ = ("_counter", "_key", "_philox", "_state")

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.blake2b(f"{seed}\x1f{name}".encode(), digest_size=16).digest()
        self._key = np.array(struct.unpack("<2Q", digest), dtype=np.uint64)
        self._philox = np.random.Philox(key=self._key)
        self._state = self._philox.state
        self._counter: NDArray[np.uint64] = np.zeros(4, dtype=np.uint64)

    def _words(self, index: int, time: float, number: int, count: int) -> NDArray[np.uint64]:
        bits = struct.unpack("<Q", struct.pack("<d", float(time)))[0]
        self._counter[:] = (0, index, bits, number + 1)
        state = self._state
        state["state"]["counter"] = self._counter
        state["state"]["key"] = self._key
        state["buffer_pos"] = 4
        state["has_uint32"] = 0
        self._philox.state = state
        words: NDArray[np.uint64] = self._philox.random_raw(count)
        return words

    def uniform(self, index: int = 0, time: float = 0.0, number: int = 0) -> float:
        """One uniform of (0, 1)."""
        return (int(self._words(index, time, number, 1)[0]) >> 11) * _TINY + 0.5 * _TINY

    def normal(self, index: int = 0, time: float = 0.0, number: int = 0) -> float:
        """One standard normal (Box-Muller)."""
        first, second = (int(word) >> 11 for word in self._words(index, time, number, 2))
        return math.sqrt(-2.0 * math.log((first + 0.5) * _TINY)) * math.cos(_TWO_PI * second * _TINY)

    def exponential(self, index: int = 0, time: float = 0.0, number: int = 0) -> float:
        """One exponential of mean 1."""
        return -math.log(self.uniform(index, time, number))

    def uniforms(self, size: int, time: float = 0.0, number: int = 0) -> Floats:
        """A column of uniforms of (0, 1), shape (size,)."""
        # Columns live apart from scalars: their second counter word has its top bit set.
        words = self._words(1 << 63, time, number, size)
        return (words >> np.uint64(11)).astype(np.float64) * _TINY + 0.5 * _TINY

    def normals(self, size: int, time: float = 0.0, number: int = 0) -> Floats:
        """A column of standard normals, shape (size,)."""
        radius = np.sqrt(-2.0 * np.log(self.uniforms(size, time, 2 * number)))
        return np.asarray(radius * np.cos(_TWO_PI * self.uniforms(size, time, 2 * number + 1)))

    def student_t(self, size: int, freedom: float, time: float = 0.0, number: int = 0) -> Floats:
        """A column of Student-t draws with ``freedom`` degrees of freedom (not scaled to unit variance), shape (size,)."""
        radius = np.sqrt(freedom * (self.uniforms(size, time, 2 * number) ** (-2.0 / freedom) - 1.0))
        return np.asarray(radius * np.cos(_TWO_PI * self.uniforms(size, time, 2 * number + 1)))

    def order(self, index: int, block: int) -> int:
        """A keyed hash of (account, block): the tie-break between simultaneous equals."""
        return int(self._words(index, float(block), 0, 1)[0])
