//! Decimal dollars, exactly.

/// Decimals of a picodollar.
const DECIMALS: usize = 12;

/// Picodollars from dollars such as `0.0000166667`: digits with at most one point and twelve decimals; none otherwise.
#[must_use]
pub fn picodollars(text: &str) -> Option<u64> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > DECIMALS {
        return None;
    }
    format!("{whole}{decimals:0<DECIMALS$}").parse().ok()
}

/// The same in reverse: all decimals that are not zero, and two at least.
pub(super) fn dollars(picodollars: u64) -> String {
    let (whole, decimals) = (picodollars / 1_000_000_000_000, picodollars % 1_000_000_000_000);
    let decimals = format!("{decimals:012}");
    let decimals = decimals.trim_end_matches('0');
    format!("{whole}.{decimals:0<2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly() {
        assert_eq!(picodollars("0.0000166667"), Some(16_666_700));
        assert_eq!(picodollars("8"), Some(8_000_000_000_000));
        assert_eq!(picodollars("0.000000000001"), Some(1));
        for picos in [0, 1, 16_666_700, 200_000_000_000, 8_000_000_000_000, u64::MAX] {
            assert_eq!(picodollars(&dollars(picos)), Some(picos), "{}", dollars(picos));
        }
        assert_eq!((dollars(200_000_000_000), dollars(16_666_700)), ("0.20".to_owned(), "0.0000166667".to_owned()));
        for bad in ["", ".", "1.", ".5", "-1", "1e-3", "0.0000000000001", "1.2.3", "99999999999999999999"] {
            assert_eq!(picodollars(bad), None, "{bad}");
        }
    }
}
