"""Certificates of any shape, made by the openssl command: chains, revocation lists, OCSP answers."""
import os

from harness import run


def openssl(*arguments):
    done = run("openssl", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Certificate:
    """A certificate with its key in `folder`, under `issuer` (None: self-signed). `extensions`: lines of openssl.cnf.
    `key`: kind:curve or kind:bits; `key_file`: one that is there already."""

    CA = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
    count = 0

    def __init__(self, folder, name, issuer=None, extensions=(), key="ec:prime256v1", digest="sha256", days=10,
                 key_file=None):
        Certificate.count += 1
        self.base, self.issuer, self.subject = f"{folder}/pki{Certificate.count}", issuer, name
        self.key, self.file = key_file or f"{self.base}.key", f"{self.base}.crt"
        if not key_file:
            kind, size = key.split(":")
            option = "ec_paramgen_curve" if kind == "ec" else "rsa_keygen_bits"
            openssl("genpkey", "-algorithm", kind, "-pkeyopt", f"{option}:{size}", "-out", self.key)
        openssl("req", "-new", "-key", self.key, "-subj", f"/CN={name}", "-out", f"{self.base}.csr")
        with open(f"{self.base}.ext", "w") as file:
            file.write("subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n" + "".join(line + "\n" for line in extensions))
        signer = ["-CA", issuer.file, "-CAkey", issuer.key] if issuer else ["-signkey", self.key]
        openssl("x509", "-req", "-in", f"{self.base}.csr", *signer, "-set_serial", f"0x{os.urandom(8).hex()}00", f"-{digest}",
                "-days", days, "-extfile", f"{self.base}.ext", "-out", self.file)

    @classmethod
    def authority(cls, folder, name, issuer=None, extensions=(), **options):
        return cls(folder, name, issuer, (*cls.CA, *extensions), **options)

    def leaf(self, name, extensions=(), names=None, **options):
        """A server's certificate under this authority; `names`: the subjectAltName, if it is not just `name`."""
        lines = (f"subjectAltName={names or 'DNS:' + name}", "extendedKeyUsage=serverAuth", *extensions)
        return Certificate(os.path.dirname(self.base), name, self, lines, **options)

    def shown_with(self, *chain):
        """(file of the certificate and what is sent with it, key file): as servers take it."""
        path = f"{self.base}-{len(chain)}.pem"
        with open(path, "w") as out:
            for one in (self, *chain):
                with open(one.file) as file:
                    out.write(file.read())
        return path, self.key

    def serial(self):
        return openssl("x509", "-in", self.file, "-noout", "-serial").strip().split("=")[1]

    def _database(self, entries):
        """An index of `openssl ca`: the certificates that this authority has issued; True: revoked."""
        path = f"{self.base}.index"
        with open(path, "w") as file:
            for certificate, revoked in entries.items():
                status, when = ("R", "240101000000Z") if revoked else ("V", "")
                file.write(f"{status}\t491231235959Z\t{when}\t{certificate.serial()}\tunknown\t/CN={certificate.subject}\n")
        with open(f"{path}.attr", "w"):
            pass
        return path

    def revocation_list(self, path, *revoked, last="20240101000000Z", next="20490101000000Z"):
        """Writes the list of this authority to `path`, and returns it."""
        index = self._database({one: True for one in revoked})
        with open(f"{self.base}.cnf", "w") as file:
            file.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={index}\ndefault_md=sha256\ncrlnumber={self.base}.number\n")
        with open(f"{self.base}.number", "w") as file:
            file.write("01\n")
        openssl("ca", "-gencrl", "-config", f"{self.base}.cnf", "-cert", self.file, "-keyfile", self.key, "-crl_lastupdate", last,
                "-crl_nextupdate", next, "-out", path)
        return path

    def ocsp_answer(self, certificate, revoked=False, known=True, signer=None, validity=("-ndays", "7")):
        """The file of an OCSP answer about a certificate of this authority, signed by it or by `signer`."""
        index = self._database({certificate: revoked} if known else {})
        request, answer = f"{certificate.base}.request", f"{certificate.base}.{os.urandom(4).hex()}.ocsp"
        openssl("ocsp", "-issuer", self.file, "-cert", certificate.file, "-no_nonce", "-reqout", request)
        signer = signer or self
        openssl("ocsp", "-index", index, "-CA", self.file, "-rsigner", signer.file, "-rkey", signer.key, "-reqin", request,
                "-respout", answer, *validity)
        return answer
