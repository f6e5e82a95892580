//! Tables in Markdown, aligned so that the source is readable.

use std::fmt::Write as _;

/// A table whose first column is text; the others are numbers.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Begins a table.
    pub fn new(head: &[&str]) -> Self {
        Self { rows: vec![head.iter().map(|&cell| cell.to_owned()).collect()] }
    }

    /// Adds a row.
    ///
    /// # Panics
    /// Panics when the number of cells differs from the head's.
    pub fn row(&mut self, cells: Vec<String>) {
        assert_eq!(cells.len(), self.rows[0].len(), "a row is as long as the head");
        self.rows.push(cells);
    }

    /// Returns the table as Markdown.
    pub fn markdown(&self) -> String {
        let length = |cell: &String| cell.chars().count();
        let width =
            |column: usize| self.rows.iter().map(|row| length(&row[column])).max().unwrap_or(0).max(3);
        let widths: Vec<usize> = (0..self.rows[0].len()).map(width).collect();
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                let padding = " ".repeat(width - length(cell));
                let cell = if column == 0 { format!("{cell}{padding}") } else { format!("{padding}{cell}") };
                write!(text, "| {cell} ").expect("a string takes everything");
            }
            text.push_str("|\n");
            if number == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(width + 1);
                    text.push_str(&if column == 0 { format!("|{dashes}-") } else { format!("|{dashes}:") });
                }
                text.push_str("|\n");
            }
        }
        text
    }
}

/// Returns a number, or a dash for `None`.
pub fn cell(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.digits$}"))
}

/// Returns a whole number with commas.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        let left = digits.len() - position;
        if position > 0 && left.is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_numbers_to_the_right() {
        let mut table = Table::new(&["what", "CPU s"]);
        table.row(vec!["naïve".to_owned(), "1".to_owned()]);
        table.row(vec!["x".to_owned(), "1,000".to_owned()]);
        let expected = "| what  | CPU s |\n|-------|------:|\n| naïve |     1 |\n| x     | 1,000 |\n";
        assert_eq!(table.markdown(), expected);
    }
}
