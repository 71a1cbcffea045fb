//! Any bytes as a file that was cut off.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| server::fuzzing::repair(bytes));
