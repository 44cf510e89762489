//! F46 to F49: names that no upload form would make. Bytes are bytes, on the way in and on the way back.

use std::collections::BTreeSet;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

use super::harness::Run;
use super::watching::all_are_checked;
use crate::support::{Home, name_of_bytes};

/// Names of the files of the site, as bytes.
fn names(home: &Home) -> BTreeSet<Vec<u8>> {
    let entries = std::fs::read_dir(home.site()).expect("the site").map_while(Result::ok);
    entries.map(|entry| entry.file_name().as_bytes().to_vec()).collect()
}

#[test]
fn f46_every_byte_that_a_name_may_hold_comes_back_from_the_vault() {
    let Some(run) = Run::begin("F46", &[]) else { return };
    let home = Home::with_site();
    home.list_of("mine", &[b"listed"]);
    let made: BTreeSet<Vec<u8>> = (1..=255_u8).filter(|byte| *byte != b'/').map(|byte| vec![b'x', byte]).collect();
    for name in &made {
        std::fs::write(home.site().join(name_of_bytes(name)), "listed").expect("Linux takes any bytes");
    }
    home.sweep();
    let rows: BTreeSet<Vec<u8>> = home.rows().into_iter().map(|row| row.path).collect();
    assert_eq!(rows, made, "the store has them byte by byte");
    let case = home.only_case().to_string();
    home.ok(["decide", &case, "take-down", "--now"]);
    assert!(names(&home).is_empty(), "all are out of the site");
    let restored = home.ok(["restore", &case]);
    assert_eq!((&restored["done"], &restored["left"]), (&made.len().into(), &0.into()), "all are back: {restored}");
    assert_eq!(names(&home), made, "by the same names");
    run.end(made.len() as u64, "names, one for each byte");
}

#[test]
fn f48_the_longest_names_and_paths_beyond_the_limit_of_one_call_are_reached() {
    let Some(run) = Run::begin("F48", &[]) else { return };
    let home = Home::with_site();
    let long = "n".repeat(255);
    std::fs::write(home.site().join(&long), "at the root").expect("255 bytes are a name");
    let deepest = |parts: usize, part: &str, content: &str| {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let mut dir: OwnedFd = openat(CWD, home.site(), flags, Mode::empty()).expect("the site");
        for _ in 0..parts {
            mkdirat(dir.as_fd(), part, Mode::RWXU).expect("a folder");
            dir = openat(dir.as_fd(), part, flags, Mode::empty()).expect("just made");
        }
        let file = openat(dir.as_fd(), "file", OFlags::CREATE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR).expect("a file");
        rustix::io::write(file, content.as_bytes()).expect("written");
    };
    // 20 folders of 250 bytes: the path has 5,024 bytes, more than the 4,096 that one call takes. 300 folders: deeper than is looked.
    deepest(20, &"d".repeat(250), "beyond one call");
    deepest(300, "e", "too deep");
    drop(home.run(["sweep"]));
    let rows = home.rows();
    let of = |fits: &dyn Fn(&[u8]) -> bool| rows.iter().find(|row| fits(&row.path)).map(|row| (row.state.as_str(), row.reason.as_str()));
    assert_eq!(of(&|path| path == long.as_bytes()), Some(("checked", "")), "255 bytes");
    assert_eq!(of(&|path| path.len() > 4_096 && path.ends_with(b"/file")), Some(("checked", "")), "a path of 5,024 bytes");
    assert_eq!(
        of(&|path| path.starts_with(b"e/e/")),
        Some(("could_not_check", "depth_limit")),
        "what is too deep is a row: {} rows",
        rows.len()
    );
    run.end(3, "long and deep names");
}

#[test]
fn f49_names_that_differ_in_case_are_two_files_and_neither_is_overwritten() {
    let Some(run) = Run::begin("F49", &[]) else { return };
    let home = Home::with_site();
    home.list_of("mine", &[b"upper"]);
    home.upload("Photo.JPG", "upper");
    home.upload("photo.jpg", "lower");
    let watch = crate::support::Watch::start(&home);
    all_are_checked(&home, 2);
    drop(watch);
    let case = home.only_case().to_string();
    home.ok(["decide", &case, "take-down", "--now"]);
    assert_eq!(names(&home), BTreeSet::from([b"photo.jpg".to_vec()]), "the twin stays");
    home.ok(["restore", &case]);
    let read = |name: &str| std::fs::read(home.site().join(name)).expect("it is there");
    assert_eq!((read("Photo.JPG"), read("photo.jpg")), (b"upper".to_vec(), b"lower".to_vec()), "each with its own bytes");
    run.end(1, "pair of twins");
}
