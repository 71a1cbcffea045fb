//! Any bytes as a fragment of SDP.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| server::fuzzing::fragment(bytes));
