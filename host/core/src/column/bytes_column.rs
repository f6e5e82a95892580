//! Values of variable length, stored one after another.

/// Variable-length values: value `i` is `data[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BytesColumn {
    offsets: Vec<u32>,
    data: Vec<u8>,
}

impl Default for BytesColumn {
    fn default() -> Self {
        Self { offsets: vec![0], data: Vec::new() }
    }
}

impl BytesColumn {
    /// Returns `len` empty values.
    pub(crate) fn of_empty_values(len: usize) -> Self {
        Self { offsets: vec![0; len + 1], data: Vec::new() }
    }

    /// Returns an empty column with room for `rows` values of `bytes` bytes in all.
    pub fn with_capacity(rows: usize, bytes: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self { offsets, data: Vec::with_capacity(bytes) }
    }

    /// Checks offsets that come from a module: the first must be 0, none may fall, the last must be the length of `data`.
    ///
    /// # Errors
    /// Says which offset is wrong.
    pub fn from_parts(offsets: Vec<u32>, data: Vec<u8>) -> Result<Self, String> {
        if offsets.first() != Some(&0) {
            return Err(format!("offsets must start with 0, got {:?}", offsets.first()));
        }
        if let Some(at) = offsets.windows(2).position(|pair| pair[1] < pair[0]) {
            return Err(format!("offset {} falls from {} to {}", at + 1, offsets[at], offsets[at + 1]));
        }
        if offsets.last().map(|&end| end as usize) != Some(data.len()) {
            return Err(format!(
                "the last offset is {:?} but there are {} bytes",
                offsets.last(),
                data.len()
            ));
        }
        Ok(Self { offsets, data })
    }

    /// Consumes the column and returns offsets and data, to pass them to a module.
    pub fn into_parts(self) -> (Vec<u32>, Vec<u8>) {
        (self.offsets, self.data)
    }

    /// Borrows offsets and data.
    pub fn as_parts(&self) -> (&[u32], &[u8]) {
        (&self.offsets, &self.data)
    }

    /// Appends a value.
    ///
    /// # Panics
    /// Panics beyond 4 GiB of data. Batches are bounded far below.
    pub fn push(&mut self, value: &[u8]) {
        self.data.extend_from_slice(value);
        self.offsets.push(u32::try_from(self.data.len()).expect("a batch is bounded far below 4 GiB"));
    }

    /// Drops all values from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.data.truncate(self.offsets[self.len()] as usize);
    }

    /// Returns value `row`.
    pub fn get(&self, row: usize) -> &[u8] {
        &self.data[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// Returns the 16 bytes from the start of value `row` on, whatever follows it, and the value's length; `None` for the bytes
    /// if the column ends before. Short values of mixed lengths are thus read without a branch for each length.
    #[inline]
    pub(crate) fn window(&self, row: usize) -> (Option<&[u8; 16]>, usize) {
        let (start, end) = (self.offsets[row] as usize, self.offsets[row + 1] as usize);
        (self.data[start..].first_chunk(), end - start)
    }

    /// Returns the length of each value.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = usize> {
        self.offsets.windows(2).map(|pair| (pair[1] - pair[0]) as usize)
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
