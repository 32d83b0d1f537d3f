import TSQCore

/// What has been accepted and is not in a segment yet: the samples of one stretch of sequence
/// numbers.
///
/// A value: copying it is how a snapshot is taken. Series lie in pages, so that the first append
/// after a snapshot copies one page and the page list, not the whole.
struct Head: Sendable {
  private static let pageSize = 256

  private var pages: [[HeadSeries]] = []
  /// Samples held.
  private(set) var sampleCount = 0
  /// Sequence numbers covered, with or without samples; `nil` while nothing was applied.
  private(set) var sequences: ClosedRange<UInt64>?

  /// Whether no sample is held.
  var isEmpty: Bool { sampleCount == 0 }

  /// Notes that a sequence number is covered by this head.
  ///
  /// - Precondition: sequence numbers come in ascending order.
  mutating func cover(_ sequence: UInt64) {
    let first = sequences?.lowerBound ?? sequence
    precondition(sequence >= sequences?.upperBound ?? 0, "sequence numbers only grow")
    sequences = first...sequence
  }

  /// Stores a batch in its order of arrival: of equal times the last wins.
  ///
  /// A batch in which series return is stored series by series, as runs: a run costs one look at
  /// its series where a sample would.
  ///
  /// - Parameters:
  ///   - batch: samples of any series, in any order of time.
  ///   - older: the head being flushed, where a replaced sample may be too.
  /// - Returns: how many samples replaced one that either head holds.
  /// - Complexity: O(samples) where series' times ascend, else O(samples log samples held).
  mutating func insert(_ batch: SampleBatch, older: Head?) -> Int {
    var replaced = 0
    if let groups = SeriesGroups(batch) {
      let (times, values) = (groups.times.span, groups.values.span)
      for group in groups.runs.indices {
        let run = groups.runs[group]
        replaced += insert(
          groups.series(group), times.extracting(run), values.extracting(run), older)
      }
      return replaced
    }
    let (times, values) = (batch.times.span, batch.values.span)
    for index in batch.series.indices {
      let one = index..<index + 1
      replaced += insert(
        batch.series[index], times.extracting(one), values.extracting(one), older)
    }
    return replaced
  }

  /// Stores samples of one series, of equal times the last.
  private mutating func insert(
    _ id: SeriesID, _ times: Span<Int64>, _ values: Span<Double>, _ older: Head?
  ) -> Int {
    let number = Int(id.rawValue)
    let (page, slot) = (number / Head.pageSize, number % Head.pageSize)
    growPages(toHold: page, slot)
    let replaced = pages[page][slot].insert(times, values, other: older?.series(id))
    sampleCount += times.count - replaced.here
    return replaced.here + replaced.elsewhere
  }

  private mutating func growPages(toHold page: Int, _ slot: Int) {
    while pages.count <= page { pages.append([]) }
    if pages[page].count <= slot {
      let missing = slot + 1 - pages[page].count
      pages[page].append(contentsOf: repeatElement(HeadSeries(), count: missing))
    }
  }

  /// The samples of one series; `nil` where there are none.
  func series(_ id: SeriesID) -> HeadSeries? {
    let number = Int(id.rawValue)
    let (page, slot) = (number / Head.pageSize, number % Head.pageSize)
    guard page < pages.count, slot < pages[page].count, !pages[page][slot].isEmpty else {
      return nil
    }
    return pages[page][slot]
  }

  /// Removes the samples of a range from some series.
  mutating func remove(_ ids: [SeriesID], in range: TimeRange) {
    for id in ids {
      guard let held = series(id), held.hasSamples(in: range) else { continue }
      let number = Int(id.rawValue)
      sampleCount -= pages[number / Head.pageSize][number % Head.pageSize].remove(in: range)
    }
  }

  /// Every series that has samples, ascending by number.
  var seriesIDs: [SeriesID] {
    var ids: [SeriesID] = []
    for (page, series) in pages.enumerated() {
      for slot in series.indices where !series[slot].isEmpty {
        ids.append(SeriesID(rawValue: UInt32(page * Head.pageSize + slot)))
      }
    }
    return ids
  }
}
