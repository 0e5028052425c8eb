"""Debian's own servers of protocols that begin in the clear, each with a scratch configuration, on loopback, ended with the test."""
import getpass
import glob
import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

from harness import run, until
from programs import Program


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Whether somebody listens there."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def start(case, ports, argv, **options):
    program = Program(case, argv, **options)
    until(lambda: all(answers(port) for port in ports) or program.process.poll() is not None, f"{argv[0]}: {program.output}")
    case.assertIsNone(program.process.poll(), program.output)
    return program


def unprivileged(case, folder):
    """What to put before a command that refuses to run as root; `folder` becomes that user's."""
    if os.geteuid() != 0:
        return []
    os.chmod(case.folder, 0o755)
    shutil.chown(folder, "nobody", "nogroup")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def owned(case, leaf, folder, prefix):
    """Copies of certificate and key that the server's user alone can read."""
    copies = []
    for path in leaf:
        copies.append(shutil.copy(path, folder))
        os.chmod(copies[-1], 0o600)
        if prefix:
            shutil.chown(copies[-1], "nobody", "nogroup")
    return copies


def exim(case, leaf):
    """A handler for harness.Server: each connection is served by an exim of its own, as from inetd."""
    folder = f"{case.folder}/exim"
    os.makedirs(f"{folder}/spool")
    user = getpass.getuser()
    with open(f"{folder}/exim.conf", "w") as file:
        file.write(f"""exim_user = {user}
exim_group = {os.getgid()}
never_users =
primary_hostname = origin.test
spool_directory = {folder}/spool
log_file_path = {folder}/%slog
tls_advertise_hosts = *
tls_certificate = {leaf[0]}
tls_privatekey = {leaf[1]}
acl_smtp_rcpt = accept
acl_smtp_data = accept
queue_only
begin routers
drop:
  driver = redirect
  data = :blackhole:
""")

    def handle(connection):
        connection.settimeout(None)
        subprocess.run(["/usr/sbin/exim4", "-C", f"{folder}/exim.conf", "-bs"], stdin=connection, stdout=connection,
                       stderr=subprocess.DEVNULL, check=False)

    return handle


def dovecot_words(leaf, user, group, folder):
    """What 2.4 (Debian 13) has other words for than 2.3: how a configuration must begin, and what stands within."""
    number = re.match(r"(\d+)\.(\d+)", run("/usr/sbin/dovecot", "--version").stdout)
    if (int(number[1]), int(number[2])) < (2, 4):
        return "", f"""ssl_cert = <{leaf[0]}
ssl_key = <{leaf[1]}
mail_location = maildir:~/mail
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home
}}"""
    return "dovecot_config_version = 2.4.0\ndovecot_storage_version = 2.4.0\n", f"""ssl_server_cert_file = {leaf[0]}
ssl_server_key_file = {leaf[1]}
mail_driver = maildir
mail_path = ~/mail
passdb static {{
  password = secret
}}
userdb static {{
  fields {{
    uid = {user}
    gid = {group}
    home = {folder}/home
  }}
}}"""


def dovecot(case, leaf):
    """Ports of {imap, pop3, sieve}; user "me", password "secret"."""
    folder = f"{case.folder}/dovecot"
    os.makedirs(folder)
    ports = {name: free_port() for name in ("imap", "pop3", "sieve")}
    root = os.geteuid() == 0
    user, group = ("nobody", "nogroup") if root else (getpass.getuser(), run("id", "-gn").stdout.strip())
    os.makedirs(f"{folder}/home")
    if root:
        os.chmod(case.folder, 0o755)
        shutil.chown(f"{folder}/home", user, group)
    services = "".join(f"""service {kind}-login {{
  chroot =
  inet_listener {name} {{
    port = {ports[name]}
  }}
  inet_listener {name}s {{
    port = 0
  }}
}}
""" for name, kind in (("imap", "imap"), ("pop3", "pop3"), ("sieve", "managesieve")))
    version, specific = dovecot_words(leaf, user, group, folder)
    with open(f"{folder}/dovecot.conf", "w") as file:
        file.write(f"""{version}base_dir = {folder}/run
state_dir = {folder}/state
log_path = /dev/stderr
protocols = imap pop3 sieve
listen = 127.0.0.1
ssl = required
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
{specific}
service anvil {{
  chroot =
}}
{services}""")
    start(case, ports.values(), ["/usr/sbin/dovecot", "-F", "-c", f"{folder}/dovecot.conf"])
    return ports


def postgres(case, leaf):
    """The port; user "test" is trusted."""
    folder, port = f"{case.folder}/postgres", free_port()
    os.makedirs(folder)
    prefix = unprivileged(case, folder)
    certificate, key = owned(case, leaf, folder, prefix)
    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    made = run(*prefix, f"{binaries}/initdb", "-D", f"{folder}/data", "-U", "test", "-A", "trust", "--no-sync", cwd=folder)
    case.assertEqual(made.returncode, 0, made.stdout + made.stderr)
    start(case, [port], [*prefix, f"{binaries}/postgres", "-D", f"{folder}/data", "-h", "127.0.0.1", "-p", port, "-k", folder, "-F",
                         "-c", "ssl=on", "-c", f"ssl_cert_file={certificate}", "-c", f"ssl_key_file={key}"], cwd=folder)
    return port


def mariadb(case, leaf):
    """The port; user "test" needs no password, but TLS."""
    folder, port = f"{case.folder}/mariadb", free_port()
    os.makedirs(f"{folder}/data/mysql")
    prefix = unprivileged(case, folder)
    certificate, key = owned(case, leaf, folder, prefix)
    if prefix:
        for path in (f"{folder}/data", f"{folder}/data/mysql"):
            shutil.chown(path, "nobody", "nogroup")
    statements = "CREATE OR REPLACE USER test REQUIRE SSL;\n"
    server = [*prefix, "/usr/sbin/mariadbd", "--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}", f"--socket={folder}/socket",
              f"--pid-file={folder}/pid"]
    files = (f"/usr/share/{share}_system_tables{part}.sql" for part in ("", "_data") for share in ("mysql/mysql", "mariadb/mariadb"))
    scripts = "".join(Path(file).read_text() for file in files if os.path.exists(file))
    made = run(*server, "--bootstrap", "--skip-networking", input=f"use mysql;\n{scripts}\nFLUSH PRIVILEGES;\n{statements}")
    case.assertEqual(made.returncode, 0, made.stdout + made.stderr)
    start(case, [port], [*server, "--bind-address=127.0.0.1", f"--port={port}", f"--ssl-cert={certificate}", f"--ssl-key={key}"])
    return port


def slapd(case, leaf):
    """The port; the root DSE may be read by everyone."""
    folder, port = f"{case.folder}/slapd", free_port()
    os.makedirs(folder)
    with open(f"{folder}/slapd.conf", "w") as file:
        file.write(f"""pidfile {folder}/pid
TLSCertificateFile {leaf[0]}
TLSCertificateKeyFile {leaf[1]}
""")
    start(case, [port], ["/usr/sbin/slapd", "-d", "0", "-h", f"ldap://127.0.0.1:{port}", "-f", f"{folder}/slapd.conf"])
    return port
