//! Rules of the category `arch`, one file each.
