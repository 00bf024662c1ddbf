//! Rules of the category `api`, one file each.
