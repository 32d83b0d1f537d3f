/// A range of instants, both ends included, so that the whole of `Int64` can be named.
///
/// PromQL's left-open windows `(a, b]` are `TimeRange(after: a, through: b)`.
public struct TimeRange: Hashable, Sendable {
  /// The first instant inside.
  public let start: Timestamp
  /// The last instant inside.
  public let end: Timestamp

  /// Every instant there is.
  public static let all = TimeRange(start: .distantPast, end: .distantFuture)

  /// The range `[start, end]`.
  ///
  /// - Precondition: `start <= end`; an empty range has no representation, see `init?(after:through:)`.
  @inlinable
  public init(start: Timestamp, end: Timestamp) {
    precondition(start <= end, "a time range cannot end before it starts")
    self.start = start
    self.end = end
  }

  /// The left-open range `(after, through]`, or `nil` when it is empty.
  @inlinable
  public init?(after: Timestamp, through: Timestamp) {
    guard after < through else { return nil }
    self.start = Timestamp(nanoseconds: after.nanoseconds + 1)
    self.end = through
  }

  /// Whether `instant` lies inside.
  @inlinable
  public func contains(_ instant: Timestamp) -> Bool { start <= instant && instant <= end }

  /// Whether every instant of `other` lies inside.
  @inlinable
  public func contains(_ other: TimeRange) -> Bool { start <= other.start && other.end <= end }

  /// Whether the two share an instant.
  @inlinable
  public func overlaps(_ other: TimeRange) -> Bool { start <= other.end && other.start <= end }

  /// The instants in both, or `nil` when there are none.
  @inlinable
  public func intersection(_ other: TimeRange) -> TimeRange? {
    guard overlaps(other) else { return nil }
    return TimeRange(start: max(start, other.start), end: min(end, other.end))
  }

  /// The smallest range that holds both.
  @inlinable
  public func union(_ other: TimeRange) -> TimeRange {
    TimeRange(start: min(start, other.start), end: max(end, other.end))
  }
}
