public import TSQCore

/// A history on a regular grid: one value per bucket, gaps as NaN.
///
/// Bucket `i` is labelled `start + i * step` and covers the left-open range
/// `(start + (i - 1) * step, start + i * step]`, as PromQL's windows do: samples that already stand
/// at the step's pace keep their own times as labels, and the newest bucket ends at the origin.
public struct HistoryGrid: Hashable, Sendable {
  /// The label of the first bucket.
  public var start: Timestamp
  /// Distance between labels, nanoseconds; positive.
  public var stepNanoseconds: Int64
  /// One value per bucket; NaN where no sample fell into it.
  public var values: [Double]

  /// The most buckets a grid made from samples holds: the newest are kept.
  ///
  /// About half a year of hours or eleven years of days. Older history no longer moves a forecast,
  /// and the bound keeps time and memory per forecast fixed.
  public static let bucketLimit = 4096

  /// A grid from its parts.
  ///
  /// - Precondition: the step is positive.
  public init(start: Timestamp, stepNanoseconds: Int64, values: [Double]) {
    precondition(stepNanoseconds > 0, "a grid's step is positive")
    self.start = start
    self.stepNanoseconds = stepNanoseconds
    self.values = values
  }

  /// The label of a bucket; held at the ends of the range of instants.
  public func time(ofBucket index: Int) -> Timestamp {
    let (distance, overflow) = Int64(index).multipliedReportingOverflow(by: stepNanoseconds)
    return start.adding(nanoseconds: overflow ? (index < 0 ? .min : .max) : distance)
  }

  /// The label of the last bucket, or `nil` where there is none.
  public var end: Timestamp? { values.isEmpty ? nil : time(ofBucket: values.count - 1) }
}

extension HistoryGrid {
  /// A grid from the samples up to an instant, which becomes the last bucket's label.
  ///
  /// Samples may come in any order; of several with one time the last counts; values that are not
  /// finite are gaps. The first bucket is the first that holds a sample.
  ///
  /// - Parameters:
  ///   - samples: levels, or a running total where `kind` says so.
  ///   - stepNanoseconds: bucket length; `nil` or one that is not positive takes `StepChoice`'s.
  ///   - aggregation: mean or maximum of a bucket's samples (for a counter: of its rates).
  ///   - kind: a counter becomes rates per second, resets repaired as Prometheus does.
  ///   - through: the newest instant to look at, and the last bucket's label; where more than
  ///     `bucketLimit` buckets lie between it and the first sample, the last that holds a sample is.
  ///   - horizonNanoseconds: how far the forecast will go; only the choice of the step uses it.
  /// - Returns: a grid without values where there is no finite sample up to `through`.
  /// - Complexity: O(samples), O(samples log samples) where they are not ascending.
  public static func build(
    from samples: SampleColumns, stepNanoseconds: Int64? = nil,
    aggregation: BucketAggregation = .mean, kind: SampleKind = .gauge, through: Timestamp,
    horizonNanoseconds: Int64 = 0
  ) -> HistoryGrid {
    let clean = CleanSamples(samples, through: through.nanoseconds)
    let chosen = stepNanoseconds.flatMap { $0 > 0 ? $0 : nil }
    let step =
      chosen
      ?? StepChoice.step(
        times: clean.times, through: through.nanoseconds, horizonNanoseconds: horizonNanoseconds)
    guard let first = clean.times.first, let newest = clean.times.last else {
      return HistoryGrid(start: through, stepNanoseconds: step, values: [])
    }
    let span = through.nanoseconds(since: Timestamp(nanoseconds: first)) / step
    let count = Int(min(span, Int64(bucketLimit - 1))) + 1
    // A series that fell silent long ago: the buckets are those before its end, on the same edges.
    let silent = max(0, through.nanoseconds(since: Timestamp(nanoseconds: newest)) / step)
    let end = span < Int64(bucketLimit) ? through.nanoseconds : through.nanoseconds - silent * step
    let start = end - Int64(count - 1) * step
    var values: [Double]
    switch kind {
    case .gauge:
      values = gaugeBuckets(clean, count: count, start: start, step: step, aggregation)
    case .counter:
      values = counterBuckets(clean, count: count, start: start, step: step, aggregation)
    }
    let leading = values.firstIndex { $0.isFinite } ?? values.count
    values.removeFirst(leading)
    return HistoryGrid(
      start: Timestamp(nanoseconds: start + Int64(leading) * step), stepNanoseconds: step,
      values: values)
  }

