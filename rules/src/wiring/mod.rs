//! Rules of the category `wiring`, one file each.
