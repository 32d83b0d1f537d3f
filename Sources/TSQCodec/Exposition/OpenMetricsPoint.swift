internal import TSQCore

/// What came of one metric at one time, for the rules that a sample cannot be held to by itself.
struct OpenMetricsPoint: Sendable {
  /// The metric: its labels without those that tell its samples apart.
  let metric: Int
  /// Its time, or `nil` where the samples have none.
  let time: Int64?
  /// Whether a line was rejected that may have been one of its samples: nothing is missed then.
  var isSpoiled = false

  private let kind: MetricMetadata.Kind
  private var series: Set<Int> = []
  /// The last bucket's bound and count.
  private var bucket: (bound: Double, count: Double)?
  private var hasNegativeBucket = false
  private var count: Double?
  private var sum: Double?
  private var hasTotal = false

  init(_ kind: MetricMetadata.Kind, metric: Int, time: Int64?) {
    (self.kind, self.metric, self.time) = (kind, metric, time)
  }

  /// One sample that its own rules allow.
  struct Member {
    let suffix: String
    /// A number for its series.
    let series: Int
    let value: Double
    /// The bound of a bucket.
    let bound: Double?
  }

  /// Checks that a sample goes with those before it; changes nothing.
  func check(_ member: Member) throws(RejectReason) {
    guard !series.contains(member.series) else { throw .badGrouping }
    let value = member.value
    switch member.suffix {
    case "_bucket":
      guard let bound = member.bound else { return }
      if let bucket, bound <= bucket.bound || value < bucket.count { throw .badForType }
      if bound == .infinity, let count, count != value { throw .badForType }
      // A histogram's sum is a counter, which negative observations would let fall.
      if bound < 0, kind == .histogram, sum != nil { throw .badForType }
    case "_count", "_gcount":
      if let bucket, bucket.bound == .infinity, bucket.count != value { throw .badForType }
    case "_sum":
      if hasNegativeBucket, kind == .histogram { throw .badForType }
    case "_gsum":
      // Buckets ascend: where the first one is not negative, none is.
      if value < 0, bucket != nil, !hasNegativeBucket { throw .badForType }
    default: return
    }
  }

  /// Takes a sample that was checked.
  mutating func add(_ member: Member) {
    series.insert(member.series)
    switch member.suffix {
    case "_bucket":
      guard let bound = member.bound else { return }
      bucket = (bound, member.value)
      hasNegativeBucket = hasNegativeBucket || bound < 0
    case "_count", "_gcount": count = member.value
    case "_sum", "_gsum": sum = member.value
    case "_total": hasTotal = true
    default: return
    }
  }

  /// What is missing, should no more samples come.
  var missing: RejectReason? {
    if isSpoiled { return nil }
    switch kind {
    case .counter: return hasTotal ? nil : .missingSample
    case .histogram, .gaugeHistogram:
      guard let bucket, bucket.bound == .infinity else { return .missingBucket }
      if (count == nil) != (sum == nil) { return .missingSample }
      // The sum came before the buckets.
      if let sum, sum < 0, !hasNegativeBucket { return .missingSample }
      return nil
    case .gauge, .unknown, .summary, .info, .stateSet: return nil
    }
  }
}

/// One sample line of an exposition.
struct OpenMetricsSample {
  let key: LabelKey
  let name: [UInt8]
  let value: Double
  let time: Int64?
  /// The value of the exemplar behind it.
  let exemplar: Double?
}
