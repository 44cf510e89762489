//! Hash lists of this home: from a file on disk to an active version, and the open indexes that answer.
//!
//! - [`take`]: copies of list files in the home
//! - [`import`]: a copy is read and compared, and somebody hears how far that is ([`reading`])
//! - [`version`]: what was read becomes the version that answers
//! - [`signed`]: the same for lists with a signature
//! - [`changes`]: what one version says that another did not
//! - [`own`]: lists of one's own, made entry by entry; [`published`]: their folders for others
//! - [`active`]: the open indexes
//! - [`stored`]: the fingerprints of what is stored, as an index
//! - [`download`]: lists from elsewhere

pub mod active;
pub mod changes;
pub mod download;
pub mod files;
pub mod import;
pub mod own;
pub mod published;
pub mod reading;
pub mod signed;
pub mod stored;
pub mod take;
pub mod version;
