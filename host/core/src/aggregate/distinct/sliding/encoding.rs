//! The encoding of a window: what its panes left in it, independent of the layout in memory.
//!
//! | bytes | |
//! |---|---|
//! | 1, 1, 1 | version, precision, form; an empty window ends here, sparse |
//! | 8 | the oldest pane that has an entry, little-endian |
//! | 4 | the newest pane, counted from the oldest, little-endian |
//! | sparse | the entries as rising numbers `pane << 31 \| index << 6 \| rank`, big-endian |
//! | dense | a bit for each register, lowest first: whether it has a list; a byte for each list: its length; the lists' entries, oldest first, as numbers `pane << 6 \| rank`, big-endian |
//!
//! Entries count panes from the oldest, too, and take as many bytes as the newest one needs: 2 in a dense window of
//! up to 1,024 panes. So lengths follow from counts, without a scan. (Varints would save a tenth.)

use super::super::limits::{
    FORM_DENSE, FORM_SPARSE, PRECISION_MAX, PRECISION_MIN, SPARSE_PRECISION, sparse_len_max,
};
use super::super::place::rank_max;
use super::super::sparse::{pack, unpack};
use super::dense::DenseWindow;
use super::sparse::SparseWindow;
use super::{Form, SlidingDistinct, span};
use crate::aggregate::bytes::Bytes;
use crate::aggregate::contract::Codec;

const VERSION: u8 = 1;

/// How many bits of a sparse entry follow its pane.
const SPARSE_BITS: u32 = 31;

/// How many bits of a dense entry follow its pane.
const DENSE_BITS: u32 = 6;

/// Version, precision and form.
const HEAD_LEN: usize = 3;

/// Oldest and newest pane.
const PANES_LEN: usize = 12;

impl Codec for SlidingDistinct {
    fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        let form = match self.form {
            Form::Sparse(_) => FORM_SPARSE,
            Form::Dense(_) => FORM_DENSE,
        };
        out.extend_from_slice(&[VERSION, self.precision, form]);
        let Some((oldest, newest)) = self.ends() else { return };
        out.extend_from_slice(&oldest.to_le_bytes());
        out.extend_from_slice(&span(oldest, newest).to_le_bytes());
        match &self.form {
            Form::Sparse(held) => encode_sparse(held, oldest, newest, out),
            Form::Dense(held) => encode_dense(held, oldest, newest, out),
        }
    }

    /// Computed from counts, in either form.
    fn encoded_len(&self) -> usize {
        let Some((oldest, newest)) = self.ends() else { return HEAD_LEN };
        let span = span(oldest, newest);
        let rest = match &self.form {
            Form::Sparse(held) => held.len() * entry_len(span, SPARSE_BITS),
            Form::Dense(held) => {
                (1 << self.precision) / 8 + held.occupied() + held.len() * entry_len(span, DENSE_BITS)
            }
        };
        HEAD_LEN + PANES_LEN + rest
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let mut bytes = Bytes::versioned(bytes, VERSION, "a window's sketch")?;
        let precision = bytes.u8()?;
        if !(PRECISION_MIN..=PRECISION_MAX).contains(&precision) {
            return Err(format!("a window's sketch has precision {precision}"));
        }
        let form = bytes.u8()?;
        let rest = bytes.rest();
        if form == FORM_SPARSE && rest.is_empty() {
            return Ok(Self::new(precision));
        }
        let Some((panes, rest)) = rest.split_first_chunk::<PANES_LEN>() else {
            return Err(format!("{} bytes are left where a window's panes are expected", rest.len()));
        };
        let (oldest, span) = panes.split_at(PANES_LEN - 4);
        let oldest = i64::from_le_bytes(oldest.try_into().expect("eight of twelve bytes"));
        let span = u32::from_le_bytes(span.try_into().expect("four of twelve bytes"));
        if oldest.checked_add(span.into()).is_none() {
            return Err(format!("a window's panes begin at {oldest}, and {span} more follow"));
        }
        let form = match form {
            FORM_SPARSE => Form::Sparse(decode_sparse(rest, precision, oldest, span)?),
            FORM_DENSE => Form::Dense(Box::new(decode_dense(rest, precision, oldest, span)?)),
            other => return Err(format!("a window's sketch has unknown form {other}")),
        };
        Ok(Self { form, precision })
    }

    fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Sparse(held) => held.heap_bytes(),
            Form::Dense(held) => size_of_val(&**held) + held.heap_bytes(),
        }
    }
}

fn encode_sparse(held: &SparseWindow, oldest: i64, newest: i64, out: &mut Vec<u8>) {
    let mut numbers = Vec::with_capacity(held.len());
    numbers.extend(held.iter().map(|(pane, index, rank)| {
        u64::from(span(oldest, pane)) << SPARSE_BITS | u64::from(pack(index, rank))
    }));
    // Within a pane, entries lie in the order of insertion.
    numbers.sort_unstable();
    let len = entry_len(span(oldest, newest), SPARSE_BITS);
    numbers.iter().for_each(|&number| push(out, number, len));
}

