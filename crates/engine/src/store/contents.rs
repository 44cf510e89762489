//! Contents and their signals.

pub use fingerprint::frame::{NearSignal, Picture, PictureSignal};
use fingerprint::near::NearHash;
use fingerprint::signal::{Pdq, Quality, Reading, View};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Tx, md5, optional_word, sha1, sha256, signed, unsigned};
use crate::error::{Error, Result};
use crate::model::{CaseId, Content, ContentId, Reason};

/// Version of the decoders and of the fingerprint code: contents that failed under an older one are tried again.
pub const DECODER_VERSION: i64 = 2;

/// How the pixel track of a content ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pixels {
    /// An empty file or plain text: there is no picture.
    NoPicture,
    /// Signals were computed.
    Done(Picture),
    /// They could not be, or are not usable.
    Failed(Reason, Option<Picture>),
}

impl Pixels {
    /// The signals of a decoded picture; one without a fingerprint that may be matched is kept, and visible as such.
    pub fn of_picture(picture: Picture) -> Self {
        match picture.signals.iter().any(PictureSignal::is_matchable) {
            true => Self::Done(picture),
            false => Self::Failed(Reason::LowQualityHash, Some(picture)),
        }
    }

    /// The signals, also those of a damaged or flat picture.
    pub fn picture(&self) -> Option<&Picture> {
        match self {
            Self::Done(picture) | Self::Failed(_, Some(picture)) => Some(picture),
            Self::NoPicture | Self::Failed(_, None) => None,
        }
    }

    /// Why they are missing, or not to be relied on alone.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Failed(reason, _) => Some(*reason),
            Self::Done(_) | Self::NoPicture => None,
        }
    }
}

/// The best quality among the frames of a picture.
pub fn best_quality(picture: &Picture) -> Quality {
    picture.signals.iter().map(|signal| signal.quality).max().unwrap_or(Quality::new(0))
}

/// A stored content.
#[derive(Clone, Debug)]
pub struct ContentRow {
    /// Its number.
    pub id: ContentId,
    /// Digests, size, real type.
    pub content: Content,
    /// How its pixel track ended; `None` while it was never tried.
    pub pixels: Option<Pixels>,
    /// Deaths of the worker on this content under this decoder version.
    pub strikes: i64,
    /// The decoder version that `pixels` come from, or that `strikes` count for.
    pub decoder: Option<i64>,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// The list generation it was last matched against; `None` until its first check has ended.
    pub generation: Option<i64>,
    /// When the first upload of it was read, in milliseconds since 1970.
    pub first_seen_at: i64,
}

/// Looks a content up by its SHA-256.
///
/// # Errors
/// The store's own.
pub fn by_sha256(connection: &Connection, sha256: &fingerprint::signal::Sha256) -> Result<Option<ContentRow>> {
    let found = connection.prepare_cached("SELECT * FROM content WHERE sha256 = ?")?.query_row([sha256.as_bytes()], base).optional()?;
    found.map(|row| with_pixels(connection, row)).transpose()
}

/// One content by number.
///
/// # Errors
/// [`Error::NotFound`], or the store's own.
pub fn get(connection: &Connection, id: ContentId) -> Result<ContentRow> {
    let found = connection.prepare_cached("SELECT * FROM content WHERE id = ?")?.query_row([id.get()], base).optional()?;
    with_pixels(connection, found.ok_or_else(|| Error::NotFound { what: "content", name: id.to_string() })?)
}

/// How many contents there are.
///
/// # Errors
/// The store's own.
pub fn count(connection: &Connection) -> Result<u64> {
    Ok(unsigned(connection.prepare_cached("SELECT count(*) FROM content")?.query_row([], |row| row.get(0))?))
}

/// The columns of `content`, before its signals are read.
struct Base {
    row: ContentRow,
    pixels: Option<String>,
    reason: Option<Reason>,
    picture: Option<Picture>,
}

