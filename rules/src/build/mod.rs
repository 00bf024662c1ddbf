//! Rules of the category `build`, one file each.
