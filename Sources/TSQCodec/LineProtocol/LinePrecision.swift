/// The unit a sender's timestamps are counted in.
///
/// Nanoseconds by default; nothing is ever guessed from a number's size.
public enum LinePrecision: String, CaseIterable, Hashable, Sendable {
  /// Nanoseconds, the protocol's own default.
  case nanoseconds = "ns"
  /// Microseconds.
  case microseconds = "us"
  /// Milliseconds.
  case milliseconds = "ms"
  /// Seconds.
  case seconds = "s"
  /// Minutes, which only the HTTP interface of InfluxDB 1 knows.
  case minutes = "m"
  /// Hours, which only the HTTP interface of InfluxDB 1 knows.
  case hours = "h"

  /// A precision by any name InfluxDB 1 and 2 accept, or `nil` for a text that is none.
  public init?(text: some StringProtocol) {
    switch text {
    case "n", "ns": self = .nanoseconds
    case "u", "us", "µ", "µs": self = .microseconds
    case "ms": self = .milliseconds
    case "s": self = .seconds
    case "m": self = .minutes
    case "h": self = .hours
    default: return nil
    }
  }

  /// The length of one unit in nanoseconds.
  public var unitNanoseconds: Int64 {
    switch self {
    case .nanoseconds: 1
    case .microseconds: 1_000
    case .milliseconds: 1_000_000
    case .seconds: 1_000_000_000
    case .minutes: 60_000_000_000
    case .hours: 3_600_000_000_000
    }
  }
}
