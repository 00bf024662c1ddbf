//! Rules of the category `meta`, one file each.
