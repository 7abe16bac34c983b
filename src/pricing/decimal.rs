//! Decimal dollars, exactly.

/// Decimals of a picodollar.
const DECIMALS: usize = 12;

/// Picodollars from dollars such as `0.0000166667`: digits with at most one point and twelve decimals; none otherwise.
pub(super) fn picodollars(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > DECIMALS {
        return None;
    }
    format!("{whole}{decimals:0<DECIMALS$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(picodollars("0.0000166667"), Some(16_666_700));
        assert_eq!(picodollars("8"), Some(8_000_000_000_000));
        assert_eq!(picodollars("0.000000000001"), Some(1));
        for bad in ["", ".", "1.", ".5", "-1", "1e-3", "0.0000000000001", "1.2.3", "99999999999999999999"] {
            assert_eq!(picodollars(bad), None, "{bad}");
        }
    }
}
