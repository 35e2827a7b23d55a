//! Columns of text, and colors.

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
/// Ends both.
const NEITHER: &str = "\x1b[22m";
const YELLOW: &str = "\x1b[33m";
const DEFAULT: &str = "\x1b[39m";

/// Every escape sequence that is written.
pub(crate) const COLORS: [&str; 5] = [BOLD, DIM, NEITHER, YELLOW, DEFAULT];

/// Whether text is colored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Colors {
    /// With escape sequences, for a terminal.
    On,
    /// Plain.
    Off,
}

impl From<bool> for Colors {
    fn from(on: bool) -> Self {
        if on { Colors::On } else { Colors::Off }
    }
}

impl Colors {
    /// What stands out.
    pub(crate) fn bold(self, text: &str) -> String {
        self.wrapped(BOLD, text, NEITHER)
    }

    /// What is only a label.
    pub(crate) fn dim(self, text: &str) -> String {
        self.wrapped(DIM, text, NEITHER)
    }

    /// What is to be looked at.
    pub(crate) fn yellow(self, text: &str) -> String {
        self.wrapped(YELLOW, text, DEFAULT)
    }

    fn wrapped(self, on: &str, text: &str, off: &str) -> String {
        match self {
            Colors::On => format!("{on}{text}{off}"),
            Colors::Off => text.to_owned(),
        }
    }
}

/// How the cells of a column stand.
#[derive(Clone, Copy)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Columns two spaces apart.
pub(crate) struct Table<const N: usize> {
    columns: [Align; N],
    rows: Vec<[Cell; N]>,
}

/// Text, and the same as it is written.
struct Cell {
    width: usize,
    written: String,
}

impl<const N: usize> Table<N> {
    pub(crate) fn new(columns: [Align; N]) -> Self {
        Table { columns, rows: Vec::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn row(&mut self, cells: [String; N]) {
        self.styled(cells, [|text| text.to_owned(); N]);
    }

    /// A row whose cells are colored, each by its own function.
    pub(crate) fn styled(&mut self, cells: [String; N], styles: [impl Fn(&str) -> String; N]) {
        let mut styles = styles.into_iter();
        self.rows.push(cells.map(|text| Cell {
            width: text.chars().count(),
            written: styles.next().map_or_else(|| text.clone(), |style| style(&text)),
        }));
    }

    /// The lines, without spaces at their ends.
    pub(crate) fn render(&self) -> String {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.width.max(*width);
            }
        }
        let line = |row: &[Cell; N]| {
            let cells = row.iter().zip(&self.columns).zip(widths).map(|((cell, align), width)| {
                let space = " ".repeat(width - cell.width);
                match align {
                    Align::Left => format!("{}{space}", cell.written),
                    Align::Right => format!("{space}{}", cell.written),
                }
            });
            cells.collect::<Vec<_>>().join("  ").trim_end_matches(' ').to_owned()
        };
        self.rows.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
