//! The harness of the tests of the whole.

pub mod ogg_file;
