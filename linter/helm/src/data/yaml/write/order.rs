//! The order of a mapping's keys: go-yaml's natural order (`sorter.go`), in which `a2` comes
//! before `a10` and punctuation before letters.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::Version;
use crate::value::{Entry, Key};

/// Sorts entries, which come in the order of their bytes.
///
/// The order is go-yaml's even where it contradicts itself (`a < b < c < a`), which no sort of the
/// standard library is meant for.
pub(super) fn sort<'m>(entries: &mut Vec<(&'m Key, &'m Entry)>, version: Version) {
    let is_sorted = entries.windows(2).all(|it| !less(it[1].0, it[0].0, version));
    if !is_sorted {
        *entries = merge_sort(std::mem::take(entries), version);
    }
}

fn merge_sort<'m>(
    mut entries: Vec<(&'m Key, &'m Entry)>,
    version: Version,
) -> Vec<(&'m Key, &'m Entry)> {
    if entries.len() < 2 {
        return entries;
    }
    let right = entries.split_off(entries.len() / 2);
    let mut left = merge_sort(entries, version).into_iter().peekable();
    let mut right = merge_sort(right, version).into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    loop {
        let from_right = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => less(other.0, one.0, version),
            (one, _) => one.is_none(),
        };
        let Some(next) = (if from_right { right.next() } else { left.next() }) else {
            return merged;
        };
        merged.push(next);
    }
}

/// `keyList.Less` for strings.
fn less(one: &[u8], other: &[u8], version: Version) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    if same == one.len() || same == other.len() {
        return one.len() < other.len();
    }
    if let ([a, ..], [b, ..]) = (&one[same..], &other[same..])
        && a.is_ascii_alphabetic()
        && b.is_ascii_alphabetic()
    {
        return a < b;
    }
    let [one, other] =
        [one, other].map(|it| String::from_utf8_lossy(it).chars().collect::<Vec<_>>());
    less_chars(&one, &other, version)
}

fn less_chars(one: &[char], other: &[char], version: Version) -> bool {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    let (Some(a), Some(b)) = (one.get(same), other.get(same)) else {
        return one.len() < other.len();
    };
    let before = &one[..same];
    match (is_letter(*a), is_letter(*b)) {
        (true, true) => return a < b,
        (false, false) => {}
        (a, b) => {
            let after_digit = before.last().is_some_and(|it| is_digit(*it));
            return if version == Version::V3 && after_digit { a } else { b };
        }
    }
    // A zero behind other digits belongs to their number: both numbers are then as long as they
    // look.
    let mut start = 0;
    if *a == '0' || *b == '0' {
        let number = before.iter().rev().take_while(|it| is_digit(**it));
        start = i64::from(number.into_iter().any(|it| *it != '0'));
    }
    let number = |chars: &[char]| {
        let digits = chars.iter().take_while(|it| is_digit(**it));
        digits.fold((start, 0_usize), |(number, length), digit| {
            let digit = i64::from(u32::from(*digit)) - i64::from(b'0');
            (number.wrapping_mul(10).wrapping_add(digit), length + 1)
        })
    };
    let (one, other) = (number(&one[same..]), number(&other[same..]));
    if one == other { a < b } else { one < other }
}

fn is_letter(it: char) -> bool {
    it.is_ascii_alphabetic()
        || (!it.is_ascii() && it.general_category_group() == GeneralCategoryGroup::Letter)
}

fn is_digit(it: char) -> bool {
    it.is_ascii_digit()
        || (!it.is_ascii() && it.general_category() == GeneralCategory::DecimalNumber)
}
