//! Reading fixed fields from bytes that nobody vouches for.

/// Why bytes are not a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Not our magic, or another version.
    #[error("The frame does not begin as a frame of this version.")]
    Magic,
    /// Fewer bytes than the header promises, or none.
    #[error("The frame is cut short.")]
    Short,
    /// More bytes than the header promises, or than a frame may have.
    #[error("The frame is longer than it says.")]
    Long,
    /// A field has a value that no frame has.
    #[error("The frame has an impossible {0}.")]
    Field(&'static str),
}

/// What is left to read.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], FrameError> {
        let (field, rest) = self.0.split_first_chunk::<N>().ok_or(FrameError::Short)?;
        self.0 = rest;
        Ok(*field)
    }

    pub(super) fn slice(&mut self, len: usize) -> Result<&'a [u8], FrameError> {
        let (field, rest) = self.0.split_at_checked(len).ok_or(FrameError::Short)?;
        self.0 = rest;
        Ok(field)
    }

    pub(super) fn number(&mut self) -> Result<u32, FrameError> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn number_in(&mut self, least: u32, most: u32, name: &'static str) -> Result<u32, FrameError> {
        self.number().and_then(|number| if (least..=most).contains(&number) { Ok(number) } else { Err(FrameError::Field(name)) })
    }
}
