//! Go files as facts.

/// What one Go file says.
#[derive(Debug, Clone)]
pub struct GoFile {}
