/// An instant: whole nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Any `Int64` is a valid instant (1677-09-21 to 2262-04-11), before 1970 too.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Nanoseconds since the epoch; negative before 1970.
  public var nanoseconds: Int64

  /// The earliest instant that can be stored.
  public static let distantPast = Timestamp(nanoseconds: .min)
  /// The first instant that a format may give a sample.
  ///
  /// Queries look at windows that are open at their left end, so none holds `distantPast`.
  public static let earliestSample = Timestamp(nanoseconds: .min + 1)
  /// The latest instant that can be stored.
  public static let distantFuture = Timestamp(nanoseconds: .max)

  /// An instant from nanoseconds since the epoch.
  @inlinable
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// An instant from whole seconds since the epoch, or `nil` where `Int64` nanoseconds cannot hold it.
  public init?(seconds: Int64) { self.init(count: seconds, unitNanoseconds: 1_000_000_000) }

  /// An instant from whole milliseconds, or `nil` where `Int64` nanoseconds cannot hold it.
  public init?(milliseconds: Int64) { self.init(count: milliseconds, unitNanoseconds: 1_000_000) }

  /// An instant `count` units after the epoch, or `nil` where it overflows.
  public init?(count: Int64, unitNanoseconds: Int64) {
    let (product, overflow) = count.multipliedReportingOverflow(by: unitNanoseconds)
    guard !overflow else { return nil }
    self.nanoseconds = product
  }

  /// An instant from fractional seconds, or `nil` where it is not finite or out of range.
  ///
  /// The whole and the fractional part are converted apart, so that a present-day instant keeps
  /// every digit a double has.
  public init?(fractionalSeconds: Double) {
    guard fractionalSeconds.isFinite else { return nil }
    let whole = fractionalSeconds.rounded(.down)
    let fraction = ((fractionalSeconds - whole) * 1e9).rounded()
    guard let seconds = Int64(exactly: whole), let start = Timestamp(seconds: seconds) else {
      return nil
    }
    let (sum, overflow) = start.nanoseconds.addingReportingOverflow(Int64(fraction))
    guard !overflow else { return nil }
    self.nanoseconds = sum
  }

  /// Seconds since the epoch; rounded to a double (to about 0.2 µs at present-day instants).
  public var fractionalSeconds: Double {
    let (whole, rest) = nanoseconds.flooredDivision(by: 1_000_000_000)
    return Double(whole) + Double(rest) / 1e9
  }

  /// Milliseconds since the epoch, rounded down.
  public var milliseconds: Int64 { nanoseconds.flooredDivision(by: 1_000_000).quotient }

  /// The instant `nanoseconds` later, held at the ends of the range instead of overflowing.
  @inlinable
  public func adding(nanoseconds delta: Int64) -> Timestamp {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(delta)
    if overflow { return delta > 0 ? .distantFuture : .distantPast }
    return Timestamp(nanoseconds: sum)
  }

  /// Nanoseconds from `other` to this instant, held at the ends of `Int64`.
  @inlinable
  public func nanoseconds(since other: Timestamp) -> Int64 {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
    if overflow { return self > other ? .max : .min }
    return difference
  }

  /// Orders by time.
  @inlinable
  public static func < (left: Timestamp, right: Timestamp) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}

extension Int64 {
  /// Quotient rounded down and the remainder, which is never negative for a positive divisor.
  @inlinable
  public func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    var (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    if remainder != 0, (remainder < 0) != (divisor < 0) {
      quotient -= 1
      remainder += divisor
    }
    return (quotient, remainder)
  }
}
