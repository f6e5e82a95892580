//! Suggestions for misspelt names.

/// Returns the known name that is most similar to a misspelt one, if one is similar enough.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        // Names that share less than two thirds of their letters are not typing mistakes of each other.
        .filter(|(distance, known)| *distance * 3 <= known.len().max(name.len()))
        .min()
        .map(|(_, known)| known)
}
