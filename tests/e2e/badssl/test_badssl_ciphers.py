"""badssl.com's cipher suites and key exchanges, served as far as Debian's libraries still can: what is too weak is not
spoken to the origin, whatever the client would take."""
import base64
import math
import random
import ssl
import tempfile
import unittest

from lab import BODY, NAME, Lab, everything, page_or_fault
from harness import run
from programs import gnutls_server
from raw import dial


def der(tag, content):
    length = len(content)
    size = bytes([length]) if length < 128 else bytes([0x82]) + length.to_bytes(2, "big")
    return bytes([tag]) + size + content


def der_integer(number):
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


SMALL_PRIMES = math.prod(number for number in range(3, 4000, 2) if all(number % divisor for divisor in range(3, 64, 2) if divisor < number))


def prime(bits, step=2):
    """A number of that size that is prime (Fermat's test; it is random), and 1 modulo `step`."""
    number = random.getrandbits(bits) | 3 << bits - 2
    number -= number % step - 1
    while math.gcd(number, SMALL_PRIMES) > 1 or pow(2, number - 1, number) != 1:
        number += step
    return number


class Suites(Lab):
    """Each is shown to be served first: a client that takes anything gets there by itself."""

    @classmethod
    def prepare(cls):
        cls.rsa = cls.maker.leaf(cls.intermediate, NAME, key="RSA-2048").chain()
        cls.ecc = cls.maker.leaf(cls.intermediate, NAME).chain()

    def by_openssl(self, ciphers, leaf=None):
        port = self.origin(leaf or self.rsa, f"{ciphers}:@SECLEVEL=0", maximum_version=ssl.TLSVersion.TLSv1_2)
        self.assertEqual(page_or_fault(dial(port), everything()), BODY)
        return port

    def by_gnutls(self, suite):
        priority = f"NONE:+VERS-TLS1.2:+COMP-NULL:+SIGN-ALL:{suite}"
        _, port = gnutls_server(self, self.rsa, "--priority", priority, "--echo")
        seen = run("gnutls-cli", "--insecure", "--priority", priority, "-p", port, "127.0.0.1", input="")
        self.assertIn("Handshake was completed", seen.stdout)
        return port

    def check_not_spoken(self, port):
        self.check_unreachable(port, "upstream", "alert", "handshake_failure")

    def test_cbc(self):
        self.check_accepted(self.by_openssl("ECDHE-ECDSA-AES128-SHA256", self.ecc))

    def test_null(self):
        self.check_not_spoken(self.by_openssl("NULL-SHA256"))
        self.check_not_spoken(self.by_openssl("ECDHE-RSA-NULL-SHA"))

    def test_rc4_md5(self):
        self.check_not_spoken(self.by_gnutls("+RSA:+ARCFOUR-128:+MD5"))

    def test_rc4(self):
        self.check_not_spoken(self.by_gnutls("+ECDHE-RSA:+GROUP-ALL:+ARCFOUR-128:+SHA1"))

    def test_3des(self):
        self.check_not_spoken(self.by_gnutls("+ECDHE-RSA:+GROUP-ALL:+3DES-CBC:+SHA1"))

    def test_static_rsa(self):
        self.check_not_spoken(self.by_openssl("AES128-GCM-SHA256"))
        self.check_not_spoken(self.by_openssl("AES128-SHA"))

    def test_anonymous(self):
        self.check_not_spoken(self.by_openssl("AECDH-AES128-SHA"))


class DiffieHellman(Lab):
    """Each origin knows no key exchange but over the one group."""

    @classmethod
    def prepare(cls):
        cls.leaf = cls.maker.leaf(cls.intermediate, NAME, key="RSA-2048").chain()

    def origin_over(self, parameters):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
        context.load_cert_chain(*self.leaf)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as file:
            file.write(parameters)
            file.flush()
            context.load_dh_params(file.name)
        port = self.serve(context)
        self.assertEqual(page_or_fault(dial(port), everything()), BODY)
        return port

    def group(self, modulus, generator=2):
        """PKCS #3 parameters in PEM."""
        text = base64.encodebytes(der(0x30, der_integer(modulus) + der_integer(generator))).decode()
        return f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n"

    def test_1024_bits(self):
        """No client here takes fewer."""
        self.check_unreachable(self.origin_over(self.group(prime(1024))), "upstream", "error", "dh key too small")

    def test_2048_bits(self):
        known = run("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt", "group:ffdhe2048").stdout
        self.check_accepted(self.origin_over(known))

    def test_a_composite_modulus(self):
        self.check_unreachable(self.origin_over(self.group(prime(1024) * prime(1024))), "proxy", "error",
                               "Diffie-Hellman group of its own")

    def test_a_small_subgroup(self):
        order = prime(160)
        modulus = prime(2048, step=2 * order)
        self.check_unreachable(self.origin_over(self.group(modulus, pow(3, (modulus - 1) // order, modulus))), "proxy", "error",
                               "Diffie-Hellman group of its own")


if __name__ == "__main__":
    unittest.main()
