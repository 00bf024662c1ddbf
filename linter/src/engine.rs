//! The engine: files in, findings out. A state machine without I/O, shared by the command line
//! and the language server.
