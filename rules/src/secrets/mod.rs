//! Rules of the category `secrets`, one file each.
