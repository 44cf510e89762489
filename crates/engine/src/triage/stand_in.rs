//! The plain picture in the place of a file that was taken down, where the operator wants one: a page without a broken picture.

use std::os::fd::BorrowedFd;

use super::moves::{self, Original};
use crate::error::Result;
use crate::model::{Site, SiteMode};
use crate::store::contents::{self, Pixels};
use crate::store::uploads::UploadRow;
use crate::store::{Store, placeholders};

/// Puts a plain picture of the same type and about the same size where the file was. Only in a live folder, only where the operator asked for it, and only
/// for types that can be made; what cannot be put is left out, since nothing of the take-down depends on it.
///
/// # Errors
/// The store's own.
pub fn put(store: &Store, site: &Site, upload: &UploadRow, root: BorrowedFd<'_>, original: &Original) -> Result<()> {
    let Some(content) = upload.content.filter(|_| site.placeholder && site.mode == SiteMode::Live) else { return Ok(()) };
    let row = store.read(|connection| contents::get(connection, content))?;
    let Some(picture) = row.pixels.as_ref().and_then(Pixels::picture) else { return Ok(()) };
    let Some(bytes) = fingerprint::placeholder::plain(row.content.kind, picture.width, picture.height) else { return Ok(()) };
    let (id, sha256) = (upload.id, fingerprint::bytes::digests(&bytes).sha256);
    // Written down first: what is found at the path after a crash is known to be ours.
    store.write(move |tx| placeholders::put(tx, id, &sha256))?;
    if !moves::put_stand_in(root, &upload.file.path, &bytes, original) {
        store.write(move |tx| placeholders::removed(tx, id))?;
    }
    Ok(())
}

/// Takes the plain picture away before the file comes back. One that was changed since is somebody's file, and stays.
///
/// # Errors
/// The store's own.
pub fn take_away(store: &Store, upload: &UploadRow, root: BorrowedFd<'_>) -> Result<()> {
    let id = upload.id;
    let Some(sha256) = store.read(|connection| placeholders::get(connection, id))? else { return Ok(()) };
    if moves::take_stand_in_away(root, &upload.file.path, &sha256) {
        store.write(move |tx| placeholders::removed(tx, id))?;
    }
    Ok(())
}
