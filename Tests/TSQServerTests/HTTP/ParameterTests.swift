import TSQCore
import TSQTestSupport
import Testing

@testable import TSQServer

@Suite("Parameters of a request")
struct ParameterTests {
  @Test("Escapes and plus signs are undone, names may repeat")
  func form() {
    let form = RequestForm("a=1+2&match[]=x%7B%7D&empty=&flag", "a=3&match%5B%5D=y%C3%A9")
    #expect(form["a"] == "1 2")
    #expect(form.all("match[]") == ["x{}", "yé"])
    #expect(form["empty"] == nil)
    #expect(form["flag"] == nil)
    #expect(form.all("flag") == [""])
    #expect(RequestForm("bad=%zz")["bad"] == "%zz")
  }

  @Test(
    "Times are read exactly, digit by digit",
    arguments: [
      ("0", 0), ("1.5", 1_500_000_000), ("1700000000.123456789", 1_700_000_000_123_456_789),
      ("-1.5", -1_500_000_000), ("1e3", 1_000_000_000_000), ("-0.25", -250_000_000),
      ("1970-01-01T00:00:01Z", 1_000_000_000), ("1970-01-01T01:00:00+01:00", 0),
    ])
  func times(text: String, nanoseconds: Int64) {
    #expect(ParameterText.time(text)?.nanoseconds == nanoseconds)
  }

  @Test(
    "What is no time is none",
    arguments: ["", "now", "1.", ".5.", "1700000000000000000000", "NaN", "Inf", "0x10", "1..2"])
  func wrongTimes(text: String) {
    // `1.` is read by the fallback for exponents, as Prometheus reads it.
    if text == "1." {
      #expect(ParameterText.time(text)?.nanoseconds == 1_000_000_000)
    } else {
      #expect(ParameterText.time(text) == nil)
    }
  }

  @Test(
    "Durations are seconds or PromQL's",
    arguments: [
      ("15", 15_000_000_000), ("0.5", 500_000_000), ("1m", 60_000_000_000),
      ("1h30m", 5_400_000_000_000), ("1e-3", 1_000_000),
    ])
  func durations(text: String, nanoseconds: Int64) {
    #expect(ParameterText.duration(text) == nanoseconds)
  }

  @Test("Every nanosecond survives as text and back", arguments: propertySeeds(3))
  func roundTrip(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<200 {
      let nanoseconds = Int64.random(in: -4_000_000_000_000_000_000...(.max), using: &generator)
      let (whole, fraction) = nanoseconds.magnitude.quotientAndRemainder(
        dividingBy: 1_000_000_000)
      let digits = String(fraction)
      let text =
        (nanoseconds < 0 ? "-" : "") + "\(whole)."
        + String(repeating: "0", count: 9 - digits.count) + digits
      #expect(ParameterText.time(text)?.nanoseconds == nanoseconds, "seed \(seed): \(text)")
    }
  }
}
