//! Charts: loading, dependencies, values.
