//! The messages that authors see when they make a mistake: one message, at their own tokens.
//!
//! Method: each file under `compile/` must fail with the text in the `.stderr` file of its name. `TRYBUILD=overwrite` rewrites
//! the texts.

#[test]
fn mistakes_are_explained_where_they_were_made() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile/*.rs");
}
