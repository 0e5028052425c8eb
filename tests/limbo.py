"""A23: the verdicts of our verifier on x509-limbo's cases (C2SP), where the file is present.

usage: limbo.py CASES_PROGRAM SOURCE_TREE. The file is named by BASCULE_LIMBO, or lies beside the source tree.
"""
import datetime
import gzip
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77
ENOUGH = 130


def find_cases(tree: pathlib.Path) -> pathlib.Path:
    named = os.environ.get("BASCULE_LIMBO")
    path = pathlib.Path(named) if named else tree.parent / "shared" / "limbo-cases.json.gz"
    if not path.exists():
        print(f"SKIPPED: there is no {path}; name x509-limbo's cases by BASCULE_LIMBO", file=sys.stderr)
        sys.exit(SKIPPED)
    return path


def runs_through_a_proxy(case: dict) -> bool:
    """A server's certificate with its key, so that a server can show it; a name that a client can ask for; nothing that
    only an API can set (a maximum of depth, which also has its certificates thrown away by the bound of a chain), no
    revocation list, and no chain that is there to take long."""
    special = {"max-chain-depth", "has-crl", "denial-of-service"}
    return (case["validation_kind"] == "SERVER" and bool(case["peer_certificate_key"])
            and bool(case["expected_peer_name"]) and not special & set(case["features"]))


def is_judged_here(case: dict) -> bool:
    return case["validation_kind"] == "SERVER" and bool(case["expected_peer_name"])


def ours(program: str, cases: list, folder: pathlib.Path) -> dict:
    file = folder / "cases.json"
    file.write_text(json.dumps({"testcases": cases}))
    lines = subprocess.run([program, file], check=True, capture_output=True, text=True, timeout=250).stdout.splitlines()
    verdicts = {}
    for line in lines:
        name, verdict, detail = line.split("\t", 2)
        verdicts[name] = (verdict == "accepted", detail)
    return verdicts


def strict_openssl_accepts(case: dict, folder: pathlib.Path) -> bool:
    (folder / "roots").write_text("\n".join(case["trusted_certs"]))
    (folder / "leaf").write_text(case["peer_certificate"])
    name = case["expected_peer_name"]
    command = ["openssl", "verify", "-x509_strict", "-auth_level", "2", "-purpose", "sslserver", "-no-CApath",
               "-no-CAstore", "-CAfile", folder / "roots",
               "-verify_hostname" if name["kind"] == "DNS" else "-verify_ip", name["value"]]
    if case["untrusted_intermediates"]:
        (folder / "sent").write_text("\n".join(case["untrusted_intermediates"]))
        command += ["-untrusted", folder / "sent"]
    if case["crls"]:
        (folder / "crls").write_text("\n".join(case["crls"]))
        command += ["-CRLfile", folder / "crls", "-crl_check"]
    if case["validation_time"]:
        moment = datetime.datetime.fromisoformat(case["validation_time"]).replace(tzinfo=datetime.timezone.utc)
        command += ["-attime", str(int(moment.timestamp()))]
    return subprocess.run([*command, folder / "leaf"], capture_output=True, timeout=60).returncode == 0


def main(program: str, tree: str) -> None:
    with gzip.open(find_cases(pathlib.Path(tree).resolve())) as file:
        cases = [case for case in json.load(file)["testcases"] if is_judged_here(case)]
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        verdicts = ours(program, cases, folder)
        wrong = [case for case in cases if verdicts[case["id"]][0] != (case["expected_result"] == "SUCCESS")]
        runnable = [case for case in cases if runs_through_a_proxy(case)]
        right = len(runnable) - sum(runs_through_a_proxy(case) for case in wrong)
        for case in wrong:
            accepted, detail = verdicts[case["id"]]
            print("accepted" if accepted else "refused ", case["id"], detail)
        print(f"{right} of {len(runnable)} right (of all {len(cases)}: {len(cases) - len(wrong)})")
        only_ours = [case["id"] for case in wrong
                     if not verdicts[case["id"]][0] and strict_openssl_accepts(case, folder)]
    assert len(runnable) == 158 and right >= ENOUGH, f"{right} of {len(runnable)}"
    assert not only_ours, f"refused wrongly, and not by strict OpenSSL: {only_ours}"


main(*sys.argv[1:])
