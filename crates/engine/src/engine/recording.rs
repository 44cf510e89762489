//! The ledger for outsiders: signed exports, the key that signs them, and files that are checked.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use fingerprint::signal::Sha256;
use hashlist::shl::{Keyring, PublicKey, SecretKey, verify as verify_signature};

use super::core::Core;
use super::publishing;
use crate::error::{Code, Error, Result};
use crate::model::{CaseId, wire_enum};
use crate::record::check::{self, Checked};
use crate::record::export::{self, Made};
use crate::record::{page, table};
use crate::store::cases;
use crate::store::ledger::{self, Filter};

/// Name of the key that signs exports, below `keys/`.
const KEY: &str = "record.key";
/// How the file of a signature ends, after the whole name of the export.
const SIGNATURE: &str = "minisig";
/// How the page ends, in the same way.
const PAGE: &str = "html";
/// Largest export that is checked: a row has a few hundred bytes, so this is some millions of rows.
const LARGEST_EXPORT: u64 = 4 << 30;

/// What was written.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Rows.
    pub rows: u64,
    /// The export, its signature, and the page.
    pub files: [PathBuf; 3],
    /// The key that signed.
    pub key: PublicKey,
}

/// The key that signs exports of this home: made at the first one.
///
/// # Errors
/// [`Error::Io`], or that the key is damaged.
pub fn record_key(core: &Core) -> Result<SecretKey> {
    let file = core.home.keys().join(KEY);
    if !file.exists() {
        match publishing::make_key(&file, None) {
            Ok(made) => {
                crate::home::narrow_file(&made.public_file)?;
                let key = made.key;
                core.store.write(move |tx| ledger::append(tx, "record_key_made", None, serde_json::json!({"key": key.to_string()})))?;
            }
            // Another process made it in this very moment.
            Err(error) if error.code() == Code::NameTaken => {}
            Err(error) => return Err(error),
        }
    }
    publishing::read_key(&file, &|| Ok(None))
}

/// Writes the whole ledger, or the rows of one case, with a signature and a page to print. `key` signs instead of the key of this home.
///
/// # Errors
/// [`Code::NameTaken`] if one of the three files is there; [`Error::NotFound`]; [`Error::Io`].
pub fn export(core: &Core, path: &Path, case: Option<CaseId>, key: Option<SecretKey>) -> Result<Exported> {
    if let Some(case) = case {
        core.store.read(|connection| cases::get(connection, case))?;
    }
    let files = [path.to_owned(), beside(path, SIGNATURE), beside(path, PAGE)];
    if let Some(taken) = files.iter().find(|file| file.exists()) {
        let text = format!("{} is there already. Choose another name. Nothing was written.", crate::model::Shown::of_path(taken));
        return Err(Error::refused(Code::NameTaken, text));
    }
    let key = key.map_or_else(|| record_key(core), Ok)?;
    let made = Made { at: core.clock.now_ms(), person: core.person()?.name, key: key.public().to_string() };
    let found = core.store.read(|connection| export::of(connection, case, &made))?;
    let name = path.file_name().map(|name| crate::model::Shown::of_path(name.as_ref()).as_str().to_owned()).unwrap_or_default();
    let signature = key.sign_record(found.text.as_bytes(), &name, made.at);
    let signature = signature.map_err(|problem| Error::refused(Code::Refused, problem.to_string()))?;
    let about = page::About { file: &name, case, made: &made, words: key.public().words().join(" ") };
    let page = page::page(&found.rows, &about)?;
    for (file, text) in files.iter().zip([&found.text, &signature, &page]) {
        write_new(file, text)?;
    }
    Ok(Exported { rows: found.rows.len() as u64, files, key: key.public() })
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    name.into()
}

fn write_new(path: &Path, text: &str) -> Result<()> {
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(path).map_err(Error::io(path))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(Error::io(path))
}

wire_enum!(
    /// How a table is written.
    TableForm {
        /// Comma-separated values.
        Csv = "csv",
        /// JSON.
        Json = "json",
    }
);

/// Writes rows of the record as a table, oldest first: without hashes, and without names of people and files where asked for. Gives how many.
///
/// # Errors
/// [`Code::NameTaken`] if the file is there; the store's own; [`Error::Io`].
pub fn table(core: &Core, path: &Path, form: TableForm, filter: &Filter, with_names: bool) -> Result<u64> {
    if path.exists() {
        let text = format!("{} is there already. Choose another name. Nothing was written.", crate::model::Shown::of_path(path));
        return Err(Error::refused(Code::NameTaken, text));
    }
    let (mut rows, _) = core.store.read(|connection| ledger::page(connection, filter, None, u32::MAX))?;
    rows.reverse();
    let text = match form {
        TableForm::Csv => table::csv(&rows, with_names),
        TableForm::Json => table::json(&rows, with_names),
    };
    write_new(path, &text)?;
    Ok(rows.len() as u64)
}

