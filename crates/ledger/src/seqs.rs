//! A list of seqs as few bytes: which events retention has removed.
//!
//! The seqs rise. Each is written as its distance from the one before it, the first as itself: an unsigned
//! LEB128 varint. The varints together are one zstd frame with a checksum.

use std::io::{Read, Write};

use crate::error::{Error, Result};

/// Distances between neighbours are small numbers that repeat: more than this packs them hardly better.
const ZSTD_LEVEL: i32 = 3;
/// Bits of a number that a byte of a varint holds.
const BITS: u32 = 7;
/// The bit that says that another byte follows.
const MORE: u8 = 0x80;

/// Writes a list. The seqs must rise.
pub(crate) fn encode(seqs: impl IntoIterator<Item = i64>) -> Result<Vec<u8>> {
    let written = |error: std::io::Error| Error::Corrupt(format!("a list of seqs could not be packed: {error}"));
    let mut encoder = zstd::Encoder::new(Vec::new(), ZSTD_LEVEL).map_err(written)?;
    encoder.include_checksum(true).map_err(written)?;
    let mut last = None;
    for seq in seqs {
        let distance = match last {
            None => u64::try_from(seq).ok(),
            Some(last) => seq.checked_sub(last).filter(|&distance| distance > 0).and_then(|distance| u64::try_from(distance).ok()),
        };
        let distance = distance.ok_or_else(|| Error::Corrupt(format!("expected seqs that rise, got {seq} after {last:?}")))?;
        write_varint(&mut encoder, distance).map_err(written)?;
        last = Some(seq);
    }
    encoder.finish().map_err(written)
}

/// Reads a list, one seq after the other.
pub(crate) fn decode(bytes: &[u8], mut each: impl FnMut(i64)) -> Result<()> {
    let unreadable = |error: std::io::Error| Error::Corrupt(format!("a list of seqs can't be unpacked: {error}"));
    let mut decoder = std::io::BufReader::new(zstd::Decoder::new(bytes).map_err(unreadable)?);
    let mut last = None;
    while let Some(distance) = read_varint(&mut decoder).map_err(unreadable)? {
        let seq = match last {
            None => i64::try_from(distance).ok(),
            Some(last) => i64::try_from(distance).ok().filter(|&distance| distance > 0).and_then(|distance| distance.checked_add(last)),
        };
        let seq = seq.ok_or_else(|| Error::Corrupt(format!("a list of seqs goes on by {distance} after {last:?}")))?;
        each(seq);
        last = Some(seq);
    }
    Ok(())
}

fn write_varint(to: &mut impl Write, mut number: u64) -> std::io::Result<()> {
    let mut bytes = [0_u8; 10];
    let mut length = 0;
    for byte in &mut bytes {
        length += 1;
        let low = number & u64::from(MORE - 1);
        *byte = u8::try_from(low).unwrap_or_default();
        number >>= BITS;
        if number == 0 {
            break;
        }
        *byte |= MORE;
    }
    to.write_all(bytes.get(..length).unwrap_or_default())
}

/// The next number; none at the end.
fn read_varint(from: &mut impl Read) -> std::io::Result<Option<u64>> {
    let wrong = |what| std::io::Error::new(std::io::ErrorKind::InvalidData, what);
    let mut number = 0_u64;
    let mut byte = [0_u8; 1];
    for at in 0..10 {
        if from.read(&mut byte)? == 0 {
            return if at == 0 { Ok(None) } else { Err(wrong("it ends inside a number")) };
        }
        let [byte] = byte;
        let bits = u64::from(byte & (MORE - 1));
        let shifted = bits << (at * BITS);
        if shifted >> (at * BITS) != bits {
            break;
        }
        number |= shifted;
        if byte & MORE == 0 {
            return Ok(Some(number));
        }
    }
    Err(wrong("a number is too large"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn decoded(bytes: &[u8]) -> Result<Vec<i64>> {
        let mut seqs = Vec::new();
        decode(bytes, |seq| seqs.push(seq))?;
        Ok(seqs)
    }

    fn packed(varints: &[u8]) -> Vec<u8> {
        zstd::encode_all(varints, ZSTD_LEVEL).unwrap()
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(seqs in proptest::collection::btree_set(prop_oneof![0..1_000_i64, 0..=i64::MAX], 0..200)) {
            let bytes = encode(seqs.iter().copied()).unwrap();
            prop_assert_eq!(decoded(&bytes).unwrap().into_iter().collect::<BTreeSet<_>>(), seqs);
        }

        #[test]
        fn a_flipped_bit_is_noticed(seqs in proptest::collection::btree_set(0..10_000_i64, 1..200), at in any::<prop::sample::Index>(), bit in 0..8) {
            let mut bytes = encode(seqs.iter().copied()).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            // A bit that means nothing, such as a reserved one, may be either.
            if let Ok(read) = decoded(&bytes) {
                prop_assert_eq!(read.into_iter().collect::<BTreeSet<_>>(), seqs);
            }
        }
    }

    #[test]
    fn a_run_takes_hardly_any_room() {
        assert!(encode(5_000_000..6_000_000).unwrap().len() < 200);
    }

    #[test]
    fn the_bytes_are_frozen() {
        assert_eq!(zstd::decode_all(encode([5, 6, 306]).unwrap().as_slice()).unwrap(), [5, 1, 0xac, 2]);
        assert_eq!(decoded(&packed(&[5, 1, 0xac, 2])).unwrap(), [5, 6, 306]);
        assert_eq!(decoded(&packed(&[])).unwrap(), [] as [i64; 0]);
    }

    #[test]
    fn what_does_not_rise_is_refused() {
        for seqs in [vec![-1], vec![3, 3], vec![4, 2]] {
            encode(seqs).unwrap_err();
        }
        let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        for varints in [&[5, 0][..], &[0x80], &over, &[5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]] {
            decoded(&packed(varints)).unwrap_err();
        }
        decoded(b"no zstd").unwrap_err();
    }
}
