import TSQCodec
import TSQCore

/// An open segment and which series of this process its local numbers stand for.
final class SegmentHandle: Sendable {
  let reader: SegmentReader
  /// The series it holds, ascending.
  let series: [UInt32]
  /// The local number of each of `series`.
  private let locals: [UInt32]
  /// Series that it holds and nobody can name, because their labels are damaged.
  let damage: [SegmentError]

  /// Reads which series the segment holds.
  ///
  /// A read that fails is tried once more, so that a passing fault does not hide series for as long
  /// as the store is open.
  init(reader: SegmentReader, registry: SeriesRegistry) {
    self.reader = reader
    var readable = reader.readableSeries()
    if !readable.damage.allSatisfy(\.isDamage) { readable = reader.readableSeries() }
    let pairs = readable.series
      .map { (number: registry.id(of: $0.labels).rawValue, local: UInt32($0.local)) }
      .sorted { $0.number < $1.number }
    self.series = pairs.map(\.number)
    self.locals = pairs.map(\.local)
    self.damage = readable.damage
  }

  var info: SegmentInfo { reader.info }

  /// Samples accepted up to this sequence number may be in here, none after it.
  var lastSequence: UInt64 { reader.info.sequences.upperBound }

  /// Whether any sample may lie in a range.
  func overlaps(_ range: TimeRange) -> Bool { info.timeRange?.overlaps(range) ?? false }

  /// The segment's own number of a series, or `nil` where it holds none of its samples.
  ///
  /// O(log n).
  func local(_ id: SeriesID) -> Int? {
    SortedNumbers.index(of: id.rawValue, in: series).map { Int(locals[$0]) }
  }

  /// The blocks of a series that share an instant with a range, ascending and disjoint.
  func blocks(of id: SeriesID, in range: TimeRange) throws(SegmentError) -> ArraySlice<BlockEntry> {
    guard overlaps(range), let local = local(id) else { return [] }
    return try reader.blocks(ofLocal: local, in: range)
  }
}
