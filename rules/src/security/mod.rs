//! Rules of the category `security`, one file each.
