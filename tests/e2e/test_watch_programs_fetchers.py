"""`bascule watch` shows what curl, wget, git and apt ask for; they end as they would without it."""
import hashlib
import os
import unittest

from harness import run
from watch_case import ProgramCase, exchanges

GIT = ("git", "-c", "user.name=n", "-c", "user.email=e@x", "-c", "init.defaultBranch=main")
CONTROL = "Package: thing\nVersion: 1.0\nArchitecture: all\nMaintainer: n <e@x>\nDescription: a thing\n"


class Fetchers(ProgramCase):
    def must(self, *argv, **options):
        done = run(*argv, env=self.environment, **options)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_curl(self):
        url = self.serve("a", b"hello\n")
        for version in ("--http1.1", "--http2"):
            done = self.watch_program("curl", "-sS", version, f"{url}?b=c")
            self.assertIn("hello\n", done.stdout)
            self.assertEqual(exchanges(done), [("GET", f"{url}?b=c", "200")])

    def test_curl_fails_as_it_would(self):
        done = self.watch_program("curl", "-sSf", f"{self.url}/missing", code=22)
        self.assert_shown(done, f"{self.url}/missing", "404")

    def test_wget(self):
        url = self.serve("w", b"hello\n")
        done = self.watch_program("wget", "-q", "-O", f"{self.folder}/got", url)
        self.assert_shown(done, url)
        done = self.watch_program("wget", "-q", f"{self.url}/missing", code=8)
        self.assert_shown(done, f"{self.url}/missing", "404")

    def test_git(self):
        work = f"{self.folder}/work"
        self.must(*GIT, "init", "-q", work)
        self.must(*GIT, "-C", work, "commit", "-q", "--allow-empty", "-m", "first")
        self.must(*GIT, "clone", "-q", "--bare", work, f"{self.files}/repo.git")
        self.must("git", "-C", f"{self.files}/repo.git", "update-server-info")
        done = self.watch_program("git", "clone", "-q", f"{self.url}/repo.git", f"{self.folder}/copy")
        self.assert_shown(done, f"{self.url}/repo.git/info/refs?service=git-upload-pack")
        self.assert_shown(done, f"{self.url}/repo.git/HEAD")
        self.must("git", "-C", f"{self.folder}/copy", "rev-parse", "HEAD")

    def test_apt(self):
        self.make_repository()
        own = self.configure_apt()
        done = self.watch_program("apt-get", "-q", "update", environment=own)
        self.assert_shown(done, f"{self.url}/./InRelease", "404")
        self.assert_shown(done, f"{self.url}/./Packages")
        done = self.watch_program("apt-get", "-q", "download", "thing", environment=own)
        self.assert_shown(done, f"{self.url}/./thing.deb")
        self.assertTrue([name for name in os.listdir(self.folder) if name.endswith(".deb")])

    def make_repository(self):
        os.makedirs(f"{self.folder}/thing/DEBIAN")
        self.write("thing/DEBIAN/control", CONTROL)
        self.must("dpkg-deb", "--build", "--root-owner-group", f"{self.folder}/thing", f"{self.files}/thing.deb")
        with open(f"{self.files}/thing.deb", "rb") as file:
            content = file.read()
        self.serve("Packages", f"{CONTROL}Filename: ./thing.deb\nSize: {len(content)}\n"
                               f"SHA256: {hashlib.sha256(content).hexdigest()}\n".encode())

    def configure_apt(self):
        """The caller's own configuration, by the variable that we use too: the system's state is left alone."""
        for name in ("state/lists/partial", "cache/archives/partial"):
            os.makedirs(f"{self.folder}/apt/{name}")
        sources = self.write("sources.list", f"deb [trusted=yes] {self.url} ./\n")
        status = self.write("status", "")
        return {"APT_CONFIG": self.write("own-apt.conf", f"""
Dir::State "{self.folder}/apt/state"; Dir::State::status "{status}"; Dir::Cache "{self.folder}/apt/cache";
Dir::Etc::SourceList "{sources}"; Dir::Etc::SourceParts "-"; Dir::Etc::Parts "-";
""")}


if __name__ == "__main__":
    unittest.main()
