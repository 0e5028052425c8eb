"""A length that is claimed is not a length that is allocated (acceptance F3): hundreds of claims leave the daemon as small as it
was."""
import re
import unittest

from hellos import Parts
from raw import read_to_end
from stage import NAME, Stage
from wire import HANDSHAKE, message, record

BODY = Parts(NAME).body()
COUNT, BOUND = 600, 24 << 20  # a connection costs some KiB; what is claimed is 34 MiB at least


class Claims(Stage):
    environment = {"ASAN_OPTIONS": "quarantine_size_mb=0"}

    def setUp(self):
        super().setUp()
        self.serves_the_next()  # what is allocated once is there

    def resident(self):
        with open(f"/proc/{self.daemon.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) << 10

    def test_of_hellos_that_are_refused(self):
        before = self.resident()
        for _ in range(COUNT):
            with self.dial() as client:
                client.sendall(record(HANDSHAKE, message(1, BODY, 0xffffff)))
                self.assertEqual(read_to_end(client)[1], "fin")
        self.daemon.records(COUNT)
        self.assertLess(self.resident() - before, BOUND)
        self.serves_the_next()

    def test_of_hellos_that_could_still_come(self):
        """60 KiB in four records, of which the first 100 octets are all there is."""
        before = self.resident()
        waiting = [self.dial() for _ in range(COUNT)]
        for client in waiting:
            client.sendall(record(HANDSHAKE, message(1, BODY[:100], 60000), length=1 << 14))
        self.serves_the_next("while they wait")
        self.assertLess(self.resident() - before, BOUND)
        for client in waiting:
            client.close()
        self.assertEqual({each["end"]["how"] for each in self.daemon.records(COUNT)}, {"client_gone"})


if __name__ == "__main__":
    unittest.main()
