//! Facts of declarative build files, from source strings.
