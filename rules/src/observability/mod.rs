//! Rules of the category `observability`, one file each.
