//! Reading gzip (RFC 1952), by miniz_oxide.

use std::io::{self, ErrorKind, Read};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use crate::crc32::Crc32;

/// Flags of a member's header (section 2.3.1).
const CHECKED: u8 = 1 << 1;
const EXTRA: u8 = 1 << 2;
const NAME: u8 = 1 << 3;
const COMMENT: u8 = 1 << 4;
const RESERVED: u8 = 0xe0;

/// Which members are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Members {
    First,
    All,
}

enum State {
    Header,
    Body,
    End,
}

/// Reads what gzip holds, its checksums verified.
pub(crate) struct GzipDecoder<'a> {
    unread: &'a [u8],
    members: Members,
    state: State,
    inflate: Box<InflateState>,
    crc: Crc32,
}

impl<'a> GzipDecoder<'a> {
    pub(crate) fn new(input: &'a [u8], members: Members) -> Self {
        let inflate = InflateState::new_boxed(DataFormat::Raw);
        Self { unread: input, members, state: State::Header, inflate, crc: Crc32::new() }
    }

    /// What follows all that was read.
    pub(crate) fn unread(&self) -> &'a [u8] {
        self.unread
    }

    fn header(&mut self) -> io::Result<()> {
        let whole = self.unread;
        let [magic0, magic1, method, flags, ..] = *self.take(10)? else { return Err(cut()) };
        if [magic0, magic1, method] != [0x1f, 0x8b, 8] || flags & RESERVED != 0 {
            return Err(invalid("its header is not one of gzip"));
        }
        if flags & EXTRA != 0 {
            let size = self.take_u16()?;
            self.take(size.into())?;
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                let end = self.unread.iter().position(|&byte| byte == 0).ok_or_else(cut)?;
                self.take(end + 1)?;
            }
        }
        if flags & CHECKED != 0 {
            let size = whole.len() - self.unread.len();
            self.crc.reset();
            self.crc.update(whole.get(..size).unwrap_or_default());
            if self.take_u16()? != self.crc.sum() as u16 {
                return Err(invalid("the checksum of its header is another"));
            }
        }
        Ok(())
    }

    fn trailer(&mut self) -> io::Result<()> {
        let sums = [self.take_u16()?, self.take_u16()?, self.take_u16()?, self.take_u16()?];
        let word = |low: u16, high: u16| u32::from(low) | u32::from(high) << 16;
        let [sum_low, sum_high, size_low, size_high] = sums;
        if (word(sum_low, sum_high), word(size_low, size_high)) != (self.crc.sum(), self.crc.bytes()) {
            return Err(invalid("its checksum is another"));
        }
        let more = self.members == Members::All && !self.unread.is_empty();
        self.state = if more { State::Header } else { State::End };
        Ok(())
    }

    fn take(&mut self, size: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.unread.split_at_checked(size).ok_or_else(cut)?;
        self.unread = rest;
        Ok(taken)
    }

    fn take_u16(&mut self) -> io::Result<u16> {
        let &[low, high] = self.take(2)? else { return Err(cut()) };
        Ok(u16::from_le_bytes([low, high]))
    }
}

/// `UnexpectedEof` where the input is cut short.
impl Read for GzipDecoder<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.state {
                State::Header => {
                    self.header()?;
                    self.inflate.reset(DataFormat::Raw);
                    self.crc.reset();
                    self.state = State::Body;
                }
                State::Body => {
                    let result = inflate(&mut self.inflate, self.unread, buffer, MZFlush::None);
                    self.unread = self.unread.get(result.bytes_consumed..).unwrap_or_default();
                    let produced = buffer.get(..result.bytes_written).unwrap_or_default();
                    self.crc.update(produced);
                    match result.status {
                        Ok(MZStatus::StreamEnd) => self.trailer()?,
                        // Without room for what it has, or without more input.
                        Ok(_) | Err(MZError::Buf) if produced.is_empty() && self.unread.is_empty() => {
                            return Err(cut());
                        }
                        Ok(_) | Err(MZError::Buf) => {}
                        Err(_) => return Err(invalid("its deflate data is corrupt")),
                    }
                    if !produced.is_empty() {
                        return Ok(produced.len());
                    }
                }
                State::End => return Ok(0),
            }
        }
    }
}

fn cut() -> io::Error {
    ErrorKind::UnexpectedEof.into()
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}
