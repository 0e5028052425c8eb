"""HTTP between real clients and origins through the daemon, with inspection on, which is the default; and what the records
say of their exchanges."""
import os

from harness import Case, run, until

NAME = "origin.test"


class InspectedCase(Case):
    """begin() puts the daemon before an origin: behind `apps`, an explicit listener, and `fixed`, which forwards to it.
    `environment` goes to the daemon."""

    environment = None

    def begin(self, port, config=""):
        self.authority  # noqa: B018: its file is in the configuration
        self.daemon = self.start(f"""
listeners:
  - {{name: apps, address: "127.0.0.1:0", mode: explicit}}
  - {{name: fixed, address: "127.0.0.1:0", mode: forward, target: "{NAME}:{port}"}}
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
{config}
""", environment=self.environment)
        self.url, self.fixed = f"https://{NAME}:{port}", self.daemon.port("fixed")

    def curl(self, *arguments):
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{self.daemon.port('apps')}", "--cacert", self.daemon.ca, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr + "".join(self.daemon.lines[-5:]))
        return done.stdout

    def file(self, name, size):
        """The path of a file of random octets, and its content."""
        path, content = f"{self.folder}/{name}", os.urandom(size)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        return path, content

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def complete(self, count, **facts):
        """The records of that many exchanges, all of which were whole; `facts` are those of every one."""
        records = self.daemon.exchanges(count)
        for record in records:
            self.assertEqual(record["end"]["how"], "complete", record)
            for name, fact in facts.items():
                self.assertEqual(record.get(name), fact, record)
        return records

    def sockets(self, count):
        """The records of that many WebSockets, when they have come."""
        found = lambda: [e for e in self.daemon.events if e["event"] == "websocket"]
        until(lambda: len(found()) >= count, f"{count} WebSockets; log: {''.join(self.daemon.lines[-20:])}")
        self.assertEqual(len(found()), count)
        return found()
