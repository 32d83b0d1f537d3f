/// Samples of any series in arrival order, as three columns: what one acknowledgement covers.
///
/// Where a series has the same time twice, the later one wins.
public struct SampleBatch: Hashable, Sendable {
  /// Whose sample, one per sample.
  public var series: [SeriesID]
  /// Nanoseconds since the epoch, one per sample, in any order.
  ///
  /// A sample at `Int64.min` is kept and exported, but no PromQL window holds it: formats refuse it, see
  /// `Timestamp.earliestSample`.
  public var times: [Int64]
  /// The values, one per sample; every bit pattern is kept.
  public var values: [Double]

  /// No samples.
  public init() {
    self.series = []
    self.times = []
    self.values = []
  }

  /// Samples from three columns.
  ///
  /// - Precondition: equal lengths.
  public init(series: [SeriesID], times: [Int64], values: [Double]) {
    precondition(
      series.count == times.count && times.count == values.count,
      "the columns of a batch have equal lengths")
    self.series = series
    self.times = times
    self.values = values
  }

  /// The number of samples.
  public var count: Int { times.count }
  /// Whether there are none.
  public var isEmpty: Bool { times.isEmpty }

  /// Adds one sample at the end.
  public mutating func append(series id: SeriesID, time: Int64, value: Double) {
    series.append(id)
    times.append(time)
    values.append(value)
  }

  /// Removes every sample and keeps the capacity.
  public mutating func removeAllKeepingCapacity() {
    series.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// Two batches are equal when ids, times and the **bits** of the values are: a NaN equals itself.
  public static func == (left: SampleBatch, right: SampleBatch) -> Bool {
    left.series == right.series && left.times == right.times
      && left.values.count == right.values.count
      && zip(left.values, right.values).allSatisfy { $0.bitPattern == $1.bitPattern }
  }

  /// Hashes ids, times and the bits of the values.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(series)
    hasher.combine(times)
    for value in values { hasher.combine(value.bitPattern) }
  }
}

/// When an append counts as done.
public enum Durability: String, Hashable, Sendable, CaseIterable {
  /// On disk, synced and visible to readers: what an acknowledgement promises.
  case synced
  /// Written to the log and visible; a sync follows by the store's policy. A power cut may lose it.
  case buffered
}
