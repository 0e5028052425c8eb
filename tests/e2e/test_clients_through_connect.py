"""Every client that can be told of a proxy gets its page through CONNECT, trusting only the proxy's CA."""
import ssl
import unittest
import urllib.request

from harness import Case, run

NAME = "origin.test"


class ClientsThroughConnect(Case):
    def setUp(self):
        super().setUp()
        self.server = self.origin()
        self.daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
upstream: {{trust: [origin-ca.pem]}}
resolver: {{hosts: {self.hosts(**{NAME: "127.0.0.1"})}}}
""")
        self.proxy = f"127.0.0.1:{self.daemon.port('apps')}"
        self.url = f"https://{NAME}:{self.server.port}/page"

    def intercepted(self):
        record = self.daemon.record()
        self.assertEqual((record["action"], record["protocol"], record["server_name"]), ("intercept", "tls", NAME))
        self.assertEqual(record["target"], f"{NAME}:{self.server.port}")

    def test_wget(self):
        done = run("wget", "-q", "-O", "-", f"--ca-certificate={self.daemon.ca}", "-e", f"https_proxy=http://{self.proxy}", self.url)
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        self.intercepted()

    def test_openssl_s_client(self):
        done = run("openssl", "s_client", "-proxy", self.proxy, "-connect", f"{NAME}:{self.server.port}", "-servername", NAME,
                   "-verify_hostname", NAME, "-verify_return_error", "-CAfile", self.daemon.ca, "-quiet",
                   input=f"GET /page HTTP/1.1\r\nHost: {NAME}\r\n\r\n")
        self.assertIn("hello from the origin\n", done.stdout, done.stderr)
        self.intercepted()

    def test_python(self):
        proxies = urllib.request.ProxyHandler({"https": f"http://{self.proxy}"})
        trust = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.daemon.ca))
        with urllib.request.build_opener(proxies, trust).open(self.url) as answer:
            self.assertEqual(answer.read(), b"hello from the origin\n")
        self.intercepted()


if __name__ == "__main__":
    unittest.main()
