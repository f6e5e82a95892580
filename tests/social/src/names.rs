//! Names, titles, pictures: texts that a number stands for.

const FIRST: [&str; 16] = [
    "Ann", "Bob", "Chloé", "Dmitri", "Esra", "Farid", "Gudrun", "Hana", "Ivo", "Jürgen", "Kofi", "Lù", "Mia",
    "Noor", "Óscar", "Pia",
];

const LAST: [&str; 16] = [
    "Abel", "Berg", "Costa", "Demir", "Ek", "Fuchs", "García", "Holm", "Ito", "Jansen", "Kaya", "Lund",
    "Mbeki", "Novák", "O'Neil", "Park",
];

const TOPICS: [&str; 16] = [
    "Mustangs",
    "Sourdough",
    "Trail running",
    "Chess",
    "Analogue \"film\"",
    "Bicycles",
    "Berlin",
    "Gardens",
    "Rust",
    "Knitting",
    "Planets",
    "Jazz",
    "Bouldering",
    "Coffee",
    "Tides",
    "Old maps",
];

const WORDS: [&str; 16] = [
    "why",
    "today",
    "my first",
    "a question about",
    "look at this",
    "never again",
    "the best",
    "for beginners",
    "in the rain",
    "at night",
    "after ten years",
    "without tools",
    "finally",
    "über alles",
    "✨",
    "part two",
];

fn pick(words: &[&'static str; 16], number: u64) -> &'static str {
    words[(number % 16) as usize]
}

/// Returns the name of a person. Neighbouring numbers have other names, and every name has many numbers.
pub fn person(number: u64) -> String {
    format!("{} {}", pick(&FIRST, number), pick(&LAST, number / 16))
}

/// Returns the name of a tribe.
pub fn tribe(number: u64) -> String {
    format!("{} {}", pick(&TOPICS, number), number / 16 % 100)
}

/// Returns the title of a post.
pub fn title(number: u64) -> String {
    let (first, topic, last) = (pick(&WORDS, number), pick(&TOPICS, number / 16), pick(&WORDS, number / 256));
    format!("{first} {topic} {last} {}", number / 4_096 % 1_000)
}

/// Returns the address of a picture.
pub fn picture(number: u64) -> String {
    format!("https://pictures.example/{:08x}.jpg", number & 0xffff_ffff)
}
