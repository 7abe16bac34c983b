//! Tables of text without borders, as all screens but that of a run have them.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, presets};

/// An empty table of that many characters with a rule under its heading.
pub(super) fn plain_table(width: u16, heading: &[&str]) -> Table {
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─').junction('─');
    table.load_style(presets::NOTHING.header_separator(rule));
    table.force_no_tty();
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(heading);
    table
}

/// Sets the numbers of some columns to the right.
pub(super) fn align_right(table: &mut Table, columns: std::ops::Range<usize>) {
    for column in table.column_iter_mut().skip(columns.start).take(columns.len()) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

/// The table's lines, without blanks at their ends.
pub(super) fn text_of(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
