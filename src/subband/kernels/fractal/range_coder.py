"""Arithmetic coding of bits with adaptive probabilities, as `native/fractal/coder.h`: a range coder."""

NARROW = 1 << 24
_MASK = 0xFFFFFFFF


class Probability:
    """Of a one: the mean of a fast and of a slow estimate, of 16 bits."""

    __slots__ = ("fast", "seen", "slow")

    def __init__(self) -> None:
        self.fast = self.slow = 1 << 15
        self.seen = 0

    def of_one(self) -> int:
        """Within 128 … 65408."""
        return min(max((self.fast + self.slow) // 2, 128), 65_408)

    def update(self, bit: int) -> None:
        """Move both estimates towards a bit."""
        quick, steady = min(self.seen + 2, 16), self.seen + 2
        if bit:
            self.fast += (65_535 - self.fast) // quick
            self.slow += (65_535 - self.slow) // steady
        else:
            self.fast -= self.fast // quick
            self.slow -= self.slow // steady
        self.seen = min(self.seen + 1, 158)


class Encoder:
    """Bits and numbers in, bytes out."""

    def __init__(self) -> None:
        self._low, self._range = 0, _MASK
        self._out = bytearray()

    def bit(self, p: Probability, value: int) -> int:
        """Code a bit; returns it."""
        bound = (self._range >> 16) * p.of_one()
        if value:
            self._range = bound
        else:
            self._low += bound
            self._range -= bound
        p.update(value)
        self._normalise()
        return int(value)

    def uniform(self, n: int, value: int) -> int:
        """Code a number of 0 … n − 1, all equally probable; returns it."""
        self._range //= n
        self._low += self._range * value
        self._normalise()
        return value

    def finish(self) -> bytes:
        """The shortest number within the last interval, without the zeros at its end."""
        last = self._low + self._range - 1
        self._low = next(found for bits in range(32, -1, -1) if (found := last >> bits << bits) >= self._low)
        for _ in range(4):
            self._shift()
        self._carry()
        return bytes(self._out).rstrip(b"\0")

    def _normalise(self) -> None:
        while self._range < NARROW:
            self._range = (self._range << 8) & _MASK
            self._shift()

    def _shift(self) -> None:
        self._carry()
        self._out.append(self._low >> 24)
        self._low = (self._low << 8) & _MASK

    def _carry(self) -> None:
        """Add what is beyond 32 bits to the bytes that are out."""
        if self._low >> 32:
            place = len(self._out) - 1
            while self._out[place] == 0xFF:
                self._out[place] = 0
                place -= 1
            self._out[place] += 1
            self._low &= _MASK


class Decoder:
    """Bytes in, bits and numbers out; reads zeros behind the end. Values that are given are ignored."""

    def __init__(self, data: bytes) -> None:
        self._data, self._next = data, 0
        self._code, self._range = 0, _MASK
        for _ in range(4):
            self._code = self._code << 8 | self._byte()

    def bit(self, p: Probability, value: int) -> int:
        """A bit."""
        bound = (self._range >> 16) * p.of_one()
        found = int(self._code < bound)
        if found:
            self._range = bound
        else:
            self._code -= bound
            self._range -= bound
        p.update(found)
        self._normalise()
        return found

    def uniform(self, n: int, value: int) -> int:
        """A number of 0 … n − 1."""
        self._range //= n
        found = min(self._code // self._range, n - 1)
        self._code -= found * self._range
        self._normalise()
        return found

    def _normalise(self) -> None:
        while self._range < NARROW:
            self._range = (self._range << 8) & _MASK
            self._code = (self._code << 8 | self._byte()) & _MASK

    def _byte(self) -> int:
        self._next += 1
        return self._data[self._next - 1] if self._next <= len(self._data) else 0
