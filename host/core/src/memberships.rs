//! The memberships of rows in ranked sets: who is in a set, and by what score, as a module returns it.

use std::ops::Range;

use crate::column::{BytesColumn, Column, Values};

/// The longest name of a set or of a member, in bytes: as for a document's id.
pub const NAME_BYTES_MAX: usize = 512;

/// The most memberships of one row: every sink replaces those of a changed row in one go.
pub const ROW_PLACES_MAX: usize = 1_024;

/// The memberships of a batch of rows, by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Memberships {
    rows: Vec<u32>,
    sets: Column,
    members: Column,
    scores: Vec<f64>,
}

/// One membership of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MembershipRef<'a> {
    /// The set, 1 to 512 bytes.
    pub set: &'a str,
    /// The member's name in the set, 1 to 512 bytes.
    pub member: &'a str,
    /// The score that orders members: finite, and never −0.
    pub score: f64,
}

impl Default for Memberships {
    fn default() -> Self {
        let names = || Column::empty(crate::description::ValueType::Text);
        Self { rows: Vec::new(), sets: names(), members: names(), scores: Vec::new() }
    }
}

impl Memberships {
    /// Checks what a module returns for `count` rows. Membership `i` is that of `members[i]` in `sets[i]` with `scores[i]`, and
    /// belongs to row `rows[i]`.
    ///
    /// # Errors
    /// Names the rule of the contract that is broken, and where.
    pub fn from_parts(
        count: usize,
        rows: Vec<u32>,
        sets: BytesColumn,
        members: BytesColumn,
        mut scores: Vec<f64>,
    ) -> Result<Self, String> {
        let len = rows.len();
        if scores.len() != len {
            return Err(format!("`scores` has {} values where {len} are expected", scores.len()));
        }
        if let Some(&row) = rows.iter().find(|&&row| row as usize >= count) {
            return Err(format!("a membership of row {row} of {count}"));
        }
        if let Some(at) = rows.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(format!("`member-rows` falls from {} to {}", rows[at], rows[at + 1]));
        }
        let sets = names("sets", len, sets)?;
        let members = names("members", len, members)?;
        for (at, score) in scores.iter_mut().enumerate() {
            if !score.is_finite() {
                return Err(format!("`scores` has {score} at {at}, which is no finite number"));
            }
            // −0 becomes 0, because stores do not tell them apart.
            *score += 0.0;
        }
        let memberships = Self { rows, sets, members, scores };
        memberships.check_rows()?;
        Ok(memberships)
    }

    /// Returns whether no row is in any set.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the memberships of one row, in the module's order.
    pub fn of_row(&self, row: usize) -> impl Iterator<Item = MembershipRef<'_>> {
        let first = self.rows.partition_point(|&other| (other as usize) < row);
        let end = self.rows.partition_point(|&other| other as usize <= row);
        self.in_range(first..end)
    }

    fn in_range(&self, range: Range<usize>) -> impl Iterator<Item = MembershipRef<'_>> {
        range.map(|at| MembershipRef {
            set: text(&self.sets, at),
            member: text(&self.members, at),
            score: self.scores[at],
        })
    }

    /// Checks that no row has too many memberships, or one twice.
    fn check_rows(&self) -> Result<(), String> {
        let mut first = 0;
        for of_row in self.rows.chunk_by(|one, other| one == other) {
            let row = of_row[0];
            if of_row.len() > ROW_PLACES_MAX {
                return Err(format!(
                    "row {row} has {} memberships, more than {ROW_PLACES_MAX}",
                    of_row.len()
                ));
            }
            let mut pairs: Vec<(&str, &str)> = self
                .in_range(first..first + of_row.len())
                .map(|membership| (membership.set, membership.member))
                .collect();
            pairs.sort_unstable();
            if let Some(twice) = pairs.windows(2).find(|pair| pair[0] == pair[1]) {
                let (set, member) = twice[0];
                return Err(format!("row {row} is twice in set `{set}` as `{member}`"));
            }
            first += of_row.len();
        }
        Ok(())
    }
}

