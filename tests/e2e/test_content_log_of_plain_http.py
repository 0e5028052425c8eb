"""A content log also shows plain HTTP that goes through the proxy, as it was sent to the origin."""
import os
import unittest

from harness import Case, run, until


class ContentLogOfPlainHttp(Case):
    def test_both_directions_of_one_exchange(self):
        origin = self.origin(tls=False)
        daemon = self.start(f"""
listeners: [{{name: apps, address: "127.0.0.1:0", mode: explicit}}]
rules: [{{name: shown, log: {{content: {{file: "{{id}}.log"}}}}}}]
""")
        done = run("curl", "-sS", "--proxy", f"http://127.0.0.1:{daemon.port('apps')}", f"http://127.0.0.1:{origin.port}/x")
        self.assertEqual(done.stdout, "hello from the origin\n", done.stderr)
        record = daemon.record()
        self.assertEqual((record["action"], record["protocol"], record["rule"]), ("passthrough", "http", "shown"))

        until(lambda: os.path.exists(f"{self.folder}/{record['id']}.log"), "the file")

        def text():
            with open(f"{self.folder}/{record['id']}.log") as file:
                return file.read()

        until(lambda: " end: " in text(), "the last line")
        self.assertIn("> GET /x HTTP/1.1\n", text())
        self.assertNotIn("Proxy-Connection", text())  # what curl said to the proxy
        self.assertIn("< hello from the origin\n", text())


if __name__ == "__main__":
    unittest.main()
