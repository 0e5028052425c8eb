"""Files that a configuration under test refers to, and `bascule check` on it, in a scratch folder."""
import re
import subprocess
from pathlib import Path


def run(binary, *arguments):
    return subprocess.run([str(binary), *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)


def make_ca(binary, folder):
    """ca.crt and ca.key in the folder, as a user makes them; raises RuntimeError with what was said instead."""
    made = run(binary, "ca", "create", "--directory", folder)
    if made.returncode != 0 or not (folder / "ca.crt").is_file():
        raise RuntimeError(f"bascule ca create: exit {made.returncode}\n{made.stderr}")


def check(binary, folder, text):
    """What `bascule check` says of the text, or nothing. make_ca() has been there; named lists and roots are made."""
    for name in re.findall(r"file:([\w.-]+)", text):
        (folder / name).write_text("# a list\none.example\n*.two.example\n")
    for name in re.findall(r"[\w-]+\.pem\b", text):
        (folder / name).write_bytes((folder / "ca.crt").read_bytes())
    file = Path(folder) / "bascule.yaml"
    file.write_text(text)
    checked = run(binary, "check", "--config", file)
    if checked.returncode == 0 and not checked.stdout and not checked.stderr:
        return None
    return f"exit {checked.returncode}: {checked.stderr or checked.stdout or 'not a word'}".rstrip()
