//! The posts of the network as the generator remembers them: 16 bytes each, since there may be millions.

/// What the next event of a post must repeat: numbers that stand for texts.
#[derive(Clone, Copy)]
pub struct Post {
    /// The author's number.
    pub author: u32,
    /// The tribe's number plus one; 0 without a tribe.
    tribe: u32,
    /// The number of the title.
    pub title: u32,
    /// The number of the picture; 0 without one.
    pub picture: u16,
    /// Whether the post is deleted.
    pub deleted: bool,
}

impl Post {
    /// Returns a post without a tribe.
    pub fn new(author: u32, title: u32, picture: u16) -> Self {
        Self { author, tribe: 0, title, picture, deleted: false }
    }

    /// Returns the number of the tribe.
    pub fn tribe(&self) -> Option<u32> {
        self.tribe.checked_sub(1)
    }

    /// Moves the post into a tribe, or out of all.
    pub fn move_to(&mut self, tribe: Option<u32>) {
        self.tribe = tribe.map_or(0, |tribe| tribe + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::Post;

    #[test]
    fn a_post_takes_sixteen_bytes() {
        assert_eq!(size_of::<Post>(), 16);
    }
}
