#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| wsb_fuzz::oracles::check("watch_states", input));
