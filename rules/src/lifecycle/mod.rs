//! Rules of the category `lifecycle`, one file each.
