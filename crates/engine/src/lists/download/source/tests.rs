//! Files and folders: what counts as a change, in which order, and what a folder shelf hands out.

use std::os::unix::fs::symlink;

use super::*;

/// A clock far enough behind every file of a test.
fn later() -> i64 {
    4_000_000_000_000
}

fn changed(look: Look) -> (Vec<String>, Seen) {
    match look {
        Look::Changed { files, seen } => (files.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect(), seen),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_is_read_again_only_when_it_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list.txt");
    std::fs::write(&path, "one").unwrap();
    let (files, seen) = changed(look_at_file(&path, None, later()).unwrap());
    assert_eq!(files, ["list.txt"]);
    assert_eq!(look_at_file(&path, Some(seen), later()).unwrap(), Look::Unchanged);

    let times = std::fs::metadata(&path).unwrap();
    std::fs::write(&path, "two").unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(times.modified().unwrap()).unwrap();
    let (_, after) = changed(look_at_file(&path, Some(seen), later()).unwrap());
    assert_ne!(after, seen, "the same size and the same time put back: the change time tells");

    let other = dir.path().join("other");
    std::fs::copy(&path, &other).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a file of this test")]
    std::fs::rename(&other, &path).unwrap();
    changed(look_at_file(&path, Some(after), later()).unwrap());

    assert!(look_at_file(dir.path(), None, later()).is_err(), "a folder is no file");
    assert!(look_at_file(&dir.path().join("gone"), None, later()).is_err());
}

#[test]
fn a_file_that_was_just_written_may_still_be_on_its_way() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("list.txt");
    std::fs::write(&path, "one").unwrap();
    let modified = |ms: i64| {
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(ms).unwrap());
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
    };
    modified(1_000_000);
    assert_eq!(look_at_file(&path, None, 1_000_000).unwrap(), Look::Settling);
    assert_eq!(look_at_file(&path, None, 1_001_999).unwrap(), Look::Settling);
    changed(look_at_file(&path, None, 1_002_000).unwrap());
    changed(look_at_file(&path, None, 999_999).unwrap());
}

#[test]
fn a_folder_is_read_in_natural_order_and_again_when_anything_in_it_changed() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
    assert!(look_at_folder(dir.path(), None, later()).is_err(), "an empty folder is no list");
    for name in ["page-10.json", "page-9.json", "page-010.json", "page-1.json", "Page-2.json", ".hidden"] {
        write(name, "x");
    }
    std::fs::create_dir(dir.path().join("below")).unwrap();
    let (files, seen) = changed(look_at_folder(dir.path(), None, later()).unwrap());
    assert_eq!(files, ["Page-2.json", "page-1.json", "page-9.json", "page-010.json", "page-10.json"]);
    assert_eq!(look_at_folder(dir.path(), Some(seen), later()).unwrap(), Look::Unchanged);
    write(".hidden", "changed");
    assert_eq!(look_at_folder(dir.path(), Some(seen), later()).unwrap(), Look::Unchanged, "hidden files are none of the list");
    write("page-11.json", "x");
    let (files, seen) = changed(look_at_folder(dir.path(), Some(seen), later()).unwrap());
    assert_eq!(files.len(), 6);
    #[expect(clippy::disallowed_methods, reason = "a file of this test")]
    std::fs::remove_file(dir.path().join("page-1.json")).unwrap();
    assert_eq!(changed(look_at_folder(dir.path(), Some(seen), later()).unwrap()).0.len(), 5);
}

#[test]
fn natural_order_is_an_order() {
    let names: [&[u8]; 9] = [b"", b"a", b"a1", b"a01", b"a1b", b"a2", b"a10", b"a99999999999999999999999999", b"b"];
    for left in names {
        for right in names {
            assert_eq!(natural(left, right), natural(right, left).reverse(), "{left:?} {right:?}");
            assert_eq!(natural(left, right).is_eq(), left == right, "different names never tie");
            for third in names {
                if natural(left, right).is_lt() && natural(right, third).is_lt() {
                    assert!(natural(left, third).is_lt(), "{left:?} {right:?} {third:?}");
                }
            }
        }
    }
    assert!(natural(b"a2", b"a10").is_lt() && natural(b"a10", b"a99999999999999999999999999").is_lt());
}

#[test]
fn sources_are_told_apart_by_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().canonicalize().unwrap().join("list.txt");
    std::fs::write(&file, "x").unwrap();
    assert_eq!(Source::named(file.as_os_str()).unwrap(), Source::File(file.clone()));
    assert!(matches!(Source::named(dir.path().as_os_str()).unwrap(), Source::Folder(_)));
    let address = Source::named("https://Example.org/x".as_ref()).unwrap();
    assert_eq!(address.host().as_deref(), Some("example.org"));
    assert!(Source::named("http://example.org/x".as_ref()).is_err(), "not a path that happens to be missing");
    assert!(Source::named("file:///etc/passwd".as_ref()).is_err());
    assert!(Source::named("/dev/null".as_ref()).is_err(), "a device");
}

#[test]
fn a_folder_shelf_hands_out_plain_names_and_stated_sizes() {
    let (dir, home_dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let home = Home::open(home_dir.path()).unwrap();
    std::fs::write(dir.path().join("index.json"), "12345").unwrap();
    std::fs::write(dir.path().join("empty"), "").unwrap();
    symlink("/dev/zero", dir.path().join("endless")).unwrap();
    let mut shelf = FolderShelf { dir: dir.path(), home: &home };
    assert_eq!(shelf.bytes("index.json", 5).unwrap(), b"12345", "at the limit");
    assert_eq!(shelf.bytes("index.json", 4).unwrap_err().code, FailureCode::TooLarge, "one beyond");
    assert_eq!(shelf.bytes("empty", 5).unwrap_err().code, FailureCode::NotAList);
    assert_eq!(shelf.bytes("endless", 5).unwrap_err().code, FailureCode::NotAList, "a device");
    assert_eq!(shelf.bytes("gone", 5).unwrap_err().code, FailureCode::NotThere);
    for name in ["../index.json", "/etc/passwd", "", "..", "a/b"] {
        assert_eq!(shelf.bytes(name, 5).unwrap_err().code, FailureCode::BadAnswer, "{name}");
    }
    for size in [4, 6] {
        assert_eq!(shelf.file("index.json", size).unwrap_err().code, FailureCode::WrongSize);
    }
    let copy = shelf.file("index.json", 5).unwrap();
    assert_eq!(std::fs::read(copy.path()).unwrap(), b"12345");
    drop(copy);
    assert_eq!(std::fs::read_dir(home.lists()).unwrap().count(), 0, "copies go when they are dropped");
}
