"""badssl.com's revoked: what a CRL names is refused with enforce; with mirror an authority that nobody trusts shows it."""
import unittest

from lab import BODY, NAME, Lab, page_or_fault
from certificates import openssl
from harness import BASCULE, run


def crl_of(authority, *revoked):
    """A CRL of `authority`, in PEM; its path."""
    base = f"{authority.certificate}.crl"
    open(f"{base}.db", "w").close()
    with open(f"{base}.cnf", "w") as file:
        file.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={base}.db\ndefault_md=sha256\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n")
    signer = ["-config", f"{base}.cnf", "-cert", authority.certificate, "-keyfile", authority.key]
    for certificate in revoked:
        openssl("ca", *signer, "-revoke", certificate.certificate)
    openssl("ca", *signer, "-gencrl", "-crldays", "30", "-out", f"{base}.pem")
    return f"{base}.pem"


class Revoked(Lab):
    @classmethod
    def prepare(cls):
        cls.good, cls.revoked = cls.maker.leaf(cls.intermediate, NAME), cls.maker.leaf(cls.intermediate, NAME)
        lists = [crl_of(cls.intermediate, cls.revoked), crl_of(cls.root)]
        cls.more = f", crl: [{', '.join(lists)}]"
        run(BASCULE, "ca", "create", "--directory", cls.folder)
        with open(f"{cls.folder}/check.yaml", "w") as file:
            file.write(f'ca: {{certificate: ca.crt, key: ca.key}}\nlisteners: [{{address: "127.0.0.1:1"}}]\nupstream: {{crl: [{lists[0]}]}}\n')
        checked = run(BASCULE, "check", "--config", f"{cls.folder}/check.yaml")
        if "not supported by this version" in checked.stderr:
            raise unittest.SkipTest("upstream.crl is not in this version")

    def test_revoked(self):
        port = self.origin(self.revoked.chain())
        self.assertEqual(self.seen_directly(port), BODY)  # a client without the list cannot know
        self.check_unverified(port, "certificate_revoked", "certificate revoked", "issuer")

    def test_not_revoked(self):
        self.check_accepted(self.origin(self.good.chain()))


if __name__ == "__main__":
    unittest.main()
