//! Rules of the category `security`, one file each.

pub(crate) mod nonroot_user_unverifiable;
