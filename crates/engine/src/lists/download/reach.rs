//! Where a connection may end: public addresses, unless the operator named a private one.
//!
//! A list's server could else send the program to a printer, a router or a cloud's address for credentials, and read from the answer's
//! timing what is there. The check is on the IP addresses that are connected to, not on names, so that a name which changes its meaning
//! between check and connection gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an IP address is one of the public internet.
///
/// Source: IANA "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose Address Registry"; of version 6 only global unicast
/// (2000::/3) counts, and what carries a version 4 address is judged by that.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let is_special = match ip.octets() {
        [0 | 10 | 127, ..] => true,                   // this network, private, loopback
        [100, second, ..] => second & 0xc0 == 64,     // shared by carriers, 100.64/10
        [169, 254, ..] => true,                       // link-local
        [172, second, ..] => second & 0xf0 == 16,     // private, 172.16/12
        [192, 168, ..] => true,                       // private
        [192, 0, 0 | 2, _] => true,                   // protocols, documentation
        [192, 88, 99, _] => true,                     // relays of 6to4
        [198, 18 | 19, ..] => true,                   // benchmarks
        [198, 51, 100, _] | [203, 0, 113, _] => true, // documentation
        [first, ..] => first >= 224,                  // multicast, reserved, broadcast
    };
    !is_special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    if let Some(inner) = ip.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        // Networks without version 4 reach it by this prefix (RFC 6052).
        let [.., a, b, c, d] = ip.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    let is_global_unicast = segments[0] & 0xe000 == 0x2000;
    let is_special = match segments {
        [0x2001, second, ..] if second < 0x200 => true, // 2001::/23: protocols, Teredo
        [0x2001, 0xdb8, ..] => true,                    // documentation
        [0x2002, ..] => true,                           // 6to4 carries any version 4 address
        [0x3fff, second, ..] => second < 0x1000,        // documentation
        _ => false,
    };
    is_global_unicast && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_and_other_addresses_are_told_apart() {
        let public = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "223.255.255.255"];
        let public_v6 = ["2606:2800:220:1::1", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2001:200::1"];
        for text in public.iter().chain(&public_v6) {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
        let other = [
            "0.0.0.0",
            "10.0.0.1",
            "127.0.0.1",
            "127.8.8.8",
            "100.64.0.1",
            "100.127.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
        ];
        let other_v6 = [
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "::127.0.0.1",
        ];
        for text in other.iter().chain(&other_v6) {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
    }
}
