//! Rules of the category `resources`, one file each.
