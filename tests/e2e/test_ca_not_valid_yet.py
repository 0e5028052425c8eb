"""A machine whose clock is wrong while it boots: the daemon starts with a CA that is not valid yet, says so, refuses to
intercept with that reason, and intercepts, without a restart, when the time has come."""
import datetime
import unittest

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from harness import Case, run, until

CONFIG = """
listeners: [{{name: fixed, address: "127.0.0.1:0", mode: forward, target: "origin.test:{port}"}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {hosts}}}
"""


class CaNotValidYet(Case):
    def make_ca(self, begin):
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Future CA")])
        usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
                               "encipher_only", "decipher_only"), False)
        made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                .serial_number(x509.random_serial_number()).not_valid_before(begin).not_valid_after(begin + datetime.timedelta(days=99))
                .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
                .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), True)
                .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False).sign(key, hashes.SHA256()))
        with open(f"{self.folder}/ca.crt", "wb") as file:
            file.write(made.public_bytes(serialization.Encoding.PEM))
        with open(f"{self.folder}/ca.key", "wb") as file:
            file.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        run("chmod", "600", f"{self.folder}/ca.key")

    def curl(self, daemon):
        return run("curl", "-sS", "--cacert", daemon.ca, "--connect-to", f"::127.0.0.1:{daemon.port('fixed')}",
                   f"https://origin.test:{self.port}/").stdout

    def test_it_starts_and_serves_when_the_time_has_come(self):
        self.port = self.origin(names=("origin.test",)).port
        self.make_ca(datetime.datetime.utcnow() + datetime.timedelta(seconds=6))
        daemon = self.start(CONFIG.format(port=self.port, hosts=self.hosts(**{"origin.test": "127.0.0.1"})))
        self.assertIn("is not valid before", daemon.event("ca")["message"])
        self.assertEqual(self.curl(daemon), "")
        end = daemon.record()["end"]
        self.assertEqual((end["by"], end["step"]), ("proxy", "client-handshake"))
        self.assertRegex(end["detail"], "the CA CN=Future CA is not valid before .* clock says .*: set the clock")
        until(lambda: self.curl(daemon) == "hello from the origin\n", "it intercepts")


if __name__ == "__main__":
    unittest.main()
