//! One changed byte anywhere, and a cut anywhere: refused, and nothing changes.

use hashlist::shl::{Keyring, verify};
use hashlist::{Answers, Format, import_bytes, limits};

use crate::folder::*;

const FILE: &str = "example-42.shl.jsonl";

#[test]
fn f69_every_changed_byte_of_a_file_is_refused() {
    let (file, signature) = (sample(FILE), sample(&format!("{FILE}.minisig")));
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1 << (at % 8);
        assert_eq!(code(verify(&changed[..], limits::FILE_BYTES, &signature, &Keyring::new(key(ONE)))), "bad_signature", "byte {at}");
    }
}

#[test]
fn f69_every_changed_bit_of_a_signature_is_refused_but_for_the_text_that_nobody_signed() {
    for name in [FILE, "legacy-42.shl.jsonl"] {
        let (file, signature) = (sample(name), sample(&format!("{name}.minisig")));
        let first_line = signature.iter().position(|byte| *byte == b'\n').unwrap();
        let unsigned_text = "untrusted comment: ".len()..first_line;
        for at in 0..signature.len() {
            // Every bit of the form that is written today, one bit of each byte of the other.
            for bit in if name == FILE { 0..8 } else { at % 8..at % 8 + 1 } {
                let mut changed = signature.clone();
                changed[at] ^= 1 << bit;
                let result = verify(&file[..], limits::FILE_BYTES, &changed, &Keyring::new(key(ONE)));
                match &result {
                    Ok(verified) => {
                        assert!(unsigned_text.contains(&at), "byte {at} bit {bit} of {name} is not checked");
                        assert_eq!(verified.signer, key(ONE), "the comment decides nothing");
                    }
                    // The key id stands in the second line: another one is somebody else's.
                    Err(refusal) => assert!(matches!(refusal.code(), "bad_signature" | "unknown_key"), "byte {at} bit {bit} of {name}"),
                }
            }
        }
    }
}

#[test]
fn f68_a_cut_file_or_signature_is_refused() {
    let (file, signature) = (sample(FILE), sample(&format!("{FILE}.minisig")));
    let keys = Keyring::new(key(ONE));
    for end in (0..file.len()).step_by(97).chain([file.len() - 1]) {
        assert_eq!(code(verify(&file[..end], limits::FILE_BYTES, &signature, &keys)), "bad_signature", "the file cut at {end}");
        let unsigned = import_bytes(&file[..end], "x", &Answers { format: Some(Format::Shl), ..Answers::default() });
        assert_ne!(code(unsigned), "accepted", "cut at {end}, and nobody signed it");
    }
    for end in 0..signature.len() {
        assert_eq!(code(verify(&file[..], limits::FILE_BYTES, &signature[..end], &keys)), "bad_signature", "the signature cut at {end}");
    }
}

#[test]
fn signature_files_have_one_form_and_a_limit() {
    let (file, signature) = (sample(FILE), sample(&format!("{FILE}.minisig")));
    let text = String::from_utf8(signature).unwrap();
    let check = |signature: &str| code(verify(&file[..], limits::FILE_BYTES, signature.as_bytes(), &Keyring::new(key(ONE))));
    assert_eq!(check(&text.replace('\n', "\r\n")), "accepted", "a program of another system wrote it");
    assert_eq!(check(&format!("{text}\n")), "bad_signature", "a fifth line");
    assert_eq!(check(&format!("{text}{text}")), "bad_signature", "two signatures");
    assert_eq!(check(text.trim_end()), "bad_signature", "the last line end is missing");
    let padded = |bytes: usize| text.replacen("comment: ", &format!("comment: {}", "x".repeat(bytes - text.len())), 1);
    assert_eq!(check(&padded(limits::SIGNATURE_BYTES)), "accepted", "4 KiB");
    assert_eq!(check(&padded(limits::SIGNATURE_BYTES + 1)), "bad_signature", "one byte more");
}

#[test]
fn a_file_that_changes_after_its_check_is_refused() {
    let (file, signature) = (sample(FILE), sample(&format!("{FILE}.minisig")));
    let mut replay = at_41();
    let verified = verify(&file[..], limits::FILE_BYTES, &signature, replay.keys().unwrap()).unwrap();
    let changed = String::from_utf8(file.clone()).unwrap().replace("\"size\":3", "\"size\":4");
    assert_eq!(
        code(replay.apply(&opening(changed.as_bytes()), Some(&verified))),
        "bad_signature",
        "other bytes than those that were verified"
    );
    assert!(replay.apply(&opening(&file), Some(&verified)).unwrap().is_news, "and nothing had changed");
}

#[test]
fn a_file_that_changes_between_its_two_readings_is_refused() {
    let (file, signature) = (sample(FILE), sample(&format!("{FILE}.minisig")));
    let mut replay = at_41();
    let verified = verify(&file[..], limits::FILE_BYTES, &signature, replay.keys().unwrap()).unwrap();
    let changed = String::from_utf8(file.clone()).unwrap().replace("\"size\":3", "\"size\":4").into_bytes();
    let is_again = std::cell::Cell::new(false);
    let open =
        || -> std::io::Result<Box<dyn std::io::Read + '_>> { Ok(Box::new(if is_again.replace(true) { &changed[..] } else { &file[..] })) };
    assert_eq!(code(replay.apply(&open, Some(&verified))), "bad_signature", "what is taken is what was checked");
    assert!(replay.apply(&opening(&file), Some(&verified)).is_err(), "and nothing of it is gone on with");
}

#[test]
fn f69_changed_indexes_and_parts_of_a_published_folder_are_refused() {
    let mut publisher = Publisher::new(new_key());
    publisher.publish(&[entry("a", 1)]);
    publisher.publish(&[entry("a", 1), entry("b", 2)]);
    let mut at_1 = reader(publisher.key.public());
    let first = "own-1.shl.jsonl";
    assert!(take(&mut at_1, publisher.folder.file(first), publisher.folder.signature(first)).unwrap().is_news);
    for name in ["index.json", "own-1-2.shl.jsonl"] {
        for at in 0..publisher.folder.file(name).len() {
            let mut folder = publisher.folder.clone();
            folder.0.get_mut(name).unwrap()[at] ^= 1 << (at % 8);
            let mut replay = at_1.clone();
            let refused = code(folder.update(&mut replay));
            assert_eq!(refused, "bad_signature", "byte {at} of {name}");
            assert_eq!(replay.current(), at_1.current(), "byte {at} of {name} changed something");
        }
    }
}
