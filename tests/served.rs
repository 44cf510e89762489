//! Two fresh homes and a web server on this machine: one publishes, the other subscribes over HTTPS with the root certificate of that network.

use std::path::PathBuf;

use crate::publish::{Neighbour, flip, mirror, words};
use crate::server::WebServer;
use crate::support::{Random, text};

/// A publisher, what its web server hands out, and a reader.
struct Network {
    a: Neighbour,
    served: PathBuf,
    server: WebServer,
    b: Neighbour,
}

impl Network {
    fn new(contents: &[&[u8]]) -> Self {
        let (a, b) = (Neighbour::with_list(contents), Neighbour::new());
        a.publish();
        let served = a.0.beside("served");
        mirror(&a.0.beside("web"), &served);
        let server = WebServer::of(&served);
        b.0.file("root.der", &server.root);
        Self { a, served, server, b }
    }

    /// Brings what A published to the web server.
    fn upload(&self) {
        self.a.publish();
        mirror(&self.a.0.beside("web"), &self.served);
    }

    fn subscribe(&self, more: &str) -> String {
        format!("list add {}/index.json --key {} --yes {more}", self.server.address, self.a.key())
    }
}

const OWN_NETWORK: &str = "--private-network --root-certificate root.der";

#[test]
fn a_list_travels_over_a_web_server_and_a_withdrawn_entry_opens_a_past_take_down() {
    let it = Network::new(&[b"one", b"two"]);
    it.b.0.upload("one.txt", "one");
    it.b.0.upload("three.txt", "three");
    it.b.0.sweep();
    let plain = it.subscribe(OWN_NETWORK).replace("https://", "http://");
    assert!(it.b.fails(&plain).contains("https://"), "plain text is not loaded from");
    assert!(it.b.fails(&it.subscribe("")).contains("private"), "the own network asks first");
    assert!(it.b.fails(&it.subscribe("--private-network")).contains("certificate"), "nobody vouches for this server");
    assert!(it.b.0.all(["list", "sources"]).is_empty() && it.server.asked().is_empty(), "nothing was asked for, nothing stays");

    let added = it.b.ok(&it.subscribe(OWN_NETWORK));
    assert_eq!((&added["list"], &added["seq"], &added["now_matching"]), (&"Ours".into(), &1.into(), &1.into()), "{added}");
    let source = it.b.ok("list sources");
    assert_eq!((&source["own_root"], &source["private_network"]), (&true.into(), &true.into()), "{source}");
    let case = it.b.0.only_case().to_string();
    it.b.ok(&format!("decide {case} take-down --now"));

    it.a.0.file("three", "three");
    it.a.ok("list put Ours three");
    it.upload();
    let before = it.server.asked().len();
    let changed = it.b.ok("list update");
    assert_eq!((&changed["added"], &changed["cases"]), (&1.into(), &1.into()), "an older upload is a case now: {changed}");
    let expected = ["/index.json", "/index.json.minisig", "/ours-1-2.shl.jsonl", "/ours-1-2.shl.jsonl.minisig"];
    assert_eq!(it.server.asked()[before..], expected.map(str::to_owned), "only the delta is fetched");

    it.a.ok("list withdraw Ours e1 --mistake");
    it.upload();
    let changed = it.b.ok("list update");
    assert_eq!((&changed["withdrawn"], &changed["decisions_affected"]), (&1.into(), &1.into()), "{changed}");
    let after = it.b.0.case(case.parse().expect("a number"));
    assert_eq!((&after["state"], &after["second_look"]), (&"open".into(), &"entry_withdrawn".into()), "{after}");
    it.b.0.ok(["ledger", "verify"]);
}

#[test]
fn f69_one_flipped_bit_at_200_places_of_what_is_served_is_refused() {
    let it = Network::new(&[b"one", b"two", b"three"]);
    it.b.ok(&it.subscribe(OWN_NETWORK));
    it.a.0.file("four", "four");
    it.a.ok("list put Ours four");
    it.upload();
    let web = it.a.0.beside("web");
    let (mut random, mut refused) = (Random(69), 0);
    for name in ["index.json", "index.json.minisig", "ours-1-2.shl.jsonl", "ours-1-2.shl.jsonl.minisig"] {
        let bytes = std::fs::read(web.join(name)).expect("the file");
        // The untrusted comment, the first line of a signature, is the one part that nobody signs.
        let first = if name.ends_with(".minisig") { bytes.iter().position(|byte| *byte == b'\n').expect("a line") + 1 } else { 0 };
        for _ in 0..50 {
            let place = first + random.below((bytes.len() - first) as u64) as usize;
            flip(&it.served.join(name), place);
            let failed = it.b.run(&words("list update Ours")).code(2, &format!("{name}, byte {place}")).last();
            let sentence = failed["error"].as_str().expect("a sentence");
            assert!(failed["state"] == "failed" && sentence.ends_with('.') && !sentence.contains("Err"), "{name}, byte {place}: {failed}");
            flip(&it.served.join(name), place);
            refused += 1;
        }
        assert!(it.b.is_listed(b"one") && !it.b.is_listed(b"four"), "{name}: the version before answers");
    }
    assert_eq!(refused, 200, "every place");
    assert_eq!(it.b.ok("list update Ours")["state"], "changed", "the whole files are taken");
    assert!(it.b.is_listed(b"four"), "and answer");
}

#[test]
fn f71_a_server_that_is_gone_leaves_the_list_matching_and_says_so() {
    let it = Network::new(&[b"one"]);
    it.b.ok(&it.subscribe(OWN_NETWORK));
    rustix::fs::unlink(it.served.join("index.json")).expect("it was there");
    let failed = it.b.run(&words("list update")).code(2, "the index is gone").last();
    assert_eq!(failed["state"], "failed", "{failed}");
    // A day and an hour later, by the largest time that was ever seen.
    let later = it.b.0.query("SELECT CAST(strftime('%s', 'now') AS INTEGER) * 1000 + 90000000");
    it.b.0.change(&format!("INSERT INTO setting VALUES ('largest_time', '{later}') ON CONFLICT DO UPDATE SET value = excluded.value"));
    let list = it.b.ok("list show Ours");
    assert!(list["state"] == "not_reached" && list["since"].is_string(), "every screen says since when: {}", text(&it.served));
    assert!(it.b.is_listed(b"one"), "and it matches all the same");
}

#[test]
fn a_root_certificate_counts_for_one_address_of_ones_own_network_and_no_other_file_is_one() {
    let it = Network::new(&[b"one"]);
    assert_eq!(it.b.run(&words(&it.subscribe("--root-certificate root.der"))).code, 64, "not without the yes to the own network");
    it.b.0.file("other.pem", "no certificate");
    assert!(it.b.fails(&it.subscribe("--private-network --root-certificate other.pem")).contains("not a certificate"), "in plain words");
    let stranger = WebServer::of(&it.served);
    it.b.0.file("stranger.der", &stranger.root);
    let err = it.b.fails(&it.subscribe("--private-network --root-certificate stranger.der"));
    assert!(err.contains("certificate"), "the root of somebody else vouches for nobody here: {err}");
    it.b.ok(&it.subscribe(OWN_NETWORK));
    assert_eq!(it.b.ok("list update")["state"], "unchanged", "it counts at every look");
}
