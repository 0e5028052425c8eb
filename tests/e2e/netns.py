"""Network namespaces of a test's own: client - gateway - origin, joined by two veth pairs, IPv4 and IPv6.

    client 10.77.1.2, fd77:1::2 -- lan0 gateway wan0 -- origin 10.77.2.2, fd77:2::2

They need root, `ip` and `nft`; without them the test fails and says so. Names are unique, and removed with the test."""
import contextlib
import ctypes
import itertools
import os
import shutil
import socket

from harness import Case, run

CLONE_NEWNET = 0x40000000
CLIENT, GATEWAY, ORIGIN = ("10.77.1.2", "fd77:1::2"), ("10.77.1.1", "fd77:1::1"), ("10.77.2.2", "fd77:2::2")
FAMILIES = {"IPv4": 0, "IPv6": 1}  # index into the pairs above

_count = itertools.count()


def _must(*argv, input=None):
    done = run(*argv, input=input)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: {done.stderr.strip() or done.stdout.strip()}\n{input or ''}")
    return done.stdout


class Namespace:
    def __init__(self, case, role):
        self.name = f"bascule-{os.getpid()}-{next(_count)}-{role}"
        self.prefix = ("ip", "netns", "exec", self.name)
        _must("ip", "netns", "add", self.name)
        case.addCleanup(run, "ip", "netns", "del", self.name)
        self.ip("link set lo up")

    def ip(self, line):
        _must("ip", "-netns", self.name, *line.split())

    def run(self, *argv, **options):
        return run(*self.prefix, *argv, **options)

    def nft(self, ruleset):
        """Loads a ruleset (text)."""
        _must(*self.prefix, "nft", "-f", "-", input=ruleset)

    @contextlib.contextmanager
    def entered(self):
        """What this thread opens meanwhile, and the threads that it starts, are inside."""
        libc = ctypes.CDLL(None, use_errno=True)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        inside = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            assert libc.setns(inside, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(home, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
        finally:
            os.close(home)
            os.close(inside)


class NetworkCase(Case):
    """A test with .client, .gateway and .origin_net."""

    def setUp(self):
        super().setUp()
        missing = [tool for tool in ("ip", "nft", "curl") if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin")]
        if os.geteuid() != 0 or missing:
            self.fail("transparent mode is tested in network namespaces: run as root"
                      + (f", and install {', '.join(missing)}" if missing else ""))
        self.client, self.gateway, self.origin_net = (Namespace(self, role) for role in ("client", "gateway", "origin"))
        self._join(self.client, "eth0", CLIENT, "lan0", GATEWAY)
        self._join(self.origin_net, "eth0", ORIGIN, "wan0", ("10.77.2.1", "fd77:2::1"))
        for key in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
            _must(*self.gateway.prefix, "sysctl", "-qw", f"{key}=1")

    def _join(self, outer, outer_link, outer_addresses, inner_link, inner_addresses):
        """`outer` gets a link to the gateway, and its default routes over it."""
        _must("ip", "-netns", outer.name, "link", "add", outer_link, "type", "veth", "peer", "name", inner_link, "netns",
              self.gateway.name)
        for space, link, addresses in ((outer, outer_link, outer_addresses), (self.gateway, inner_link, inner_addresses)):
            space.ip(f"address add {addresses[0]}/24 dev {link}")
            space.ip(f"address add {addresses[1]}/64 dev {link} nodad")
            space.ip(f"link set {link} up")
        outer.ip(f"route add default via {inner_addresses[0]}")
        outer.ip(f"-6 route add default via {inner_addresses[1]}")

    def far_origin(self, handler=None, **options):
        """An origin in its own namespace, on both families; its names are origin.test and its addresses."""
        names = ("origin.test", *ORIGIN)
        with self.origin_net.entered():
            return self.origin(handler, names=names, host="::", family=socket.AF_INET6, **options)

    def start_gateway(self, more="", listener="", where=None, port=0, **options):
        """The daemon in the gateway's (or another) namespace, with a dual-stack transparent listener `gateway`."""
        return self.start(f"""
listeners: [{{name: gateway, address: "[::]:{port}", mode: transparent{listener}}}]
upstream: {{trust: [origin-ca.pem]{options.pop("upstream", "")}}}
{more}
""", prefix=(where or self.gateway).prefix, **options)

    def curl(self, daemon, family, port, *arguments, scheme="https", where=None):
        """curl to the origin by its name; the daemon is not known to it."""
        address = ORIGIN[FAMILIES[family]]
        return (where or self.client).run("curl", "-sS", "--noproxy", "*", "--cacert", daemon.ca, "--connect-to",
                                          f"origin.test:{port}:{f'[{address}]' if ':' in address else address}:{port}",
                                          *arguments, f"{scheme}://origin.test:{port}/")

    def assert_meant(self, record, family, port):
        """The record names the address that the client meant, not the daemon's."""
        address = ORIGIN[FAMILIES[family]]
        meant = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        self.assertEqual((record["target"], record["destination"]), (meant, meant), record)
        self.assertTrue(record["source"].strip("[").startswith(CLIENT[FAMILIES[family]]), record)
        self.assertEqual(record["mode"], "transparent")


def redirect(port, link="lan0"):
    """nftables: all TCP that comes over `link` for elsewhere goes to our listener, by REDIRECT."""
    return f"""table inet test {{
 chain to_proxy {{
  type nat hook prerouting priority dstnat
  iifname {link} fib daddr type != local meta l4proto tcp redirect to :{port}
 }}
}}"""


def tproxy(port, link="lan0"):
    """The same by TPROXY; needs tproxy_routes()."""
    return f"""table inet test {{
 chain divert {{
  type filter hook prerouting priority mangle
  iifname {link} fib daddr type local accept
  iifname {link} meta l4proto tcp socket transparent 1 meta mark set 1 accept
  iifname {link} meta nfproto ipv4 meta l4proto tcp tproxy ip to :{port} meta mark set 1 accept
  iifname {link} meta nfproto ipv6 meta l4proto tcp tproxy ip6 to :{port} meta mark set 1 accept
 }}
}}"""


def tproxy_routes(space):
    for family in ("-4", "-6"):
        space.ip(f"{family} rule add fwmark 1 lookup 100")
        space.ip(f"{family} route add local default dev lo table 100")
