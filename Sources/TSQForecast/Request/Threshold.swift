/// A level that matters, and the side of it that is trouble.
public struct Threshold: Hashable, Sendable {
  /// Which side counts as crossed.
  public enum Direction: String, Hashable, Sendable, CaseIterable {
    /// Crossed where the value is greater than the limit.
    case above
    /// Crossed where the value is less than the limit.
    case below
  }

  /// The level, in the series' unit.
  public var limit: Double
  /// Which side of it counts as crossed.
  public var direction: Direction

  /// A threshold; `above` unless told otherwise.
  public init(limit: Double, direction: Direction = .above) {
    self.limit = limit
    self.direction = direction
  }

  /// Whether a value lies on the troubled side; a value equal to the limit does not.
  @inlinable
  public func isCrossed(by value: Double) -> Bool {
    direction == .above ? value > limit : value < limit
  }

  /// The same level, crossed by a value equal to the limit too.
  var reached: Threshold {
    Threshold(limit: direction == .above ? limit.nextDown : limit.nextUp, direction: direction)
  }
}

/// Physical limits of a quantity: a percentage stays within 0...100, a size is never negative.
///
/// Forecasts and intervals are clipped to them. An end that is not known is `nil`.
public struct ValueBounds: Hashable, Sendable {
  /// The smallest possible value, or `nil`.
  public var lower: Double?
  /// The largest possible value, or `nil`.
  public var upper: Double?

  /// Nothing is known about the quantity.
  public static let none = ValueBounds()
  /// A share in percent.
  public static let percent = ValueBounds(lower: 0, upper: 100)
  /// A size, a count or a rate.
  public static let nonNegative = ValueBounds(lower: 0)

  /// Bounds; an end that is not finite counts as unknown, ends in the wrong order are exchanged.
  public init(lower: Double? = nil, upper: Double? = nil) {
    let low = lower.flatMap { $0.isFinite ? $0 : nil }
    let high = upper.flatMap { $0.isFinite ? $0 : nil }
    if let low, let high, low > high {
      (self.lower, self.upper) = (high, low)
    } else {
      (self.lower, self.upper) = (low, high)
    }
  }

  /// What a history suggests where nobody declared anything: never below zero means a floor at zero.
  ///
  /// A guess for callers who know no unit; it is not applied unless it is put into the request.
  public static func inferred(from values: [Double]) -> ValueBounds {
    var seen = false
    for value in values where value.isFinite {
      if value < 0 { return .none }
      seen = true
    }
    return seen ? .nonNegative : .none
  }

  /// The value held inside the bounds.
  @inlinable
  public func clip(_ value: Double) -> Double {
    var clipped = value
    if let lower, clipped < lower { clipped = lower }
    if let upper, clipped > upper { clipped = upper }
    return clipped
  }
}

extension ValueBounds {
  /// The bound on a threshold's troubled side.
  private func end(towards direction: Threshold.Direction) -> Double? {
    direction == .above ? upper : lower
  }

  /// Whether a threshold's limit is the last value that the quantity can take: a disk that is 100 % full.
  ///
  /// Nothing goes beyond it, and what is asked is whether it is reached.
  func isEnd(_ threshold: Threshold) -> Bool {
    end(towards: threshold.direction) == threshold.limit
  }

  /// Whether a threshold's limit lies beyond all that the quantity can be.
  func excludes(_ threshold: Threshold) -> Bool {
    guard let end = end(towards: threshold.direction) else { return false }
    return threshold.direction == .above ? threshold.limit > end : threshold.limit < end
  }

  /// A threshold as it is asked of the quantity: a limit at the end of what that can be counts as crossed
  /// where it is reached.
  func reachable(_ threshold: Threshold) -> Threshold {
    isEnd(threshold) ? threshold.reached : threshold
  }
}
