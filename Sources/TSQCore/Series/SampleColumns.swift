/// One measured value at one instant.
public struct Sample: Sendable {
  /// When.
  public var time: Timestamp
  /// What; every bit pattern is kept.
  public var value: Double

  /// A sample from its two parts.
  public init(time: Timestamp, value: Double) {
    self.time = time
    self.value = value
  }
}

/// Samples of one series as two columns of equal length.
///
/// Whatever the store hands out is ascending in time without duplicates; what a sender pushed may
/// be in any order. Times are nanoseconds since the epoch.
public struct SampleColumns: Sendable {
  /// Nanoseconds since the epoch, one per sample.
  public var times: [Int64]
  /// One value per time.
  public var values: [Double]

  /// No samples.
  public init() {
    self.times = []
    self.values = []
  }

  /// Samples from two columns.
  ///
  /// - Precondition: equal lengths.
  public init(times: [Int64], values: [Double]) {
    precondition(times.count == values.count, "columns of one series have equal lengths")
    self.times = times
    self.values = values
  }

  /// The number of samples.
  public var count: Int { times.count }
  /// Whether there are none.
  public var isEmpty: Bool { times.isEmpty }

  /// The sample at an index.
  public subscript(index: Int) -> Sample {
    Sample(time: Timestamp(nanoseconds: times[index]), value: values[index])
  }

  /// Adds one sample at the end.
  public mutating func append(time: Int64, value: Double) {
    times.append(time)
    values.append(value)
  }

  /// Adds a run of another's samples at the end.
  public mutating func append(contentsOf other: SampleColumns, in indices: Range<Int>) {
    times.append(contentsOf: other.times[indices])
    values.append(contentsOf: other.values[indices])
  }

  /// Removes every sample and keeps the capacity, for reuse from block to block.
  public mutating func removeAllKeepingCapacity() {
    times.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
  }

  /// The indices of the samples inside a range; the columns must be ascending.
  ///
  /// - Complexity: O(log n).
  public func indices(in range: TimeRange) -> Range<Int> {
    let lower = SampleColumns.partitionPoint(times) { $0 >= range.start.nanoseconds }
    let upper = SampleColumns.partitionPoint(times) { $0 > range.end.nanoseconds }
    return lower..<max(lower, upper)
  }

  /// The first index whose time satisfies a condition that stays true once it is.
  public static func partitionPoint(_ times: [Int64], _ condition: (Int64) -> Bool) -> Int {
    var (low, high) = (0, times.count)
    while low < high {
      let middle = low + (high - low) / 2
      if condition(times[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// The values with a meaning of their own.
public enum SpecialValue {
  /// The bits of Prometheus' stale marker: a NaN that says "this series ended here".
  public static let staleBits: UInt64 = 0x7ff0_0000_0000_0002

  /// The NaN that text formats mean by the word `NaN`, the one Prometheus writes for "not a number".
  public static let namedNaN = Double(bitPattern: 0x7ff8_0000_0000_0001)

  /// Whether a value is the stale marker, bit for bit.
  @inlinable
  public static func isStale(_ value: Double) -> Bool { value.bitPattern == staleBits }
}
