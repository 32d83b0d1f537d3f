package import TSQCore

/// The hourly values of a series in a range.
package struct HourBuckets: Sendable {
  /// Ascending, one an hour at most.
  package var buckets: [HourBucket] = []
  /// Whether some could not be read; the statistics name the damage.
  package var isDamaged = false
}

extension StoreSnapshot {
  /// Whether any series has hourly values in place of samples that were dropped.
  package var hasRollups: Bool { registry.hasRollups }

  /// The hourly values of a series that speak for some time in a range.
  ///
  /// - Parameters:
  ///   - id: the series whose samples they are of.
  ///   - range: both ends included.
  ///   - statistics: counts what is read, and keeps every report on damage.
  /// - Returns: the buckets, and whether some are missing.
  /// - Throws: what reading throws, damage excepted: buckets that are damaged are left out.
  /// - Complexity: O(hours); reads a column for each number of a bucket.
  package func hourBuckets(
    of id: SeriesID, in range: TimeRange, statistics: ReadStatistics
  ) throws(StoreError) -> HourBuckets {
    var found = HourBuckets()
    let ends = HourBucket.ends(in: range)
    guard let counts = registry.rollupCount(of: id), view.hasSamples(of: counts, in: ends) else {
      return found
    }
    let labels = labels(of: id)
    var columns: [RollupField: SampleColumns] = [:]
    for field in RollupField.allCases {
      guard let series = find(field.labels(of: labels)) else { continue }
      var column = SampleColumns()
      do throws(StoreError) {
        try samples(of: series, in: ends, into: &column, statistics: statistics)
      } catch .damaged {
        found.isDamaged = true
      }
      columns[field] = column
    }
    var places: [RollupField: Int] = [:]
    for end in columns[.count]?.times ?? [] {
      let bucket = HourBucket(end: end) { field in
        guard let column = columns[field] else { return nil }
        var place = places[field, default: 0]
        while place < column.count, column.times[place] < end { place += 1 }
        places[field] = place
        return place < column.count && column.times[place] == end ? column.values[place] : nil
      }
      if let bucket, bucket.timeRange.overlaps(range) {
        found.buckets.append(bucket)
      } else if bucket == nil {
        found.isDamaged = true
      }
    }
    return found
  }

  /// Series with hourly values in a range, judged by the time ranges of blocks.
  package func hasBuckets(of id: SeriesID, in range: TimeRange) -> Bool {
    registry.rollupCount(of: id).map {
      view.hasSamples(of: $0, in: HourBucket.ends(in: range))
    } ?? false
  }

  /// The series that satisfy every matcher and have samples of their own in a range, sorted.
  func seriesWithSamples(
    matching matchers: [LabelMatcher], in range: TimeRange
  ) -> [SeriesRef] {
    visible(matching: matchers) { view.hasSamples(of: $0, in: range) }
  }

  /// The series that satisfy every matcher and have hourly values that end in a range, sorted.
  func seriesWithBuckets(
    matching matchers: [LabelMatcher], endingIn range: TimeRange
  ) -> [SeriesRef] {
    guard hasRollups else { return [] }
    return visible(matching: matchers) { id in
      registry.rollupCount(of: id).map { view.hasSamples(of: $0, in: range) } ?? false
    }
  }

  private func visible(
    matching matchers: [LabelMatcher], where condition: (SeriesID) -> Bool
  ) -> [SeriesRef] {
    let ids = registry.selectVisible(matchers, below: seriesCount).filter(condition)
    return zip(ids, registry.labels(of: ids)).map { SeriesRef(id: $0, labels: $1) }
      .sorted { $0.labels < $1.labels }
  }
}

extension HourBucket {
  /// The ends of the hours that share an instant with a range.
  static func ends(in range: TimeRange) -> TimeRange {
    let first = end(of: range.start.nanoseconds).map(Timestamp.init(nanoseconds:))
    let last = end(of: range.end.nanoseconds).map(Timestamp.init(nanoseconds:))
    return TimeRange(start: first ?? .distantFuture, end: last ?? .distantFuture)
  }
}
