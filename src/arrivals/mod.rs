//! Arrival processes, one file each, and trace replay.
pub mod settings;
pub use settings::StreamSettings;
use crate::kernel::{Root, Span, Time, Purpose};
/// stub
#[derive(Debug, Clone)] pub struct Arrival { pub at: Time, pub key: u64, pub size: u64, pub service: Option<Span>, pub again: Option<Span> }
/// stub
#[derive(Debug, thiserror::Error)] #[error("x")] pub struct ArrivalError;
/// stub
#[derive(Debug)] pub struct Stream { p: Purpose, rate: f64, at: Time, until: Time, n: u64 }
impl Stream {
 pub fn open(s: &StreamSettings, _start: jiff::Timestamp, until: Time, load: f64, root: &Root) -> Result<Stream, ArrivalError> {
  let settings::ProcessSettings::Poisson(settings::RateProfile::Constant(rate)) = s.process else { return Err(ArrivalError) };
  Ok(Stream { p: root.purpose(&s.name, "gap"), rate: rate*load, at: Time::ZERO, until, n: 0 }) }
 pub fn next(&mut self) -> Result<Option<Arrival>, ArrivalError> {
  let u = self.p.draw(self.n, 0).unit(); self.n += 1;
  self.at = self.at + Span::from_secs_f64(-libm::log1p(-u)/self.rate);
  Ok((self.at < self.until).then(|| Arrival { at: self.at, key: 0, size: 0, service: None, again: None })) }
}
