"""What a record says of an origin whose certificate came with an OCSP answer, or was asked about."""
import os

from harness import Case
from pki import Certificate


class StatusCase(Case):
    def setUp(self):
        super().setUp()
        self.root = Certificate.authority(self.folder, "Root")
        os.link(self.root.file, f"{self.folder}/root.pem")

    def assert_accepted(self, record, says):
        self.assertEqual((record["certificate"]["verify"], record["certificate"].get("ocsp")), ("ok", says), record["end"])

    def assert_refused(self, record, word, says, detail):
        facts = record["certificate"]
        self.assertEqual((record["end"]["how"], facts["verify"], facts.get("ocsp")), ("unverified", word, says), record["end"])
        self.assertIn(detail, record["end"]["detail"])
