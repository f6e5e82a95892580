//! Decoding bytes that no window encodes to.

use super::*;
use crate::trials;

proptest! {
    #![proptest_config(trials::usual())]

    #[test]
    fn damage_is_refused_or_canonical(run in any_run(), at: usize, flip in 1u8..) {
        let bytes = encoded(&window_of(&run));
        // Without some entries, the bytes may still be a window, if they end with the newest pane.
        [0, at % bytes.len(), bytes.len() - 1].into_iter().for_each(|len| check_bytes(&bytes[..len]));
        prop_assert!(SlidingDistinct::decode(&[&bytes[..], &[flip]].concat()).is_err());
        let mut flipped = bytes.clone();
        flipped[at % bytes.len()] ^= flip;
        check_bytes(&flipped);
    }

    #[test]
    fn garbage_is_refused_or_canonical(
        precision in 3u8..=9,
        form in 0u8..=2,
        span in prop_oneof![0u32..10, any::<u32>()],
        noise in proptest::collection::vec(prop_oneof![0u8..4, any::<u8>()], 0..64),
    ) {
        check_bytes(&noise);
        check_bytes(&[&[1, precision, form], &noise[..]].concat());
        check_bytes(&[&[1, precision, form, 0, 0, 0, 0, 0, 0, 0, 0], &span.to_le_bytes()[..], &noise].concat());
    }
}

/// Checks that bytes that decode are what the resulting window encodes to, and that this window works.
fn check_bytes(bytes: &[u8]) {
    let Ok(mut window) = SlidingDistinct::decode(bytes) else { return };
    assert_eq!(encoded(&window), bytes);
    window.estimate();
    let Some((oldest, newest)) = window.ends() else { return };
    if window.precision > 14 || newest > i64::MAX - 2 || newest - oldest > 1 << 31 {
        return;
    }
    window.seal(newest + 1, sketch(window.precision, [1]));
    window.expire(oldest + 1);
    window.expire(newest + 1);
    assert_eq!(window.registers(), registers(&sketch(window.precision, [1])));
}

fn window_of(run: &Run) -> SlidingDistinct {
    let mut window = SlidingDistinct::new(run.precision);
    for (pane, items) in &run.panes {
        window.expire(pane + 1 - run.window);
        window.seal(*pane, sketch(run.precision, items.iter().copied()));
    }
    window
}

#[test]
fn bytes_that_no_window_makes_are_refused() {
    let head =
        |form: u8, span: u32| [&[1, 4, form, 9, 0, 0, 0, 0, 0, 0, 0][..], &span.to_le_bytes()].concat();
    let decode = |head: Vec<u8>, rest: &[u8]| SlidingDistinct::decode(&[&head, rest].concat()).map(drop);
    let sparse = |span: u32, entries: &[(u64, u64, u64)]| {
        let number = |&(pane, index, rank): &(u64, u64, u64)| pane << 31 | index << 6 | rank;
        let len = encoding::entry_len(span, 31);
        let rest: Vec<u8> =
            entries.iter().flat_map(|entry| number(entry).to_be_bytes()[8 - len..].to_vec()).collect();
        decode(head(0, span), &rest)
    };
    assert_eq!(sparse(5, &[(0, 7, 2), (4, 7, 1), (5, 1, 1)]), Ok(()));
    for (span, entries, reason) in [
        (1, vec![(0, 7, 1), (0, 7, 1)], "a window's entry 0x1c1 does not follow the previous one"),
        (1, vec![(0, 7, 1), (0, 7, 2)], "an entry of index 7 makes one before it superfluous"),
        (1, vec![(0, 7, 2), (1, 7, 2)], "an entry of index 7 makes one before it superfluous"),
        (1, vec![(0, 7, 0), (1, 7, 2)], "a window's entry has rank 0"),
        (1, vec![(0, 7, 41), (1, 7, 2)], "a window's entry has rank 41"),
        (1, vec![(1, 7, 2)], "a window's first entry is not of its oldest pane"),
        (1, vec![(0, 7, 2)], "a window's last entry is not of its newest pane"),
        (1, vec![], "a window's last entry is not of its newest pane"),
        (
            2,
            vec![(0, 7, 2), (3, 8, 2)],
            "a window's entry is of pane 3 after its oldest, beyond the newest, 2",
        ),
        (0, vec![(0, 1, 1), (0, 2, 1), (0, 3, 1), (0, 4, 1)], "a sparse window has more than 3 indexes"),
    ] {
        assert_eq!(sparse(span, &entries), Err(reason.into()));
    }

    // Two bytes of bits, a length for each, entries of one byte up to pane 3.
    let dense = |span: u32, rest: &[u8]| decode(head(1, span), rest);
    let entry = |pane: u8, rank: u8| pane << 6 | rank;
    assert_eq!(dense(3, &[0b101, 0, 2, 1, entry(0, 3), entry(3, 2), entry(1, 1)]), Ok(()));
    for (span, rest, reason) in [
        (0, vec![], "0 bytes are too few for the lists of a dense window"),
        (0, vec![0, 0], "a dense window has 0 entries, not 0"),
        (0, vec![1, 0], "2 bytes are too few for the lists of a dense window"),
        (0, vec![1, 0, 2, entry(0, 1)], "a dense window has 1 entries, not 2"),
        (0, vec![3, 0, 0, 1, entry(0, 1)], "the list of register 0 of a window has no entries"),
        (0, vec![1, 0, 1, entry(0, 0)], "register 0 of a window has rank 0"),
        (0, vec![1, 0, 1, entry(0, 62)], "register 0 of a window has rank 62"),
        (1, vec![1, 0, 1, entry(1, 1)], "a dense window's entries are not of its oldest to its newest pane"),
        (1, vec![1, 0, 1, entry(0, 1)], "a dense window's entries are not of its oldest to its newest pane"),
        (1, vec![1, 0, 2, entry(0, 1), entry(1, 1)], "the list of register 0 of a window is out of order"),
        (1, vec![1, 0, 2, entry(1, 2), entry(0, 1)], "the list of register 0 of a window is out of order"),
    ] {
        assert_eq!(dense(span, &rest), Err(reason.into()));
    }
    assert!(SlidingDistinct::decode(&[2, 14, 0]).unwrap_err().contains("encoding version 2"));
    assert_eq!(decode(vec![1, 4, 2], &[0; 20]), Err("a window's sketch has unknown form 2".into()));
    let mut beyond = head(0, 1);
    beyond[3..11].copy_from_slice(&i64::MAX.to_le_bytes());
    assert!(decode(beyond, &[]).unwrap_err().starts_with("a window's panes begin at"));
}
