public import TSQCore

extension Trend {
  /// Samples of a part: of 16,384 there are then 64 parts, as many as the robust slope has points.
  static let samplesPerPart = 256

  /// Cuts samples into short parts, from which `fit(parts:)` makes the same line as from the samples.
  ///
  /// What the parts of a block are depends on its samples alone, so that they may be kept.
  ///
  /// - Parameter samples: in any order; what is not finite is passed over.
  /// - Returns: ascending, none empty.
  /// - Complexity: O(n).
  public static func parts(_ samples: SampleColumns) -> [SamplePart] {
    let clean = CleanSamples(samples, through: .max)
    return stride(from: 0, to: clean.times.count, by: samplesPerPart).map { first in
      let range = first..<min(first + samplesPerPart, clean.times.count)
      let moments = Moments(
        times: clean.times.span.extracting(range), values: clean.values.span.extracting(range),
        finiteCount: range.count)
      var values = Array(clean.values[range])
      return SamplePart(
        moments: moments, medianTime: clean.times[first + range.count / 2],
        medianValue: TheilSen.median(&values))
    }
  }

  /// Fits a line to parts: the least-squares line of their samples, its interval from parts as cells,
  /// and the robust slope of their medians.
  ///
  /// - Parameter parts: ascending and disjoint in time.
  /// - Returns: the line with its interval.
  /// - Throws: `TrendGap` where no line is determined.
  /// - Complexity: O(parts), and O(64²) for the robust slope.
  public static func fit(parts: [SamplePart]) throws(TrendGap) -> TrendEstimate {
    guard let first = parts.first, let last = parts.last else {
      throw .fewerThanTwoTimes
    }
    let start = first.moments.origin
    let size = max(1, (parts.count + TheilSen.pointLimit - 1) / TheilSen.pointLimit)
    let points = stride(from: 0, to: parts.count, by: size).map { index in
      let group = parts[index..<min(index + size, parts.count)]
      var medians = group.map(\.medianValue)
      let seconds = group.reduce(0) { $0 + Double($1.medianTime &- start) / 1e9 }
      return TheilSen.Point(
        seconds: seconds / Double(group.count), value: TheilSen.median(&medians))
    }
    let moments = parts.map(\.moments)
    return try TrendFit(
      cells: groups(moments, atMost: cellLimit), all: merged(moments),
      robust: TheilSen.slope(points, level: robustLevel)
    ).estimate(end: last.moments.end)
  }
}
