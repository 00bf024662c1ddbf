//! Characters as Go's `unicode` package sees them.
//!
//! Go maps case one character to one (`UnicodeData.txt`), Rust by the full mapping of
//! `SpecialCasing.txt`; Go's classes are the general categories, Rust's are derived properties.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

pub(super) fn is_space(char: char) -> bool {
    char.is_whitespace()
}

pub(super) fn is_upper(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_uppercase();
    }
    char.general_category() == GeneralCategory::UppercaseLetter
}

pub(super) fn is_lower(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_lowercase();
    }
    char.general_category() == GeneralCategory::LowercaseLetter
}

pub(super) fn is_title(char: char) -> bool {
    char.general_category() == GeneralCategory::TitlecaseLetter
}

pub(super) fn is_letter(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_alphabetic();
    }
    char.general_category_group() == GeneralCategoryGroup::Letter
}

/// Category N, Go's `IsNumber`.
pub(super) fn is_number(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_digit();
    }
    char.general_category_group() == GeneralCategoryGroup::Number
}

/// Category Nd, Go's `IsDigit`.
pub(super) fn is_digit(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_digit();
    }
    char.general_category() == GeneralCategory::DecimalNumber
}

pub(super) fn is_punctuation(char: char) -> bool {
    char.general_category_group() == GeneralCategoryGroup::Punctuation
}

pub(super) fn to_upper(char: char) -> char {
    match char {
        // The Greek letters with iota below: the full mapping is of two characters.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            moved(char, 8)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => moved(char, 9),
        _ => sole(char.to_uppercase()).unwrap_or(char),
    }
}

pub(super) fn to_lower(char: char) -> char {
    match char {
        '\u{130}' => 'i',
        _ => sole(char.to_lowercase()).unwrap_or(char),
    }
}

pub(super) fn to_title(char: char) -> char {
    match char {
        // Letters of two: the first of each three is upper, the second title, the third lower.
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        // Georgian has no title case.
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => char,
        _ => to_upper(char),
    }
}

fn moved(char: char, by: u32) -> char {
    char::from_u32(char as u32 + by).unwrap_or(char)
}

fn sole(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_mapped_one_character_to_one() {
        let table = [
            ('a', 'A', 'A'),
            ('\u{df}', '\u{df}', '\u{df}'),
            ('\u{149}', '\u{149}', '\u{149}'),
            ('\u{1c6}', '\u{1c4}', '\u{1c5}'),
            ('\u{1fb3}', '\u{1fbc}', '\u{1fbc}'),
            ('\u{1f85}', '\u{1f8d}', '\u{1f8d}'),
            ('\u{10d0}', '\u{1c90}', '\u{10d0}'),
        ];
        for (lower, upper, title) in table {
            assert_eq!((to_upper(lower), to_title(lower)), (upper, title), "{lower}");
        }
        assert_eq!(to_lower('\u{130}'), 'i');
        assert_eq!(to_lower('\u{1c4}'), '\u{1c6}');
    }

    #[test]
    fn classes_are_general_categories() {
        assert!(is_upper('\u{c9}') && !is_upper('\u{2160}'));
        assert!(is_title('\u{1c5}') && !is_upper('\u{1c5}'));
        assert!(is_number('\u{2160}') && !is_digit('\u{2160}') && is_digit('\u{663}'));
        assert!(is_letter('\u{4e00}') && is_punctuation('\u{2026}') && !is_punctuation('+'));
    }
}
