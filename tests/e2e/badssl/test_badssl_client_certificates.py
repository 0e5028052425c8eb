"""badssl.com's client and client-cert-missing: an origin that demands a certificate, where none is configured, refuses;
one that only asks is served."""
import ssl
import unittest

from lab import MODES, NAME, Lab


class ClientCertificates(Lab):
    def asking(self, mode):
        leaf = self.maker.leaf(self.intermediate, NAME).chain()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*leaf)
        context.load_verify_locations(self.root.certificate)
        context.verify_mode = mode
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return self.serve(context)

    def test_missing(self):
        port = self.asking(ssl.CERT_REQUIRED)
        for mode in MODES:
            with self.subTest(mode=mode):
                self.assertEqual(self.refusal(mode, port), "alert handshake_failure")
                end = self.daemons[mode].record()["end"]
                self.assertEqual((end["by"], end["how"], end["step"]), ("upstream", "alert", "upstream-handshake"))
                self.assertIn("wants a client certificate", end["detail"])

    def test_optional(self):
        self.check_accepted(self.asking(ssl.CERT_OPTIONAL))


if __name__ == "__main__":
    unittest.main()
