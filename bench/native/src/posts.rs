//! A sketch of users for each post.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast;
use foldhash::quality;
use serde::Serialize;

use crate::sketches::Sketches;

/// The posts that were liked.
#[derive(Default)]
pub struct Posts {
    slot_by_post: HashMap<Box<str>, u32, fast::FixedState>,
    sketches: Sketches,
}

#[derive(Serialize)]
struct Document<'a> {
    post_id: &'a str,
    count: u64,
}

impl Posts {
    /// Returns the post's slot, a new one for a new post.
    pub fn slot(&mut self, post: &str) -> u32 {
        if let Some(&slot) = self.slot_by_post.get(post) {
            return slot;
        }
        let slot = self.sketches.push();
        self.slot_by_post.insert(post.into(), slot);
        slot
    }

    /// Hashes a user. All bits of the hash are used.
    pub fn hash(user: &str) -> u64 {
        quality::FixedState::default().hash_one(user.as_bytes())
    }

    /// Counts a user for the post in this slot.
    pub fn add(&mut self, slot: u32, user: u64) {
        self.sketches.add(slot, user);
    }

    /// Returns a JSON document for each post.
    pub fn documents(&self) -> Vec<Vec<u8>> {
        let document = |post: &str, slot: u32| {
            let document = Document { post_id: post, count: self.sketches.estimate(slot) };
            serde_json::to_vec(&document).expect("a text and a number are JSON")
        };
        self.slot_by_post.iter().map(|(post, &slot)| document(post, slot)).collect()
    }
}