  private static func gaugeBuckets(
    _ clean: CleanSamples, count: Int, start: Int64, step: Int64, _ aggregation: BucketAggregation
  ) -> [Double] {
    var values = [Double](repeating: .nan, count: count)
    let firstEdge = start.subtractingReportingOverflow(step)
    var index = SampleColumns.partitionPoint(clean.times) {
      firstEdge.overflow || $0 > firstEdge.partialValue
    }
    while index < clean.times.count {
      let bucket = bucketIndex(clean.times[index], start: start, step: step)
      var (members, mean, peak) = (0, 0.0, -Double.infinity)
      while index < clean.times.count,
        bucketIndex(clean.times[index], start: start, step: step) == bucket
      {
        let value = clean.values[index]
        members += 1
        // A running mean: the sum of values near the largest double is not finite.
        mean += value / Double(members) - mean / Double(members)
        peak = max(peak, value)
        index += 1
      }
      values[bucket] = aggregation == .mean ? mean : peak
    }
    return values
  }

  /// Rates per second: the increase between neighbours is spread evenly over the time between them.
  private static func counterBuckets(
    _ clean: CleanSamples, count: Int, start: Int64, step: Int64, _ aggregation: BucketAggregation
  ) -> [Double] {
    var seconds = [Double](repeating: 0, count: count)
    var increase = [Double](repeating: 0, count: count)
    var peak = [Double](repeating: -.infinity, count: count)
    let edge = start.subtractingReportingOverflow(step)
    let lowest = edge.overflow ? Int64.min : edge.partialValue
    for index in clean.times.indices.dropFirst() {
      let (from, to) = (clean.times[index - 1], clean.times[index])
      if to <= lowest { continue }
      let length = Double(to) - Double(from)
      let (before, after) = (clean.values[index - 1], clean.values[index])
      let rise = after >= before ? after - before : after
      // Longer than two buckets without a sample is a gap, not a slow counter.
      guard length > 0, length <= 2 * Double(step) * (1 + 1e-9), rise.isFinite else { continue }
      var bucket = from < lowest ? 0 : bucketIndex(from, start: start, step: step)
      let last = bucketIndex(to, start: start, step: step)
      while bucket <= last {
        let bucketEnd = start + Int64(bucket) * step
        let overlap = Double(min(to, bucketEnd)) - Double(max(from, bucketEnd - step))
        if overlap > 0 {
          seconds[bucket] += overlap / 1e9
          increase[bucket] += rise * (overlap / length)
          peak[bucket] = max(peak[bucket], rise / (length / 1e9))
        }
        bucket += 1
      }
    }
    let half = Double(step) / 1e9 / 2
    return (0..<count).map { bucket in
      // A bucket seen for less than half its length says too little about its rate.
      guard seconds[bucket] >= half else { return .nan }
      return aggregation == .mean ? increase[bucket] / seconds[bucket] : peak[bucket]
    }
  }

  /// The bucket a time falls into; times at a label belong to it, not to the next.
  private static func bucketIndex(_ time: Int64, start: Int64, step: Int64) -> Int {
    if time <= start { return 0 }
    return Int((time - start - 1) / step) + 1
  }
}

/// Samples ready for a grid: ascending, one per time, finite, not after an instant.
struct CleanSamples {
  var times: [Int64] = []
  var values: [Double] = []

  init(_ samples: SampleColumns, through: Int64) {
    if CleanSamples.isClean(samples), samples.times.last.map({ $0 <= through }) ?? true {
      // The common case shares the columns instead of copying them.
      (times, values) = (samples.times, samples.values)
      return
    }
    times.reserveCapacity(samples.count)
    values.reserveCapacity(samples.count)
    var ascending = true
    for index in 1..<max(samples.count, 1) where samples.times[index] < samples.times[index - 1] {
      ascending = false
      break
    }
    if ascending {
      for index in 0..<samples.count {
        add(samples.times[index], samples.values[index], through: through)
      }
      return
    }
    // The index breaks ties: of samples with one time the last in arrival must stay last.
    let order = samples.times.indices.sorted {
      (samples.times[$0], $0) < (samples.times[$1], $1)
    }
    for index in order { add(samples.times[index], samples.values[index], through: through) }
  }

  /// Whether times ascend, each once, and every value is finite.
  private static func isClean(_ samples: SampleColumns) -> Bool {
    let (times, values) = (samples.times.span, samples.values.span)
    // Counted without leaving early: that runs at SIMD width.
    var bad = 0
    for index in 0..<values.count { bad &+= values[index].isFinite ? 0 : 1 }
    for index in 1..<max(times.count, 1) { bad &+= times[index - 1] < times[index] ? 0 : 1 }
    return bad == 0
  }

  private mutating func add(_ time: Int64, _ value: Double, through: Int64) {
    guard value.isFinite, time <= through else { return }
    if let last = times.last, last == time {
      values[values.count - 1] = value
    } else {
      times.append(time)
      values.append(value)
    }
  }
}
