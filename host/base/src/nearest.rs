//! The name that an author may have meant.

/// Returns the known name that a misspelt one is nearest to, if any is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        // Two names that share less than two thirds of their letters are no typing mistake.
        .filter(|(distance, known)| *distance * 3 <= known.len().max(name.len()))
        .min()
        .map(|(_, known)| known)
}
