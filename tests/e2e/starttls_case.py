"""The listeners that the tests of STARTTLS share: one for each dialect, each with a server of its own."""
from harness import Case, server_context
from starttls_peers import DIALECTS

CONFIG = """
upstream: {trust: [origin-ca.pem]}
resolver: {hosts: HOSTS}
timeouts: {first_bytes: 50ms}
listeners:
"""


class StartTlsCase(Case):
    """A daemon with a listener named as each dialect; their servers are self.serve(dialect, connection)."""

    def setUp(self):
        super().setUp()
        self.tls = server_context(self.authority.leaf("origin.test"))
        config = CONFIG.replace("HOSTS", self.hosts(**{"origin.test": "127.0.0.1"}))
        for dialect in DIALECTS:
            origin = self.origin(lambda connection, dialect=dialect: self.serve(dialect, connection), tls=False)
            config += (f'  - {{name: {dialect}, address: "127.0.0.1:0", mode: forward, target: "origin.test:{origin.port}", '
                       f'starttls: {dialect}}}\n')
        self.daemon = self.start(config + self.rules())

    def rules(self):
        return ""
