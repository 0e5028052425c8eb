"""What the OpenSSL of this machine, which Python, the openssl program and the daemon share, is known to have, by its
version: a capability that is not found there is a fault, and not a test less."""
import ssl

ML_DSA = ML_KEM = ssl.OPENSSL_VERSION_INFO >= (3, 5)
KEY_SHARES = 4 if ML_KEM else 1  # that we send, at most
RENEGOTIATION_INFO = ssl.OPENSSL_VERSION_INFO >= (3, 4)  # said as an extension in a first hello
COMPRESSED_CERTIFICATES = ssl.OPENSSL_VERSION_INFO >= (3, 2)  # of certificates, as Debian builds it: zlib and zstd, no brotli
COMPRESSIONS = {1, 3} if COMPRESSED_CERTIFICATES else set()
# Beyond those that OpenSSL 3.0 has.
SCHEMES = {0x0904, 0x0905, 0x0906, 0x081A, 0x081B, 0x081C} if ML_DSA else set()
GROUPS = {512, 513, 514, 4587, 4588, 4589} if ML_KEM else set()
