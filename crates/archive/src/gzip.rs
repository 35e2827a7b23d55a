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
        let [magic0, magic1, method, flags, ..] = *self.take(10)? else { return Err(self.cut()) };
        if [magic0, magic1, method] != [0x1f, 0x8b, 8] || flags & RESERVED != 0 {
            return Err(invalid("its header is not one of gzip"));
        }
        if flags & EXTRA != 0 {
            let size = self.take_u16()?;
            self.take(size.into())?;
        }
        for text in [NAME, COMMENT] {
            if flags & text != 0 {
                let end = self.unread.iter().position(|&byte| byte == 0).unwrap_or(self.unread.len());
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
        let (taken, rest) = self.unread.split_at_checked(size).ok_or_else(|| self.cut())?;
        self.unread = rest;
        Ok(taken)
    }

    fn take_u16(&mut self) -> io::Result<u16> {
        let &[low, high] = self.take(2)? else { return Err(self.cut()) };
        Ok(u16::from_le_bytes([low, high]))
    }

    /// Ends the input where more was expected: all of it was read.
    fn cut(&mut self) -> io::Error {
        self.unread = &[];
        ErrorKind::UnexpectedEof.into()
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
                            return Err(self.cut());
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

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::bufread::MultiGzDecoder;
    use flate2::{Compression, GzBuilder};
    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;
    use std::io::Write as _;

    /// What `input` holds, or why it is refused and how much of it is left then.
    fn read(input: &[u8]) -> Result<Vec<u8>, (ErrorKind, usize)> {
        let mut decoder = GzipDecoder::new(input, Members::All);
        let mut content = Vec::new();
        match decoder.read_to_end(&mut content) {
            Ok(_) => Ok(content),
            Err(error) => Err((error.kind(), decoder.unread().len())),
        }
    }

    fn read_by_flate2(input: &[u8]) -> Result<Vec<u8>, (ErrorKind, usize)> {
        let mut decoder = MultiGzDecoder::new(input);
        let mut content = Vec::new();
        match decoder.read_to_end(&mut content) {
            Ok(_) => Ok(content),
            // What is corrupt, flate2 calls an invalid input here and there.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                Err((ErrorKind::InvalidData, decoder.get_ref().len()))
            }
            Err(error) => Err((error.kind(), decoder.get_ref().len())),
        }
    }

    fn member() -> impl Strategy<Value = Vec<u8>> {
        let text = || of("[a-z]{0,9}");
        let level = prop_oneof![Just(Compression::none()), Just(Compression::best())];
        let fields = (text(), text(), of(vec(any::<u8>(), 0..9)));
        (vec(0..4_u8, 0..200), fields, level).prop_map(|(content, (name, comment, extra), level)| {
            let builder = GzBuilder::new();
            let builder = name.into_iter().fold(builder, GzBuilder::filename);
            let builder = comment.into_iter().fold(builder, GzBuilder::comment);
            let builder = extra.into_iter().fold(builder, GzBuilder::extra);
            let mut writer = builder.write(Vec::new(), level);
            writer.write_all(&content).unwrap();
            writer.finish().unwrap()
        })
    }

    /// A header that has a checksum (FHCRC), which flate2 does not write, before the body and trailer of a member.
    fn checked(content: &[u8]) -> Vec<u8> {
        let mut writer = GzBuilder::new().write(Vec::new(), Compression::best());
        writer.write_all(content).unwrap();
        let mut bytes = writer.finish().unwrap();
        let body = bytes.split_off(10);
        bytes[3] = CHECKED;
        let mut crc = flate2::Crc::new();
        crc.update(&bytes);
        [bytes, (crc.sum() as u16).to_le_bytes().to_vec(), body].concat()
    }

    #[test]
    fn the_checksum_of_a_header_is_verified() {
        let mut bytes = checked(b"content");
        assert_eq!(read(&bytes), Ok(b"content".to_vec()));
        assert_eq!(read(&bytes), read_by_flate2(&bytes));
        // The time, which nothing else looks at.
        bytes[4] ^= 1;
        assert_eq!(read(&bytes), Err((ErrorKind::InvalidData, bytes.len() - 12)));
        assert_eq!(read(&bytes), read_by_flate2(&bytes));
    }

    proptest! {
        #[test]
        fn members_are_read_as_by_flate2(members in vec(member(), 1..4)) {
            let bytes = members.concat();
            let content = read(&bytes);
            prop_assert!(content.is_ok());
            prop_assert_eq!(content, read_by_flate2(&bytes));
        }

        #[test]
        fn what_is_cut_is_refused_at_its_end(
            members in vec(member(), 1..3),
            last in member(),
            cut in any::<prop::sample::Index>(),
        ) {
            let size = 1 + cut.index(last.len() - 1);
            let bytes = [&members.concat(), &last[..size]].concat();
            prop_assert_eq!(read(&bytes), Err((ErrorKind::UnexpectedEof, 0)));
            prop_assert_eq!(read(&bytes), read_by_flate2(&bytes));
        }

        #[test]
        fn a_changed_byte_is_judged_as_by_flate2(
            members in vec(member(), 1..4),
            place in any::<prop::sample::Index>(),
            change in 1_u8..,
        ) {
            let mut bytes = members.concat();
            let at = place.index(bytes.len());
            bytes[at] ^= change;
            prop_assert_eq!(read(&bytes), read_by_flate2(&bytes));
        }
    }
}
