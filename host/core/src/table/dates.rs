//! Next dates of cold rows: their keys, by date.
//!
//! An evicted row over windows leaves only its next date here: its key and about three bytes. When the date comes, the row is
//! read back and does what was scheduled. A row that came back earlier, because something was contributed to it, leaves its date
//! behind. So an entry says that there *may* be something to do, and is never too late.

use std::collections::BTreeMap;

use super::hash::{HashSeed, hash};

/// How many milliseconds share a bucket, if dates are times. Many rows then share a bucket, and one that is pending in part is
/// scanned each time.
pub(super) const SECOND_MS: i64 = 1_000;

/// The memory of a bucket without its entries: its place in the map.
const BUCKET_BYTES: usize = 64;

/// The number of parts in which [`ColdDates::prune`] goes through the entries, so that it never holds all keys at once.
const PARTS: u64 = 16;

/// Keys by date, compactly.
#[derive(Clone, Debug)]
pub(super) struct ColdDates {
    /// How many consecutive dates share a bucket.
    grain: i64,
    /// By date divided by the grain.
    buckets: BTreeMap<i64, Bucket>,
    entries: usize,
    bytes: usize,
}

/// The entries of neighbouring dates.
#[derive(Clone, Debug)]
struct Bucket {
    earliest: i64,
    /// For each entry: the date within the bucket, the length of the key, the key. Numbers are varints.
    bytes: Vec<u8>,
}

/// Keys whose date has come, sorted.
pub(super) struct PendingKeys {
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl PendingKeys {
    /// Returns the keys in rising order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.places.iter().map(|&(start, end)| &self.bytes[start..end])
    }
}

impl ColdDates {
    /// Returns no dates. `grain` consecutive ones will share a bucket.
    pub(super) fn new(grain: i64) -> Self {
        Self { grain, buckets: BTreeMap::new(), entries: 0, bytes: 0 }
    }

    /// Adds the date of a key.
    pub(super) fn add(&mut self, date: i64, key: &[u8]) {
        let number = date.div_euclid(self.grain);
        let bucket = self.buckets.entry(number).or_insert_with(|| {
            self.bytes += BUCKET_BYTES;
            Bucket { earliest: date, bytes: Vec::new() }
        });
        self.bytes += bucket.add(date, date.rem_euclid(self.grain), key);
        self.entries += 1;
    }

    /// Returns the number of entries.
    pub(super) fn len(&self) -> usize {
        self.entries
    }

    /// Returns whether there is a date that is not after `until`.
    pub(super) fn has_pending(&self, until: i64) -> bool {
        self.buckets.first_key_value().is_some_and(|(_, first)| first.earliest <= until)
    }

    /// Takes the keys of the first bucket whose date is not after `until`; `None` when there are no more.
    pub(super) fn take(&mut self, until: i64) -> Option<PendingKeys> {
        if !self.has_pending(until) {
            return None;
        }
        let (&number, _) = self.buckets.first_key_value()?;
        let Bucket { bytes, .. } = self.remove(number)?;
        let mut places = Vec::new();
        let mut later = Vec::new();
        for (within, start, end) in entries(&bytes) {
            let date = self.date(number, within);
            if date <= until {
                places.push((start, end));
            } else {
                later.push((date, start, end));
            }
        }
        self.entries -= places.len() + later.len();
        for (date, start, end) in later {
            self.add(date, &bytes[start..end]);
        }
        places.sort_unstable_by(|a, b| bytes[a.0..a.1].cmp(&bytes[b.0..b.1]));
        Some(PendingKeys { bytes, places })
    }

    /// Drops the entries of keys that are in memory according to `is_hot`, where they have dates of their own, and all but the
    /// earliest entry of every other key.
    pub(super) fn prune(&mut self, is_hot: impl Fn(&[u8]) -> bool) {
        let mut stays = vec![false; self.entries];
        for part in 0..PARTS {
            let mut found: Vec<(&[u8], i64, usize)> = Vec::new();
            let mut nth = 0;
            for (&number, bucket) in &self.buckets {
                for (within, start, end) in entries(&bucket.bytes) {
                    let key = &bucket.bytes[start..end];
                    if hash(key, HashSeed::default()) % PARTS == part {
                        found.push((key, self.date(number, within), nth));
                    }
                    nth += 1;
                }
            }
            found.sort_unstable();
            found.dedup_by_key(|(key, ..)| *key);
            found.retain(|(key, ..)| !is_hot(key));
            found.into_iter().for_each(|(.., nth)| stays[nth] = true);
        }
        let mut stays = stays.into_iter();
        let mut again = Self::new(self.grain);
        while let Some((number, bucket)) = self.buckets.pop_first() {
            for (within, start, end) in entries(&bucket.bytes) {
                if stays.next() == Some(true) {
                    again.add(self.date(number, within), &bucket.bytes[start..end]);
                }
            }
        }
        *self = again;
    }

    /// Returns the approximate memory held, in bytes.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes
    }

    fn date(&self, number: i64, within: i64) -> i64 {
        // Wraps, because the very first bucket begins before `i64::MIN`.
        number.wrapping_mul(self.grain).wrapping_add(within)
    }

    fn remove(&mut self, number: i64) -> Option<Bucket> {
        let bucket = self.buckets.remove(&number)?;
        self.bytes -= BUCKET_BYTES + bucket.bytes.capacity();
        Some(bucket)
    }
}

