//! Where in the source an instruction comes from, by the line info of `.BTF.ext`.

use crate::ext::ExtSection;
use crate::{BpfObject, Relocation};

/// Most bytes of a path or a line's text: in a hostile object each can be as long as the file.
const MAX_TEXT: usize = 512;

/// A line of the source, as the compiler saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceLine {
    /// Path of the file, as it was given to the compiler.
    pub file: String,
    /// Number of the line, from 1; 0 where the compiler knew none.
    pub line: u32,
    /// Number of the column, from 1; 0 where the compiler knew none.
    pub column: u32,
    /// Text of the line without the white space around it; empty where the object has none.
    pub text: String,
}

/// Line info of an object, by section and offset. Names stay in the object's BTF.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines(Vec<Line>);

#[derive(Clone, Debug)]
struct Line {
    section: usize,
    /// Of the first instruction, in bytes in the section.
    offset: u64,
    file: u32,
    text: u32,
    line_col: u32,
}

impl Lines {
    /// `index` tells the index of the ELF section that a block of records names.
    pub(crate) fn new(blocks: &[ExtSection], index: impl Fn(&ExtSection) -> Option<usize>) -> Lines {
        let mut lines = Vec::new();
        for block in blocks {
            let Some(section) = index(block) else { continue };
            lines.extend(block.records.iter().map(|&[offset, file, text, line_col]| Line {
                section,
                offset: u64::from(offset),
                file,
                text,
                line_col,
            }));
        }
        // The compiler writes them in this order; whoever does not gets the last of equal ones.
        lines.sort_by_key(|line| (line.section, line.offset));
        Lines(lines)
    }

    /// The line that the instruction at `offset` belongs to, if it begins at or after `start`.
    fn find(&self, section: usize, start: u64, offset: u64) -> Option<&Line> {
        let after = self.0.partition_point(|line| (line.section, line.offset) <= (section, offset));
        let line = self.0.get(after.checked_sub(1)?)?;
        (line.section == section && line.offset >= start).then_some(line)
    }
}

impl BpfObject {
    /// The source line of a relocation of this object; none where no program holds its
    /// instruction, or the object was compiled without line info.
    pub fn source_line(&self, relocation: &Relocation) -> Option<SourceLine> {
        let program = self.programs.get(relocation.program?)?;
        let offset = u64::from(relocation.offset);
        let line = self.lines.find(program.section_index, program.offset, offset)?;
        let text = |name| String::from_utf8_lossy(self.btf.string_start(name, MAX_TEXT)).trim().to_owned();
        Some(SourceLine {
            file: text(line.file),
            // BPF_LINE_INFO_LINE_NUM and BPF_LINE_INFO_LINE_COL of include/uapi/linux/bpf.h.
            line: line.line_col >> 10,
            column: line.line_col & 0x3ff,
            text: text(line.text),
        })
    }
}
