"""Certificates of every kind, good and bad, made by the openssl command: chains, odd dates, weak keys and signatures."""
import os

from harness import run

CURVES = {"P-256": "P-256", "P-384": "P-384", "P-521": "P-521"}
LEAF = {"basicConstraints": "critical,CA:FALSE", "extendedKeyUsage": "serverAuth", "keyUsage": "critical,digitalSignature,keyEncipherment"}
CA = {"basicConstraints": "critical,CA:TRUE", "keyUsage": "critical,keyCertSign,cRLSign"}
KEY_IDS = {"subjectKeyIdentifier": "hash", "authorityKeyIdentifier": "keyid:always"}


def openssl(*arguments):
    done = run("openssl", *arguments, timeout=120)
    assert done.returncode == 0, f"openssl {' '.join(arguments)}\n{done.stderr}"
    return done.stdout


class Issued:
    """A certificate file, its key file, and who issued it (None: itself)."""

    def __init__(self, certificate, key, issuer):
        self.certificate, self.key, self.issuer = certificate, key, issuer

    def pem(self):
        with open(self.certificate) as file:
            return file.read()

    def file_with(self, *others):
        """A file with this certificate and those of `others` after it."""
        path = f"{self.certificate}.{len(others)}.chain"
        with open(path, "w") as file:
            file.write(self.pem() + "".join(other.pem() for other in others))
        return path

    def chain(self):
        """What a server loads: the certificate with its intermediates, and the key."""
        above, issuer = [], self.issuer
        while issuer and issuer.issuer:
            above.append(issuer)
            issuer = issuer.issuer
        return self.file_with(*above), self.key


class Maker:
    """Makes them in a folder. Keys of one kind are made once, but for authorities, which each get their own."""

    def __init__(self, folder):
        self.folder, self.count, self.keys = f"{folder}/made", 0, {}
        os.makedirs(self.folder, exist_ok=True)

    def _make_key(self, kind, name):
        path = f"{self.folder}/{name}.key"
        if kind in CURVES:
            openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{kind}", "-out", path)
        elif kind.startswith("RSA-"):
            # Of five primes: an RSA key of 8192 bits takes a second then, not a minute. RFC 8017 section 3.1 allows it.
            primes = ["-primes", "5"] if kind == "RSA-8192" else []
            openssl("genrsa", *primes, "-out", path, kind[4:])
        else:
            openssl("genpkey", "-algorithm", kind, "-out", path)
        os.chmod(path, 0o600)
        return path

    def key(self, kind):
        if kind not in self.keys:
            self.keys[kind] = self._make_key(kind, f"shared-{kind}")
        return self.keys[kind]

    def _config(self, base, sections):
        with open(f"{base}.cnf", "w") as file:
            for section, pairs in sections.items():
                file.write(f"[{section}]\n" + "".join(f"{key}={value}\n" for key, value in pairs.items()))
        return f"{base}.cnf"

    def _issue(self, issuer, subject, key, extensions, names, start, end, digest):
        self.count += 1
        base = f"{self.folder}/{self.count}"
        open(f"{base}.db", "w").close()
        extensions = {**KEY_IDS, **extensions}
        if names:
            extensions["subjectAltName"] = "critical,@names" if subject == "/" else "@names"  # RFC 5280 section 4.1.2.6
        config = self._config(base, {
            "ca": {"default_ca": "this"},
            "this": {"database": f"{base}.db", "rand_serial": "yes", "default_md": digest, "policy": "any",
                     "new_certs_dir": self.folder, "unique_subject": "no"},
            "any": {"commonName": "optional", "organizationName": "optional"},
            "req": {"distinguished_name": "any"},
            "extensions": {name: value for name, value in extensions.items() if value},
            "names": {f"{'IP' if is_address(name) else 'DNS'}.{i}": name for i, name in enumerate(names)},
        })
        openssl("req", "-new", "-config", config, "-key", key, "-subj", subject, "-out", f"{base}.csr")
        signer = ["-cert", issuer.certificate, "-keyfile", issuer.key] if issuer else ["-selfsign", "-keyfile", key]
        openssl("ca", "-batch", "-notext", "-preserveDN", "-config", config, "-in", f"{base}.csr", *signer, "-startdate",
                start, "-enddate", end, "-extensions", "extensions", "-out", f"{base}.crt")
        return Issued(f"{base}.crt", key, issuer)

    def authority(self, name, issuer=None, key="P-256", start="20240101000000Z", end="20450101000000Z", digest="sha256", **extensions):
        """A root, or an intermediate under `issuer`."""
        own = self._make_key(key, f"authority-{self.count}")
        return self._issue(issuer, f"/CN={name}", own, {**CA, **extensions}, (), start, end, digest)

    def leaf(self, issuer, *names, key="P-256", subject=None, start="20240101000000Z", end="20450101000000Z", digest="sha256",
             **extensions):
        """A server's certificate; issuer None: self-signed. An extension that is None is left out."""
        subject = subject if subject is not None else f"/CN={names[0]}"
        return self._issue(issuer, subject, self.key(key), {**LEAF, **extensions}, names, start, end, digest)


def is_address(name):
    return ":" in name or name.replace(".", "").isdigit()
