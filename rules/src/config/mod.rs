//! Rules of the category `config`, one file each.
