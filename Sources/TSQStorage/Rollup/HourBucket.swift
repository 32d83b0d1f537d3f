package import TSQCore

/// What is left of the samples of one series in one UTC hour (h, h+1].
///
/// It speaks for the time from its first to its last sample: samples there are not counted beside
/// it. docs/decisions/hourly-rollups.md argues why.
package struct HourBucket: Sendable {
  /// Nanoseconds of a bucket.
  package static let length: Int64 = 3_600_000_000_000

  /// The last instant of the hour, nanoseconds; a multiple of an hour.
  package let end: Int64
  /// Time of the first sample, nanoseconds.
  package var firstTime: Int64
  /// Time of the last sample, nanoseconds.
  package var lastTime: Int64
  /// Samples, at least one; stale markers are in no bucket.
  package var count: Int
  /// Samples of NaN.
  package var nanCount: Int
  /// Samples of +infinity.
  package var positiveInfinityCount: Int
  /// Samples of -infinity.
  package var negativeInfinityCount: Int
  /// Sum of the finite samples.
  package var sum: Double
  /// Smallest value but NaN; +infinity where there is none.
  package var minimum: Double
  /// Largest value but NaN; -infinity where there is none.
  package var maximum: Double
  /// Value of the first sample.
  package var firstValue: Double
  /// Value of the last sample.
  package var lastValue: Double
  /// Sum of the values before each counter reset; `nil` where a value falls by less than half, as
  /// no counter does.
  package var drops: Double?

  /// Finite samples.
  package var finiteCount: Int {
    count - nanCount - positiveInfinityCount - negativeInfinityCount
  }

  /// From the first to the last sample.
  package var timeRange: TimeRange {
    TimeRange(
      start: Timestamp(nanoseconds: firstTime), end: Timestamp(nanoseconds: lastTime))
  }

  /// Mean of the finite samples; NaN where there is none.
  package var mean: Double {
    guard finiteCount > 0 else { return .nan }
    // The sum of values near the largest double overflows; their mean does not.
    return sum.isFinite ? sum / Double(finiteCount) : minimum / 2 + maximum / 2
  }

  /// The end of the hour that an instant lies in; `nil` in the last hour there is.
  package static func end(of time: Int64) -> Int64? {
    let (quotient, remainder) = time.flooredDivision(by: length)
    let (end, overflow) = (remainder == 0 ? quotient : quotient + 1)
      .multipliedReportingOverflow(by: length)
    return overflow ? nil : end
  }

  /// The bucket of the samples of one hour; `nil` where there is none.
  ///
  /// - Parameters:
  ///   - end: the hour's last instant.
  ///   - times: ascending, all in the hour.
  ///   - values: one per time; stale markers are passed over.
  /// - Complexity: O(n).
  init?(end: Int64, times: Span<Int64>, values: Span<Double>) {
    let summary = SeriesSummary(times: times, values: values)
    guard summary.liveCount > 0 else { return nil }
    self.end = end
    (firstTime, lastTime) = (summary.firstTime, summary.lastTime)
    count = summary.liveCount
    nanCount = summary.nanCount
    positiveInfinityCount = summary.positiveInfinityCount
    negativeInfinityCount = summary.negativeInfinityCount
    sum = summary.finiteSum + summary.finiteSumLow
    (minimum, maximum) = (summary.minimum, summary.maximum)
    (firstValue, lastValue) = (summary.firstValue, summary.lastValue)
    drops = summary.resetCount == 0 ? 0 : HourBucket.drops(of: values)
  }

  /// The sum of the values before each counter reset.
  ///
  /// - Parameter values: of an hour, in order; stale markers are passed over.
  /// - Returns: `nil` where a value falls by less than half: a counter begins again near zero.
  private static func drops(of values: Span<Double>) -> Double? {
    var sum = 0.0
    var last: Double?
    for index in values.indices where !SpecialValue.isStale(values[index]) {
      let value = values[index]
      if let before = last, value < before {
        guard isReset(from: before, to: value) else { return nil }
        sum += before
      }
      last = value
    }
    return sum
  }

  private static func isReset(from before: Double, to value: Double) -> Bool {
    0 <= value && value <= before / 2
  }

  /// Adds the samples of a bucket of the same hour that all follow these.
  mutating func append(_ next: HourBucket) {
    let falls = next.firstValue < lastValue
    let isCounter = !falls || HourBucket.isReset(from: lastValue, to: next.firstValue)
    if isCounter, let own = drops, let more = next.drops {
      drops = own + more + (falls ? lastValue : 0)
    } else {
      drops = nil
    }
    lastTime = next.lastTime
    lastValue = next.lastValue
    count += next.count
    nanCount += next.nanCount
    positiveInfinityCount += next.positiveInfinityCount
    negativeInfinityCount += next.negativeInfinityCount
    sum += next.sum
    minimum = min(minimum, next.minimum)
    maximum = max(maximum, next.maximum)
  }

  /// What a query may use in place of the samples.
  ///
  /// Counts, sum, extremes, first and last sample and counter resets are those of the samples. For
  /// the moments every sample is the mean, in the middle of the time: a line through hourly means.
  package var summary: SeriesSummary {
    var summary = SeriesSummary()
    summary.finiteCount = finiteCount
    summary.nanCount = nanCount
    summary.positiveInfinityCount = positiveInfinityCount
    summary.negativeInfinityCount = negativeInfinityCount
    (summary.firstTime, summary.firstValue) = (firstTime, firstValue)
    (summary.lastTime, summary.lastValue) = (lastTime, lastValue)
    (summary.minimum, summary.minimumTime) = (minimum, firstTime)
    (summary.maximum, summary.maximumTime) = (maximum, firstTime)
    summary.finiteSum = sum
    summary.resetSum = drops ?? 0
    if finiteCount > 0 {
      summary.moments.count = finiteCount
      summary.moments.origin = middle
      summary.moments.meanValue = mean
      summary.moments.firstValue = mean
      summary.moments.lastValue = mean
    }
    return summary
  }

  /// The middle between its first and its last sample, nanoseconds.
  package var middle: Int64 { firstTime + (lastTime - firstTime) / 2 }
}

