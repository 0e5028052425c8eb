"""A side that does not read stops the other's sending: 256 MiB pass a reader that stalled, in 3 MiB of memory."""
import unittest

from duplex import MIB, DuplexCase
from harness import MEASURED, proportional_set_size

OCTETS = 256 * MIB
GROWTH = 3 * MIB
STALL = 2000  # ms


class MemoryStalledReader(DuplexCase):
    def peak(self, tls, up, down, client, origin):
        sizes = []
        results = self.converse(tls, up, down, client=client, origin=origin,
                                watch=lambda daemon: sizes.append(proportional_set_size(daemon.process)),
                                environment=MEASURED)
        self.assert_all_passed(results, up, down)
        return max(sizes)

    def assert_bounded(self, **ends):
        warm = self.peak("1.3", MIB, MIB, {}, {})
        self.assertLess(self.peak("1.3", **ends) - warm, GROWTH)

    def test_the_client_does_not_read(self):
        self.assert_bounded(up=0, down=OCTETS, client={"stall": STALL}, origin={})

    def test_the_origin_does_not_read(self):
        self.assert_bounded(up=OCTETS, down=0, client={}, origin={"stall": STALL})


if __name__ == "__main__":
    unittest.main()
