use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::triage::moves::out::HELD_MODE;
use crate::triage::moves::record::MODE_BITS;
use crate::triage::moves::tests::{A, B, Place, set, sha};

#[test]
fn f66_no_name_is_ever_replaced() {
    let place = Place::new();
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    fs::write(place.held(), B).unwrap();
    assert_eq!(place.move_out(&path, &original), Err(Failure::PathTaken));
    assert_eq!((fs::read(place.at(&path)).unwrap(), fs::read(place.held()).unwrap()), (A.to_vec(), B.to_vec()));
    fs::remove_file(place.held()).unwrap();
    place.move_out(&path, &original).unwrap();
    place.upload("a", B);
    assert_eq!(place.put_back(&path, &original, A), Err(Failure::PathTaken));
    assert_eq!((fs::read(place.at(&path)).unwrap(), fs::read(place.held()).unwrap()), (B.to_vec(), A.to_vec()));
    let file = File::open(place.held()).unwrap();
    let held = Slot { dir: place.holding.as_fd(), name: place.name.as_str().as_bytes() };
    let target = Slot { dir: place.root.as_fd(), name: b"a" };
    assert_eq!(rename_back(&file, held, target, &original).unwrap_err(), Failure::PathTaken, "taken after the first look");
    assert_eq!(place.held().metadata().unwrap().mode() & MODE_BITS, HELD_MODE, "it waits as before");
}

#[test]
fn missing_parents_are_made_again_and_a_link_among_them_is_not_followed() {
    let place = Place::new();
    let path = place.upload("x/y/a", A);
    let original = place.inspect(&path, A).unwrap();
    place.move_out(&path, &original).unwrap();
    fs::remove_dir_all(place.dir.path().join("site/x")).unwrap();
    symlink("/tmp", place.dir.path().join("site/x")).unwrap();
    assert_eq!(place.put_back(&path, &original, A), Err(Failure::Symlink));
    fs::remove_file(place.dir.path().join("site/x")).unwrap();
    fs::write(place.dir.path().join("site/x"), B).unwrap();
    assert_eq!(place.put_back(&path, &original, A), Err(Failure::PathTaken), "a file has the name of a parent");
    fs::remove_file(place.dir.path().join("site/x")).unwrap();
    assert_eq!(place.put_back(&path, &original, A).unwrap().notes, [Note::ParentsMade]);
    assert_eq!(place.dir.path().join("site/x/y").metadata().unwrap().mode() & MODE_BITS, PARENT_MODE);
}

#[test]
fn a_held_file_that_is_not_the_recorded_content_is_not_put_back() {
    let place = Place::new();
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    place.move_out(&path, &original).unwrap();
    fs::set_permissions(place.held(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(place.held(), B).unwrap();
    assert_eq!(place.put_back(&path, &original, A), Err(Failure::Changing));
    assert!(!place.at(&path).exists());
    fs::remove_file(place.held()).unwrap();
    assert_eq!(place.put_back(&path, &original, A), Err(Failure::Vanished));
}

#[test]
fn a_copy_back_that_meets_a_taken_name_leaves_no_temporary_file() {
    let Some(place) = Place::across() else { return };
    let path = place.upload("a", A);
    let original = place.inspect(&path, A).unwrap();
    place.copy_out(&path, &original, A).unwrap();
    place.upload("a", B);
    let (file, target) = (File::open(place.held()).unwrap(), Slot { dir: place.root.as_fd(), name: b"a" });
    assert_eq!(copy_back(&file, target, ".temporary", &original, &sha(A)).unwrap_err(), Failure::PathTaken);
    assert_eq!(place.names(&path), (vec![place.name.as_str().as_bytes().to_vec()], vec![b"a".to_vec()]));
    assert_eq!(fs::read(place.at(&path)).unwrap(), B);
}

#[test]
fn an_interrupted_return_is_finished_and_a_newcomer_is_not_taken_for_it() {
    let mut places = vec![Place::new()];
    places.extend(Place::across());
    for place in places {
        let path = place.upload("a", A);
        let original = place.inspect(&path, A).unwrap();
        place.move_out(&path, &original).or_else(|_| place.copy_out(&path, &original, A)).unwrap();
        place.upload("a", A);
        assert_eq!(place.put_back(&path, &original, A), Err(Failure::PathTaken), "the same content at another time is a newcomer");
        // Interrupted after the copy got its name, before the held file was removed.
        set(&place.at(&path), 0o644, original.atime_ns, original.mtime_ns);
        let identity = place.put_back(&path, &original, A).unwrap().identity;
        assert_eq!(place.names(&path), (Vec::new(), vec![b"a".to_vec()]));
        // Interrupted after the last step, before the outcome was committed.
        assert_eq!(place.put_back(&path, &original, A), Ok(PutBack { notes: Vec::new(), identity }));
        fs::write(place.at(&path), B).unwrap();
        assert_eq!(place.put_back(&path, &original, A), Err(Failure::Vanished));
    }
}
