"""The first origin with an RSA-4096 key does not hold up the other connections of its worker while our key is made."""
import threading
import unittest

from harness import Case, Authority, answer_http, run, until


class LargeKeysAreMadeAside(Case):
    def test_on_a_single_worker(self):
        folder = self.folder
        self.authority  # the CA that signs both
        base = f"{folder}/large"
        Authority._openssl("req", "-newkey", "rsa:4096", "-nodes", "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj",
                           "/CN=large.test")
        with open(f"{base}.ext", "w") as file:
            file.write("subjectAltName=DNS:large.test\n")
        Authority._openssl("x509", "-req", "-in", f"{base}.csr", "-CA", self.authority.certificate, "-CAkey",
                           self.authority.key, "-CAcreateserial", "-days", "10", "-extfile", f"{base}.ext", "-out", f"{base}.pem")
        large = self.origin(answer_http(b"large"), leaf=(f"{base}.pem", f"{base}.key"))
        small = self.origin(answer_http(b"small"), names=("small.test",))
        daemon = self.start(f"""
workers: 1
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{"large.test": "127.0.0.1", "small.test": "127.0.0.1"})}}}
""")
        fetch = lambda url: run("curl", "-sS", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", "--cacert", daemon.ca, url)
        answers = {}
        first = threading.Thread(target=lambda: answers.update(large=fetch(f"https://large.test:{large.port}/").stdout))
        first.start()
        until(lambda: large.accepted, "the first connection at its origin")
        self.assertEqual(fetch(f"https://small.test:{small.port}/").stdout, "small")
        first.join()
        self.assertEqual(answers["large"], "large")
        self.assertEqual([record["server_name"] for record in daemon.records(2)], ["small.test", "large.test"])


if __name__ == "__main__":
    unittest.main()
