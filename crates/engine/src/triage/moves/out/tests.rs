use std::fs;
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;

use super::*;
use crate::triage::moves::tests::{A, B, Place, set, sha};
use crate::triage::moves::{Found, Ours};

#[test]
fn reading_leaves_no_trace_in_the_access_time() {
    let place = Place::new();
    let path = place.upload("a", A);
    set(&place.at(&path), 0o644, 1_000_000_000, 2_000_000_000);
    let original = place.inspect(&path, A).unwrap();
    assert_eq!(original.atime_ns, 1_000_000_000);
    assert_eq!(place.at(&path).metadata().unwrap().atime(), 1);
}

#[test]
fn another_identity_or_other_content_voids_the_plan() {
    let place = Place::new();
    let path = place.upload("a", A);
    assert_eq!(place.inspect(&path, B), Err(Failure::Changing), "same file, other content than matched");
    let planned = identity_of(&place.at(&path).metadata().unwrap());
    fs::write(place.dir.path().join("site/b"), A).unwrap();
    fs::rename(place.dir.path().join("site/b"), place.at(&path)).unwrap();
    assert_eq!(inspect(place.root.as_fd(), &path, &planned, &sha(A), None), Err(Failure::Changing), "same content, another inode");
    fs::remove_file(place.at(&path)).unwrap();
    assert_eq!(inspect(place.root.as_fd(), &path, &planned, &sha(A), None), Err(Failure::Vanished));
}

#[test]
fn f51_f53_what_is_no_regular_file_is_not_inspected() {
    let place = Place::new();
    let path = place.upload("a", A);
    let planned = identity_of(&place.at(&path).metadata().unwrap());
    let failure = |path: &str| inspect(place.root.as_fd(), &SitePath::new(path).unwrap(), &planned, &sha(A), None).unwrap_err();
    symlink("a", place.dir.path().join("site/link")).unwrap();
    symlink(".", place.dir.path().join("site/dir")).unwrap();
    fs::create_dir(place.dir.path().join("site/real")).unwrap();
    rustix::fs::mkfifoat(&place.root, "fifo", Mode::from_raw_mode(0o644)).unwrap();
    assert_eq!(failure("link"), Failure::Symlink);
    assert_eq!(failure("dir/a"), Failure::Symlink);
    assert_eq!(failure("real"), Failure::NotRegular);
    assert_eq!(failure("fifo"), Failure::NotRegular);
}

#[test]
fn f64_a_file_swapped_for_a_link_or_another_file_stays_where_it_is() {
    let place = Place::new();
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    let aside = place.dir.path().join("original");
    fs::rename(place.at(&path), &aside).unwrap();
    symlink("/etc/passwd", place.at(&path)).unwrap();
    assert_eq!(place.move_out(&path, &original), Err(Failure::Changing));
    assert!(place.at(&path).is_symlink(), "the link is back at its name");
    fs::remove_file(place.at(&path)).unwrap();
    fs::write(place.at(&path), B).unwrap();
    assert_eq!(place.move_out(&path, &original), Err(Failure::Changing));
    assert_eq!((fs::read(place.at(&path)).unwrap(), fs::read(aside).unwrap()), (B.to_vec(), A.to_vec()), "nothing is lost");
    assert_eq!(place.names(&path).0, Vec::<Vec<u8>>::new());
}

#[test]
fn f65_a_parent_swapped_for_a_link_is_refused() {
    let place = Place::new();
    let path = place.upload("dir/a", A);
    let original = place.inspect(&path, A).unwrap();
    fs::rename(place.dir.path().join("site/dir"), place.dir.path().join("outside")).unwrap();
    symlink("../outside", place.dir.path().join("site/dir")).unwrap();
    assert_eq!(place.move_out(&path, &original), Err(Failure::Symlink));
    assert_eq!(set_aside(place.root.as_fd(), &path, &place.name, &original), Err(Failure::Symlink));
    assert_eq!(fs::read(place.dir.path().join("outside/a")).unwrap(), A, "what lies outside the root is not touched");
}

#[test]
fn f67_a_file_written_to_after_the_inspection_stays() {
    let place = Place::new();
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    fs::write(place.at(&path), B).unwrap();
    assert_eq!(place.move_out(&path, &original), Err(Failure::Changing));
    assert_eq!(fs::read(place.at(&path)).unwrap(), B);
}

#[test]
fn a_copy_that_fails_leaves_the_file_at_its_path_and_nothing_else() {
    let Some(place) = Place::across() else { return };
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    assert_eq!(place.copy_out(&path, &original, B), Err(Failure::Changing), "the copy is not the recorded content");
    assert_eq!(place.names(&path), (Vec::new(), vec![b"a".to_vec()]));
    fs::write(place.held(), B).unwrap();
    let original = place.inspect(&path, A).unwrap();
    assert_eq!(place.copy_out(&path, &original, A), Err(Failure::PathTaken));
    assert_eq!((fs::read(place.at(&path)).unwrap(), fs::read(place.held()).unwrap()), (A.to_vec(), B.to_vec()));
    fs::remove_dir_all(place.held().parent().unwrap()).unwrap();
    let failure = place.copy_out(&path, &original, A).unwrap_err();
    assert!(matches!(failure, Failure::IoError(_)), "a missing holding directory is not a vanished upload: {failure:?}");
    assert_eq!(fs::read(place.at(&path)).unwrap(), A);
}

#[test]
fn a_copy_that_was_interrupted_anywhere_is_finished() {
    let Some(place) = Place::across() else { return };
    let part = |place: &Place| place.held().with_file_name(format!("{}.part", place.name.as_str()));
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    set_aside(place.root.as_fd(), &path, &place.name, &original).unwrap();
    assert_eq!(place.locate(&path, &original, A), Found::Aside);
    fs::write(part(&place), &A[..5]).unwrap();
    place.upload("a", B);
    assert_eq!(place.locate(&path, &original, A), Found::OtherFileInSite { ours: Ours::Aside });
    // Interrupted after the copy got its name and before the file aside was removed.
    fs::write(place.held(), A).unwrap();
    assert_eq!(place.locate(&path, &original, A), Found::OtherFileInSite { ours: Ours::Aside });
    place.finish_out(&path, &original, A).unwrap();
    assert_eq!(place.locate(&path, &original, A), Found::OtherFileInSite { ours: Ours::Holding });
    assert_eq!((fs::read(place.held()).unwrap(), fs::read(place.at(&path)).unwrap()), (A.to_vec(), B.to_vec()));
    assert_eq!(place.names(&path).1, [b"a".to_vec()], "nothing is left aside");
}

#[test]
fn a_file_written_to_after_its_copy_was_proven_is_never_removed() {
    let Some(place) = Place::across() else { return };
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    set_aside(place.root.as_fd(), &path, &place.name, &original).unwrap();
    fs::write(place.held(), A).unwrap();
    fs::write(place.at(&path).with_file_name(place.name.aside()), B).unwrap();
    assert_eq!(place.finish_out(&path, &original, A), Err(Failure::Stranded), "both states are kept for a person");
    assert_eq!(place.names(&path), (vec![place.name.as_str().as_bytes().to_vec()], vec![place.name.aside().into_bytes()]));
}