/// Checks the names of sets or members.
fn names(what: &str, count: usize, names: BytesColumn) -> Result<Column, String> {
    let column =
        Column::from_parts(count, Values::Texts(names), None).map_err(|why| format!("`{what}` {why}"))?;
    for at in 0..count {
        let bytes = text(&column, at).len();
        if bytes == 0 || bytes > NAME_BYTES_MAX {
            return Err(format!(
                "`{what}` has a name of {bytes} bytes at {at}: names have 1 to {NAME_BYTES_MAX}"
            ));
        }
    }
    Ok(column)
}

fn text(column: &Column, at: usize) -> &str {
    match column.get(at) {
        Some(crate::column::ValueRef::Text(text)) => text,
        _ => unreachable!("names are texts without nulls"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> BytesColumn {
        let mut column = BytesColumn::default();
        values.iter().for_each(|value| column.push(value.as_bytes()));
        column
    }

    fn of(count: usize, of_rows: &[(u32, &str, &str, f64)]) -> Result<Memberships, String> {
        let sets: Vec<&str> = of_rows.iter().map(|membership| membership.1).collect();
        let members: Vec<&str> = of_rows.iter().map(|membership| membership.2).collect();
        let rows = of_rows.iter().map(|membership| membership.0).collect();
        let scores = of_rows.iter().map(|membership| membership.3).collect();
        Memberships::from_parts(count, rows, column(&sets), column(&members), scores)
    }

    #[test]
    fn each_row_has_its_own_places() {
        let some = [(0, "a", "m", 1.0), (0, "b", "m", -0.0), (2, "a", "n", 2.5)];
        let memberships = of(3, &some).unwrap();
        let shown = |row| -> Vec<_> {
            memberships
                .of_row(row)
                .map(|membership| (membership.set, membership.member, membership.score.to_bits()))
                .collect()
        };
        assert_eq!(shown(0), [("a", "m", 1_f64.to_bits()), ("b", "m", 0)]);
        assert_eq!(shown(1), []);
        assert_eq!(shown(2), [("a", "n", 2.5_f64.to_bits())]);
        assert_eq!(shown(3), []);
        assert!(Memberships::default().is_empty() && of(9, &[]).unwrap() == Memberships::default());
    }

    #[test]
    fn what_breaks_a_rule_is_refused_by_its_name() {
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        let many: Vec<String> = (0..=ROW_PLACES_MAX).map(|at| format!("m{at}")).collect();
        let many: Vec<_> = many.iter().map(|member| (1, "s", member.as_str(), 0.0)).collect();
        for (of_rows, why) in [
            (&[(1, "s", "m", 0.0)][..], "a membership of row 1 of 1"),
            (&[(0, "", "m", 0.0)], "`sets` has a name of 0 bytes at 0: names have 1 to 512"),
            (&[(0, "s", &long, 0.0)], "`members` has a name of 513 bytes at 0"),
            (&[(0, "s", "m", f64::NAN)], "`scores` has NaN at 0"),
            (&[(0, "s", "m", 0.0), (0, "s", "n", f64::INFINITY)], "`scores` has inf at 1"),
            (
                &[(0, "s", "m", 0.0), (0, "t", "m", 0.0), (0, "s", "m", 1.0)],
                "row 0 is twice in set `s` as `m`",
            ),
        ] {
            let refused = of(1, of_rows).unwrap_err();
            assert!(refused.starts_with(why), "{refused}");
        }
        assert_eq!(
            of(2, &[(1, "s", "m", 0.0), (0, "s", "n", 0.0)]).unwrap_err(),
            "`member-rows` falls from 1 to 0"
        );
        assert_eq!(of(2, &many).unwrap_err(), "row 1 has 1025 memberships, more than 1024");
        assert!(of(2, &many[1..]).is_ok());

        let parts = |sets: BytesColumn, members: BytesColumn, scores: &[f64]| {
            Memberships::from_parts(1, vec![0], sets, members, scores.to_vec()).unwrap_err()
        };
        let one = || column(&["s"]);
        assert_eq!(parts(one(), one(), &[]), "`scores` has 0 values where 1 are expected");
        assert_eq!(parts(column(&[]), one(), &[0.0]), "`sets` has 0 values where 1 are expected");
        assert_eq!(parts(one(), column(&["a", "b"]), &[0.0]), "`members` has 2 values where 1 are expected");
        let torn = BytesColumn::from_parts(vec![0, 1], vec![0xff]).unwrap();
        assert!(parts(one(), torn, &[0.0]).starts_with("`members` is not UTF-8"));
    }
}