fn base(row: &Row<'_>) -> rusqlite::Result<Base> {
    let kind: String = row.get("kind")?;
    let picture = match row.get::<_, Option<u32>>("width")? {
        None => None,
        Some(width) => Some(Picture {
            width,
            height: row.get::<_, Option<u32>>("height")?.unwrap_or(0),
            frames: row.get::<_, Option<u32>>("frames")?.unwrap_or(1),
            displayed: View::from_number(row.get::<_, Option<u8>>("displayed_view")?.unwrap_or(0)).unwrap_or(View::Original),
            signals: Vec::new(),
            near: Vec::new(),
        }),
    };
    Ok(Base {
        row: ContentRow {
            id: ContentId::new(row.get("id")?),
            content: Content {
                sha256: sha256(row, "sha256")?,
                sha1: sha1(row, "sha1")?,
                md5: md5(row, "md5")?,
                size: unsigned(row.get("size")?),
                kind: fingerprint::RealType::from_wire(&kind).map_or("unknown", |kind| kind.as_str()),
            },
            pixels: None,
            strikes: row.get("strikes")?,
            decoder: row.get("decoder")?,
            case: row.get::<_, Option<i64>>("triage_case")?.map(CaseId::new),
            generation: row.get("generation")?,
            first_seen_at: row.get("first_seen_at")?,
        },
        pixels: row.get("pixels")?,
        reason: optional_word(row, "pixel_reason", Reason::from_wire)?,
        picture,
    })
}

fn with_pixels(connection: &Connection, base: Base) -> Result<ContentRow> {
    let Base { mut row, pixels, reason, mut picture } = base;
    if let Some(picture) = &mut picture {
        picture.signals = signals(connection, row.id)?;
        picture.near = near(connection, row.id)?;
    }
    row.pixels = match (pixels.as_deref(), reason, picture) {
        (Some("no_picture"), ..) => Some(Pixels::NoPicture),
        (Some("failed"), Some(reason), picture) => Some(Pixels::Failed(reason, picture)),
        (Some("done"), _, Some(picture)) => Some(Pixels::Done(picture)),
        _ => None,
    };
    Ok(row)
}

/// Bytes of one PDQ fingerprint in all eight views.
const VIEWS_BYTES: usize = 8 * 32;

fn signals(connection: &Connection, id: ContentId) -> Result<Vec<PictureSignal>> {
    let mut statement = connection.prepare_cached("SELECT * FROM signal WHERE content = ? AND kind = 'pdq' ORDER BY frame, reading")?;
    let rows = statement.query_map([id.get()], views)?;
    let rows: Vec<[PictureSignal; 8]> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(rows.into_flattened())
}

/// The eight views of one frame in one reading.
fn views(row: &Row<'_>) -> rusqlite::Result<[PictureSignal; 8]> {
    let bytes: [u8; VIEWS_BYTES] = super::digest(row, "bytes", |bytes| bytes.try_into().ok())?;
    let (quality, frame, reading, blank) = (Quality::new(row.get("quality")?), row.get("frame")?, reading(row)?, row.get("blank")?);
    let hashes = bytes.as_chunks::<32>().0;
    Ok(View::ALL.map(|view| PictureSignal { hash: Pdq::new(hashes[usize::from(view.number())]), quality, view, frame, reading, blank }))
}