fn decode_sparse(bytes: &[u8], precision: u8, oldest: i64, span: u32) -> Result<SparseWindow, String> {
    let mut held = SparseWindow::default();
    held.open(oldest);
    let mut before = None;
    for number in numbers(bytes, span, SPARSE_BITS)? {
        if before >= Some(number) {
            return Err(format!("a window's entry {number:#x} does not follow the previous one"));
        }
        if before.is_none() && number >> SPARSE_BITS != 0 {
            return Err("a window's first entry is not of its oldest pane".into());
        }
        before = Some(number);
        let (index, rank) = unpack((number & ((1 << SPARSE_BITS) - 1)) as u32);
        if rank == 0 || rank > rank_max(SPARSE_PRECISION) {
            return Err(format!("a window's entry has rank {rank}"));
        }
        let offset = number >> SPARSE_BITS;
        if offset > span.into() {
            return Err(format!(
                "a window's entry is of pane {offset} after its oldest, beyond the newest, {span}"
            ));
        }
        let (len, len_max) = (held.len(), sparse_len_max(precision));
        if !held.add(oldest + offset as i64, index, rank, len_max) {
            return Err(format!("a sparse window has more than {len_max} indexes"));
        }
        if held.len() != len + 1 {
            return Err(format!("an entry of index {index} makes one before it superfluous"));
        }
    }
    if before.map(|number| number >> SPARSE_BITS) != Some(span.into()) {
        return Err("a window's last entry is not of its newest pane".into());
    }
    Ok(held)
}

fn encode_dense(held: &DenseWindow, oldest: i64, newest: i64, out: &mut Vec<u8>) {
    let mut bits = vec![0; held.registers() / 8];
    for (register, list) in held.lists().enumerate() {
        bits[register / 8] |= u8::from(list.len() > 0) << (register % 8);
    }
    out.extend_from_slice(&bits);
    out.extend(held.lists().map(|list| list.len() as u8).filter(|&len| len > 0));
    let len = entry_len(span(oldest, newest), DENSE_BITS);
    for (pane, rank) in held.lists().flatten() {
        push(out, ((pane - oldest) as u64) << DENSE_BITS | u64::from(rank), len);
    }
}

fn decode_dense(bytes: &[u8], precision: u8, oldest: i64, span: u32) -> Result<DenseWindow, String> {
    let too_short = || format!("{} bytes are too few for the lists of a dense window", bytes.len());
    let (bits, rest) = bytes.split_at_checked((1 << precision) / 8).ok_or_else(too_short)?;
    let occupied: u32 = bits.iter().map(|byte| byte.count_ones()).sum();
    let (lens, rest) = rest.split_at_checked(occupied as usize).ok_or_else(too_short)?;
    let entries: usize = lens.iter().map(|&len| usize::from(len)).sum();
    let numbers: Vec<u64> = numbers(rest, span, DENSE_BITS)?.collect();
    if numbers.is_empty() || numbers.len() != entries {
        return Err(format!("a dense window has {} entries, not {entries}", numbers.len()));
    }

    let offsets = numbers.iter().map(|number| number >> DENSE_BITS);
    if offsets.clone().min() != Some(0) || offsets.clone().max() != Some(span.into()) {
        return Err("a dense window's entries are not of its oldest to its newest pane".into());
    }
    // All panes; or, if they are so far apart that there are few, only those that have entries.
    let mut panes: Vec<u64> =
        if (span as usize) < entries { (0..=span.into()).collect() } else { offsets.collect() };
    panes.sort_unstable();
    panes.dedup();
    let mut held = DenseWindow::new(precision);
    panes.iter().for_each(|&offset| held.open(oldest + offset as i64));

    let mut numbers = &numbers[..];
    let registers = (0..1u32 << precision).filter(|&at| bits[at as usize / 8] >> (at % 8) & 1 == 1);
    let mut list = Vec::new();
    for (register, &len) in registers.zip(lens) {
        let (entries, rest) = numbers.split_at(len.into());
        numbers = rest;
        list.clear();
        for number in entries {
            let rank = (number & ((1 << DENSE_BITS) - 1)) as u8;
            let offset = number >> DENSE_BITS;
            let nth = match panes.get(offset as usize) {
                Some(&pane) if pane == offset => offset as usize,
                _ => panes.binary_search(&offset).expect("every entry's pane is listed"),
            };
            if rank == 0 || rank > rank_max(precision) {
                return Err(format!("register {register} of a window has rank {rank}"));
            }
            if list.last().is_some_and(|&(before, above)| before >= nth || above <= rank) {
                return Err(format!("the list of register {register} of a window is out of order"));
            }
            list.push((nth, rank));
        }
        if list.is_empty() {
            return Err(format!("the list of register {register} of a window has no entries"));
        }
        held.restore(register, &list);
    }
    Ok(held)
}

/// Returns how many bytes an entry takes: those of the newest pane, and of the other bits.
pub(super) fn entry_len(span: u32, other_bits: u32) -> usize {
    (u32::BITS - span.leading_zeros() + other_bits).div_ceil(8) as usize
}

fn push(out: &mut Vec<u8>, number: u64, len: usize) {
    let bytes = number.to_be_bytes();
    match len {
        // The usual lengths, copied without a loop.
        2 => out.extend_from_slice(&bytes[6..]),
        3 => out.extend_from_slice(&bytes[5..]),
        _ => out.extend_from_slice(&bytes[8 - len..]),
    }
}

/// Reads the entries to the end.
fn numbers(bytes: &[u8], span: u32, other_bits: u32) -> Result<impl Iterator<Item = u64>, String> {
    let len = entry_len(span, other_bits);
    if !bytes.len().is_multiple_of(len) {
        return Err(format!("a window's entries have {} bytes, not {len} each", bytes.len()));
    }
    Ok(bytes
        .chunks_exact(len)
        .map(|entry| entry.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))))
}