extension HourBucket: Equatable {
  /// Equal where all numbers have the same bits, so that a NaN equals itself.
  package static func == (left: HourBucket, right: HourBucket) -> Bool {
    left.end == right.end
      && RollupField.allCases.allSatisfy { left[$0].bitPattern == right[$0].bitPattern }
  }
}

extension HourBucket {
  /// What samples of an hour make of it.
  struct Update: Equatable {
    /// The bucket to be written; `nil` where nothing changes.
    var bucket: HourBucket?
    /// Samples inside the time that the bucket speaks for, of which nobody knows whether they are in
    /// it.
    var ignored = 0
    /// Whether the bucket was made anew from samples that are more than it had.
    var isRemade = false
  }

  /// The bucket of an hour after more of its samples are known, or the same ones again.
  ///
  /// Samples before its first and after its last sample are new. Those between are taken for the
  /// whole of what the bucket was made of where they are at least as many, else they do not count.
  /// Doing it twice changes nothing more.
  ///
  /// - Parameters:
  ///   - known: the hour's bucket so far.
  ///   - end: the hour's last instant.
  ///   - samples: of the hour, ascending.
  /// - Returns: what changes.
  static func update(_ known: HourBucket?, end: Int64, with samples: SampleColumns) -> Update {
    func bucket(_ range: Range<Int>) -> HourBucket? {
      HourBucket(
        end: end, times: samples.times.span.extracting(range),
        values: samples.values.span.extracting(range))
    }
    guard let known else { return Update(bucket: bucket(0..<samples.count)) }
    let inside = samples.indices(in: known.timeRange)
    let again = bucket(inside)
    var update = Update()
    var result = known
    if let again, again.count >= known.count {
      result = again
      update.isRemade = again.count != known.count
    } else {
      update.ignored = again?.count ?? 0
    }
    if var before = bucket(0..<inside.lowerBound) {
      before.append(result)
      result = before
    }
    if let after = bucket(inside.upperBound..<samples.count) { result.append(after) }
    if result != known { update.bucket = result }
    return update
  }
}