impl Bucket {
    /// Adds an entry; returns how much more memory the bucket takes.
    fn add(&mut self, date: i64, within: i64, key: &[u8]) -> usize {
        self.earliest = self.earliest.min(date);
        let before = self.bytes.capacity();
        let (date_groups, len_groups) = (groups(within as u64), groups(key.len() as u64));
        let more = date_groups.clone().count() + len_groups.clone().count() + key.len();
        if more > before - self.bytes.len() {
            // By an eighth, and exactly at first: in a table with few rows, most buckets hold one entry.
            self.bytes.reserve_exact(more.max(before / 8));
        }
        self.bytes.extend(date_groups);
        self.bytes.extend(len_groups);
        self.bytes.extend_from_slice(key);
        self.bytes.capacity() - before
    }
}

/// Returns the entries of a bucket: the date within it, and the start and end of the key.
fn entries(bytes: &[u8]) -> impl Iterator<Item = (i64, usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        if at == bytes.len() {
            return None;
        }
        let within = number(bytes, &mut at) as i64;
        let len = number(bytes, &mut at) as usize;
        at += len;
        Some((within, at - len, at))
    })
}

/// Returns the bytes of a varint: seven bits each, lowest first; all but the last have their highest bit set.
fn groups(number: u64) -> impl Iterator<Item = u8> + Clone {
    let mut rest = Some(number);
    std::iter::from_fn(move || {
        let number = rest?;
        rest = Some(number >> 7).filter(|&rest| rest > 0);
        Some((number & 0x7f) as u8 | if rest.is_some() { 0x80 } else { 0 })
    })
}

fn number(bytes: &[u8], at: &mut usize) -> u64 {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let group = bytes[*at];
        *at += 1;
        number |= u64::from(group & 0x7f) << shift;
        if group & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::trials;

    fn all(dates: &mut ColdDates, until: i64) -> Vec<Vec<u8>> {
        let mut keys = Vec::new();
        while let Some(pending) = dates.take(until) {
            keys.extend(pending.iter().map(<[u8]>::to_vec));
        }
        keys.sort();
        keys
    }

    fn any_entries() -> impl Strategy<Value = Vec<(i64, Vec<u8>)>> {
        let key = prop_oneof![
            9 => proptest::collection::vec(0u8..3, 0..3),
            1 => (126usize..130).prop_map(|len| vec![7; len])
        ];
        proptest::collection::vec((-20i64..20, key), 0..40)
    }

    proptest! {
        #![proptest_config(trials::usual())]

        #[test]
        fn keys_come_when_their_dates_do_and_once(
            entries in any_entries(),
            grain in 1i64..10,
            mut untils in proptest::collection::vec(-25i64..25, 1..6),
        ) {
            let mut dates = ColdDates::new(grain);
            entries.iter().for_each(|(date, key)| dates.add(*date, key));
            untils.sort();
            let mut before = i64::MIN;
            for until in untils {
                let expected = entries.iter().filter(|(date, _)| (before + 1..=until).contains(date));
                let mut expected: Vec<Vec<u8>> = expected.map(|(_, key)| key.clone()).collect();
                expected.sort();
                prop_assert_eq!(all(&mut dates, until), expected);
                before = until;
            }
            let left = entries.iter().filter(|(date, _)| *date > before).count();
            prop_assert_eq!(dates.len(), left);
            let held: usize = dates.buckets.values().map(|bucket| BUCKET_BYTES + bucket.bytes.capacity()).sum();
            prop_assert_eq!(dates.heap_bytes(), held);
        }

        #[test]
        fn pruned_dates_are_the_earliest_of_each_cold_key(entries in any_entries(), grain in 1i64..10) {
            let is_hot = |key: &[u8]| key.first() == Some(&1);
            let mut dates = ColdDates::new(grain);
            entries.iter().for_each(|(date, key)| dates.add(*date, key));
            dates.prune(is_hot);
            let mut earliest: BTreeMap<&[u8], i64> = BTreeMap::new();
            for (date, key) in entries.iter().filter(|(_, key)| !is_hot(key)) {
                let known = earliest.entry(key).or_insert(*date);
                *known = (*known).min(*date);
            }
            prop_assert_eq!(dates.len(), earliest.len());
            for until in -20..20 {
                let expected: Vec<Vec<u8>> =
                    earliest.iter().filter(|(_, date)| **date == until).map(|(key, _)| key.to_vec()).collect();
                prop_assert_eq!(all(&mut dates, until), expected);
            }
        }
    }

    #[test]
    fn a_date_takes_its_key_and_three_bytes() {
        let mut dates = ColdDates::new(SECOND_MS);
        (0..100_000_u32).for_each(|n| dates.add(i64::from(n % 10_000), &n.to_be_bytes()));
        let bytes = dates.heap_bytes();
        assert!((100_000 * 6..100_000 * 8).contains(&bytes), "{bytes} bytes");
    }
}
