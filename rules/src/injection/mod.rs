//! Rules of the category `injection`, one file each.