/// Second opinions of the kind that this build computes; those of an earlier one are compared with nothing.
fn near(connection: &Connection, id: ContentId) -> Result<Vec<NearSignal>> {
    let mut statement = connection.prepare_cached("SELECT * FROM signal WHERE content = ? AND kind = ? ORDER BY frame, reading")?;
    let rows = statement.query_map(params![id.get(), NearHash::KIND], |row| {
        let hash = super::digest(row, "bytes", |bytes| NearHash::from_parts(NearHash::KIND, bytes))?;
        Ok(NearSignal { hash, frame: row.get("frame")?, reading: reading(row)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn reading(row: &Row<'_>) -> rusqlite::Result<Reading> {
    Ok(Reading::from_number(row.get("reading")?).unwrap_or(Reading::Reference))
}

/// Makes sure that a content has a row, and gives its number.
///
/// # Errors
/// The store's own.
pub fn ensure(tx: &Tx<'_>, content: &Content) -> Result<ContentId> {
    tx.prepare_cached("INSERT INTO content (sha256, sha1, md5, size, kind, first_seen_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET kind = excluded.kind")?
        .execute(params![
            content.sha256.as_bytes(),
            content.sha1.as_bytes(),
            content.md5.as_bytes(),
            signed(content.size),
            content.kind,
            tx.now
        ])?;
    let id = tx.prepare_cached("SELECT id FROM content WHERE sha256 = ?")?.query_row([content.sha256.as_bytes()], |row| row.get(0))?;
    Ok(ContentId::new(id))
}

/// Counts an attempt to decode, *before* it is made: a content that kills the whole program is counted as well. Gives the strikes so far.
///
/// # Errors
/// The store's own.
pub fn count_attempt(tx: &Tx<'_>, id: ContentId) -> Result<i64> {
    tx.prepare_cached("UPDATE content SET strikes = CASE decoder WHEN ?1 THEN strikes + 1 ELSE 1 END, decoder = ?1 WHERE id = ?2")?
        .execute(params![DECODER_VERSION, id.get()])?;
    Ok(tx.prepare_cached("SELECT strikes FROM content WHERE id = ?")?.query_row([id.get()], |row| row.get(0))?)
}

/// Puts every upload whose content was never decoded for want of a jail, or while decoding paused, back among what waits.
///
/// # Errors
/// The store's own.
pub fn retry_undecoded(tx: &Tx<'_>) -> Result<()> {
    tx.execute(
        "UPDATE upload SET state = 'found', reason = NULL WHERE current = 1 AND place = 'site' AND directory = 0
         AND state = 'could_not_check' AND reason = 'sandbox_unavailable'",
        [],
    )?;
    Ok(())
}

/// Stores how the pixel track ended.
///
/// # Errors
/// The store's own.
pub fn set_pixels(tx: &Tx<'_>, id: ContentId, pixels: &Pixels) -> Result<()> {
    let (word, reason, picture) = match pixels {
        Pixels::NoPicture => ("no_picture", None, None),
        Pixels::Done(picture) => ("done", None, Some(picture)),
        Pixels::Failed(reason, picture) => ("failed", Some(*reason), picture.as_ref()),
    };
    tx.prepare_cached(
        "UPDATE content SET pixels = ?, pixel_reason = ?, decoder = ?, strikes = 0, width = ?, height = ?, frames = ?, quality = ?, displayed_view = ? WHERE id = ?",
    )?
    .execute(params![
        word,
        reason.map(Reason::as_str),
        DECODER_VERSION,
        picture.map(|picture| picture.width),
        picture.map(|picture| picture.height),
        picture.map(|picture| picture.frames),
        picture.map(|picture| best_quality(picture).get()),
        picture.map(|picture| picture.displayed.number()),
        id.get(),
    ])?;
    tx.prepare_cached("DELETE FROM signal WHERE content = ?")?.execute([id.get()])?;
    picture.map_or(Ok(()), |picture| insert_signals(tx, id, picture))
}

fn insert_signals(tx: &Tx<'_>, id: ContentId, picture: &Picture) -> Result<()> {
    let sql = "INSERT INTO signal (content, kind, frame, reading, quality, blank, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)";
    let mut insert = tx.prepare_cached(sql)?;
    for (number, views) in picture.signals.chunks(View::ALL.len()).enumerate() {
        let Some(PictureSignal { quality, frame, reading, blank, .. }) = views.first() else { continue };
        let bytes: Vec<u8> = views.iter().flat_map(|signal| *signal.hash.as_bytes()).collect();
        insert.execute(params![id.get(), "pdq", frame, reading.number(), quality.get(), blank, bytes])?;
        if let Some(near) = picture.near.get(number) {
            insert.execute(params![id.get(), NearHash::KIND, frame, reading.number(), quality.get(), blank, near.hash.as_bytes()])?;
        }
    }
    Ok(())
}

/// Writes down that a check of a content has ended, and against which list generation it was matched.
///
/// # Errors
/// The store's own.
pub fn set_generation(tx: &Tx<'_>, id: ContentId, generation: i64) -> Result<()> {
    tx.prepare_cached("UPDATE content SET generation = ?, checked_seq = (SELECT max(checked_seq) FROM content) + 1 WHERE id = ?")?
        .execute(params![generation, id.get()])?;
    Ok(())
}

/// Takes up again every upload whose pixels were last looked at by an older decoder version, or not at all for want of a sandbox. What is stored of them stays until then.
///
/// # Errors
/// The store's own.
pub fn retry_older_decoders(tx: &Tx<'_>) -> Result<()> {
    tx.execute(
        "UPDATE upload SET state = 'found', reason = NULL WHERE current = 1 AND place = 'site' AND directory = 0
         AND state <> 'found' AND content IN (SELECT id FROM content WHERE pixels IS NOT NULL AND (decoder < ? OR pixel_reason = 'sandbox_unavailable'))",
        [DECODER_VERSION],
    )?;
    Ok(())
}
