#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| simctl_fuzz::targets::state_machine(data));
