import TSQCore

/// Merging of ascending columns where the newer wins.
enum SampleMerge {
  /// Joins two runs of samples.
  ///
  /// - Parameters:
  ///   - older: ascending, free of duplicates.
  ///   - newer: ascending, free of duplicates.
  /// - Returns: the samples of both; of equal times the newer's.
  /// - Complexity: O(older + newer), one allocation per column.
  static func merge(older: SampleColumns, newer: SampleColumns) -> SampleColumns {
    if older.isEmpty { return newer }
    if newer.isEmpty { return older }
    var merged = SampleColumns()
    merged.times.reserveCapacity(older.count + newer.count)
    merged.values.reserveCapacity(older.count + newer.count)
    var (i, j) = (0, 0)
    while i < older.count, j < newer.count {
      if older.times[i] < newer.times[j] {
        merged.append(time: older.times[i], value: older.values[i])
        i += 1
      } else {
        if older.times[i] == newer.times[j] { i += 1 }
        merged.append(time: newer.times[j], value: newer.values[j])
        j += 1
      }
    }
    merged.append(contentsOf: older, in: i..<older.count)
    merged.append(contentsOf: newer, in: j..<newer.count)
    return merged
  }

  /// Removes the samples that lie in any of the ranges.
  ///
  /// O(samples * ranges).
  static func remove(_ ranges: [TimeRange], from columns: inout SampleColumns) {
    for range in ranges {
      let hit = columns.indices(in: range)
      if hit.isEmpty { continue }
      columns.times.removeSubrange(hit)
      columns.values.removeSubrange(hit)
    }
  }
}
