import TSQCore

/// The deletions in force, and for each series the ranges they hide.
///
/// Which series a deletion means is settled when it takes effect: only those that existed then can
/// hold older samples. A sample of a head is removed at once, so that only segments are looked at.
struct TombstoneSet: Sendable {
  /// A hidden range and the deletion's sequence: samples accepted before it are gone.
  struct Hidden: Hashable, Sendable {
    let sequence: UInt64
    let range: TimeRange
  }

  /// Ascending by sequence.
  private(set) var all: [SequencedTombstone] = []
  private var hidden: [SeriesID: [Hidden]] = [:]

  /// Puts a deletion in force.
  ///
  /// - Parameters:
  ///   - entry: the deletion; one of the same sequence is not added twice.
  ///   - series: the series it means.
  mutating func add(_ entry: SequencedTombstone, series: [SeriesID]) {
    if all.contains(where: { $0.sequence == entry.sequence }) { return }
    all.append(entry)
    all.sort { $0.sequence < $1.sequence }
    let range = Hidden(sequence: entry.sequence, range: entry.tombstone.range)
    for id in series { hidden[id, default: []].append(range) }
  }

  /// Takes deletions out of force that no segment holds samples for any more.
  mutating func remove(_ sequences: Set<UInt64>) {
    guard !sequences.isEmpty else { return }
    all.removeAll { sequences.contains($0.sequence) }
    for (id, ranges) in hidden {
      let kept = ranges.filter { !sequences.contains($0.sequence) }
      if kept.count < ranges.count { hidden[id] = kept.isEmpty ? nil : kept }
    }
  }

  /// The series that a deletion means.
  ///
  /// O(series with deletions).
  func series(hiddenBy sequence: UInt64) -> [SeriesID] {
    hidden.filter { $0.value.contains { $0.sequence == sequence } }.map(\.key)
  }

  /// The ranges of a series in which samples accepted up to `sequence` are deleted.
  func ranges(hiding id: SeriesID, through sequence: UInt64) -> [TimeRange] {
    guard let entries = hidden[id] else { return [] }
    return entries.filter { $0.sequence > sequence }.map(\.range)
  }
}
