//! Bytes as a document has them: base64, as Go reads it.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// What the last symbol says beyond the last byte does not count.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// Whether `text` is base64 in the standard alphabet, padded; line ends are passed over.
pub(super) fn is_valid(text: &str) -> bool {
    let symbols: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = symbols.iter().rev().take_while(|byte| **byte == b'=').count();
    symbols.len().is_multiple_of(4)
        && padding <= 2
        && symbols[..symbols.len() - padding]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// Returns the bytes that decoded text stands for.
pub(super) fn decode(text: &str) -> Vec<u8> {
    let symbols = text.replace(['\r', '\n'], "");
    BASE64.decode(symbols).expect("decoding a document let only base64 through")
}
