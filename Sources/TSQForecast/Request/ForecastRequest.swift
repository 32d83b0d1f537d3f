public import TSQCore

/// What one sample's value means.
public enum SampleKind: String, Hashable, Sendable, CaseIterable {
  /// A level: CPU share, bytes used. Buckets take the mean or the maximum.
  case gauge
  /// A running total that only falls at a reset. Buckets take the rate per second.
  case counter
}

/// How the samples of one bucket become one value.
public enum BucketAggregation: String, Hashable, Sendable, CaseIterable {
  /// The mean of the bucket's samples.
  case mean
  /// The largest of them, where sizing asks for the peak.
  case maximum
}

/// A question about the future of one series.
public struct ForecastRequest: Hashable, Sendable {
  /// The last instant that may be known; nothing after it is looked at.
  public var origin: Timestamp
  /// Distance between forecast points, nanoseconds; `nil` leaves the choice to the data.
  public var stepNanoseconds: Int64?
  /// How far to forecast, nanoseconds.
  ///
  /// Points stand at `origin + k * step` up to this distance.
  public var horizonNanoseconds: Int64
  /// Nominal coverages of the prediction intervals, each inside `(0, 1)`.
  public var levels: [Double]
  /// What the quantity can never pass.
  public var bounds: ValueBounds
  /// Levels to be asked about: are they crossed, how likely, and when.
  public var thresholds: [Threshold]
  /// How the samples of a bucket become one value.
  public var aggregation: BucketAggregation
  /// Whether the samples are levels or a running total.
  public var kind: SampleKind
  /// The wall clock that days and weeks follow; UTC unless told otherwise.
  public var zone: ZoneOffsets

  /// The levels shown where nothing is asked.
  public static let defaultLevels = [0.80, 0.95]

  /// A request; only the origin and the horizon have no default.
  public init(
    origin: Timestamp, horizonNanoseconds: Int64, stepNanoseconds: Int64? = nil,
    levels: [Double] = ForecastRequest.defaultLevels, bounds: ValueBounds = .none,
    thresholds: [Threshold] = [], aggregation: BucketAggregation = .mean,
    kind: SampleKind = .gauge, zone: ZoneOffsets = .utc
  ) {
    self.origin = origin
    self.stepNanoseconds = stepNanoseconds
    self.horizonNanoseconds = horizonNanoseconds
    self.levels = levels
    self.bounds = bounds
    self.thresholds = thresholds
    self.aggregation = aggregation
    self.kind = kind
    self.zone = zone
  }
}
