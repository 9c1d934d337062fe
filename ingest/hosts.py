"""Which hosts are part of the public network, by address and by name."""

import ipaddress

_TRANSLATING = ipaddress.ip_network("64:ff9b::/96")  # NAT64: an IPv4 address in the last four bytes
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # before an IPv4 address in the last four bytes (RFC 5214)
# What Python 3.11 takes for global and is not: protocol assignments, addresses with an IPv4 address inside that are not
# routed (::/96, SIIT, a site's own NAT64), site-local ones, documentation, segment routing.
_NOT_GLOBAL = tuple(
    ipaddress.ip_network(one)
    for one in ("192.0.0.0/24", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "fec0::/10", "3fff::/20", "5f00::/16")
)
_LOCAL = (".local", ".localhost", ".internal", ".lan", ".home", ".corp", ".intranet", ".home.arpa")


def is_public(where: str) -> bool:
    """Whether an IP address is one of the public network; what hides in an IPv6 address is looked at too."""
    found = ipaddress.ip_address(where.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if found in _TRANSLATING or (int(found) >> 32) & 0xFFFF_FFFF in _ISATAP:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast and not any(found in network for network in _NOT_GLOBAL)


def is_public_name(host: str) -> bool:
    """Whether a host may be one of the public network by its name alone.

    A literal address that is not global is none, nor a local name, nor a number that a resolver would read as one.
    """
    name = host.rstrip(".")
    try:
        return is_public(name)
    except ValueError:
        last = name.rpartition(".")[2]
        looks_numeric = last.isdigit() or last.startswith("0x")
        return "." in name and not name.endswith(_LOCAL) and not looks_numeric
