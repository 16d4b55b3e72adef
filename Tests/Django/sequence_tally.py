"""Whether numbered messages of several senders arrived once each and in order."""

from dataclasses import asdict, dataclass, field


@dataclass
class SenderTally:
    """What came from one sender, who numbers its messages 0, 1, 2, …"""

    count: int = 0
    duplicates: int = 0
    # Messages that came after one with a higher number.
    late: int = 0
    # The first number that was missing when a higher one came; it may have come later.
    first_gap: int | None = None
    _next: int = field(default=0, repr=False)
    _seen: set[int] = field(default_factory=set, repr=False)

    def add(self, number):
        self.count += 1
        if number in self._seen:
            self.duplicates += 1
            return
        self._seen.add(number)
        if number < self._next:
            self.late += 1
            return
        if number > self._next and self.first_gap is None:
            self.first_gap = self._next
        self._next = number + 1

    def summary(self):
        return {
            key: value for key, value in asdict(self).items() if not key.startswith("_")
        }


@dataclass
class ChannelTally:
    """What came to one channel."""

    senders: dict[str, SenderTally] = field(default_factory=dict)
    # Messages without a sender and a number, as they came.
    others: list[dict] = field(default_factory=list)
    # What receive() raised.
    errors: list[str] = field(default_factory=list)

    # More of these than any test looks at would only fill the memory.
    KEPT = 1000

    def add(self, message):
        sender, number = message.get("sender"), message.get("number")
        if isinstance(sender, str) and isinstance(number, int):
            self.senders.setdefault(sender, SenderTally()).add(number)
        elif len(self.others) < self.KEPT:
            self.others.append(message)

    def add_error(self, error):
        if len(self.errors) < self.KEPT:
            self.errors.append(f"{type(error).__name__}: {error}")

    def summary(self):
        return {
            "senders": {name: tally.summary() for name, tally in self.senders.items()},
            "others": self.others,
            "errors": self.errors,
        }
