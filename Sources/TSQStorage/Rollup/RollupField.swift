import TSQCore

/// One number of a bucket, and the series that holds it: the labels of the series it is of, and
/// `__rollup__`.
///
/// The raw values are in segments for years and never change.
enum RollupField: String, CaseIterable, Sendable {
  /// Samples, stale markers left out.
  case count = "1h_count"
  /// NaNs among them.
  case nanCount = "1h_nan"
  /// +infinities among them.
  case positiveInfinityCount = "1h_pinf"
  /// -infinities among them.
  case negativeInfinityCount = "1h_ninf"
  /// Sum of the finite ones.
  case sum = "1h_sum"
  /// Smallest value; missing where it is the first one.
  case minimum = "1h_min"
  /// Largest value; missing where it is the last one.
  case maximum = "1h_max"
  /// First value.
  case first = "1h_first"
  /// Last value.
  case last = "1h_last"
  /// Nanoseconds from the first sample to the bucket's end.
  case early = "1h_early"
  /// Nanoseconds from the last sample to the bucket's end.
  case late = "1h_late"
  /// Sum of the values before each counter reset; NaN where that is no counter.
  case drops = "1h_drops"

  /// The labels of the series that holds this number for another.
  func labels(of base: Labels) -> Labels { base.setting(Labels.rollupLabel, to: rawValue) }

  /// Whether a bucket that lacks it has a number all the same.
  var isOptional: Bool {
    switch self {
    case .nanCount, .positiveInfinityCount, .negativeInfinityCount, .minimum, .maximum: true
    default: false
    }
  }

  /// The number that a bucket has where this is missing; only for optional ones.
  func expected(of bucket: HourBucket) -> Double {
    switch self {
    case .minimum: bucket.firstValue
    case .maximum: bucket.lastValue
    default: 0
    }
  }
}

extension HourBucket {
  /// One number of it, as it is stored.
  subscript(field: RollupField) -> Double {
    switch field {
    case .count: Double(count)
    case .nanCount: Double(nanCount)
    case .positiveInfinityCount: Double(positiveInfinityCount)
    case .negativeInfinityCount: Double(negativeInfinityCount)
    case .sum: sum
    case .minimum: minimum
    case .maximum: maximum
    case .first: firstValue
    case .last: lastValue
    case .early: Double(end - firstTime)
    case .late: Double(end - lastTime)
    case .drops: drops ?? .nan
    }
  }

  /// A bucket from its stored numbers.
  ///
  /// - Returns: `nil` where they cannot be those of a bucket.
  init?(end: Int64, _ number: (RollupField) -> Double?) {
    guard let count = number(.count).flatMap(Int.init(exactly:)), count > 0,
      let early = number(.early).flatMap(Int64.init(exactly:)),
      let late = number(.late).flatMap(Int64.init(exactly:)),
      0 <= late, late <= early, early < HourBucket.length,
      let sum = number(.sum), let first = number(.first), let last = number(.last),
      let drops = number(.drops)
    else { return nil }
    let others = [RollupField.nanCount, .positiveInfinityCount, .negativeInfinityCount].map {
      Int(exactly: number($0) ?? 0) ?? .max
    }
    guard others.allSatisfy({ (0...count).contains($0) }), others.reduce(0, +) <= count else {
      return nil
    }
    self.end = end
    firstTime = end - early
    lastTime = end - late
    self.count = count
    (nanCount, positiveInfinityCount, negativeInfinityCount) = (others[0], others[1], others[2])
    self.sum = sum
    minimum = number(.minimum) ?? first
    maximum = number(.maximum) ?? last
    firstValue = first
    lastValue = last
    self.drops = drops.isNaN ? nil : drops
  }
}
