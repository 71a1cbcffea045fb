//! Any bytes as a file, in any pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| server::fuzzing::verify(bytes));