wire_enum!(
    /// What the signature of an export says.
    Signed {
        /// It holds, by the key that was given, or by the key of this home.
        Good = "good",
        /// It holds, by the key that the export itself names: compare it with whoever gave you the file.
        UnknownKey = "unknown_key",
        /// There is none beside the file.
        Missing = "missing",
        /// It does not hold: file or signature were changed.
        Bad = "bad",
    }
);

wire_enum!(
    /// What the ledger of this home says to an export.
    Here {
        /// It holds the same rows.
        Same = "same",
        /// The export is of another home.
        Other = "other",
        /// The last rows of the export are missing here.
        Shorter = "shorter",
        /// A row differs here.
        Differs = "differs",
    }
);

/// What checking a file found.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Its lines.
    pub checked: Checked,
    /// Its signature.
    pub signed: Signed,
    /// The key whose signature holds.
    pub key: Option<PublicKey>,
    /// The ledger of this home against it.
    pub here: Here,
    /// The first row that is missing or differs here.
    pub here_at: Option<i64>,
}

impl Verdict {
    /// Whether nothing is wrong with the file. One without a signature, or signed by a key that nobody compared, is whole in itself and no more.
    pub fn is_whole(&self) -> bool {
        self.checked.broken.is_none() && self.signed != Signed::Bad && matches!(self.here, Here::Same | Here::Other)
    }
}

/// Checks an export of this home or of another one. `key` is the public key that the file should be signed with.
///
/// # Errors
/// [`Error::Io`] if it cannot be read; [`Code::BadArgument`] for a file that is far too large. A broken file is a result, not an error.
pub fn verify_file(core: &Core, path: &Path, key: Option<PublicKey>) -> Result<Verdict> {
    let bytes = read(path, LARGEST_EXPORT)?;
    // A byte that is no text ends the text before it: the line is then torn, and named.
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(bad) => std::str::from_utf8(&bytes[..bad.valid_up_to()]).unwrap_or_default(),
    };
    let checked = check::check(text);
    let (signed, key) = signature(core, path, &bytes, &checked, key)?;
    let (here, here_at) = compare(core, &checked.rows)?;
    Ok(Verdict { checked, signed, key, here, here_at })
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).map_err(Error::io(path))?;
    if bytes.len() as u64 > most {
        return Err(Error::refused(Code::BadArgument, "This file is too large to be an export of a ledger."));
    }
    Ok(bytes)
}

fn signature(core: &Core, path: &Path, bytes: &[u8], checked: &Checked, key: Option<PublicKey>) -> Result<(Signed, Option<PublicKey>)> {
    let file = beside(path, SIGNATURE);
    if !file.exists() {
        return Ok((Signed::Missing, None));
    }
    let signature = read(&file, hashlist::limits::SIGNATURE_BYTES as u64 + 1)?;
    let holds = |key: &PublicKey| verify_signature(bytes, bytes.len() as u64, &signature, &Keyring::new(*key)).is_ok();
    let own = || publishing::read_key(&core.home.keys().join(KEY), &|| Ok(None)).ok().map(|key| key.public());
    let known = match key {
        Some(key) => Some(key),
        None => own(),
    };
    if let Some(known) = known.filter(holds) {
        return Ok((Signed::Good, Some(known)));
    }
    let named = checked.key.as_deref().and_then(PublicKey::read).filter(holds);
    // A key that was given is the one that counts.
    let signed = if named.is_some() && key.is_none() { Signed::UnknownKey } else { Signed::Bad };
    Ok((signed, named))
}

/// The ledger here against the rows of an export. The first row of a ledger has a time of its own, so two homes never share it.
fn compare(core: &Core, rows: &[(i64, Sha256)]) -> Result<(Here, Option<i64>)> {
    core.store.read(|connection| {
        let Some((first, hash)) = rows.first() else { return Ok((Here::Same, None)) };
        if ledger::hash_of(connection, *first)? != Some(*hash) {
            let is_ours = rows.iter().any(|(seq, hash)| ledger::hash_of(connection, *seq).is_ok_and(|here| here == Some(*hash)));
            return Ok(if is_ours { (Here::Differs, Some(*first)) } else { (Here::Other, None) });
        }
        for (seq, hash) in rows {
            match ledger::hash_of(connection, *seq)? {
                None => return Ok((Here::Shorter, Some(*seq))),
                Some(here) if here != *hash => return Ok((Here::Differs, Some(*seq))),
                Some(_) => {}
            }
        }
        Ok((Here::Same, None))
    })
}
