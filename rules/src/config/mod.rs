//! Rules of the category `config`, one file each.

pub(crate) mod listens_on_localhost;
