import TSQCodec
import TSQCore

/// An open segment and which series of this process its local numbers stand for.
final class SegmentHandle: Sendable {
  let reader: SegmentReader
  private let numbering: SegmentNumbering
  /// Series that it holds and nobody can name, because their labels are damaged.
  let damage: [SegmentError]
  /// Blocks and parts that could not be read since the store was opened.
  let damagedBlocks = DamagedBlocks()

  /// Reads which series the segment holds.
  ///
  /// A read that fails is tried once more, so that a passing fault does not hide series for as long
  /// as the store is open.
  init(reader: SegmentReader, registry: SeriesRegistry) {
    self.reader = reader
    var numbered = reader.numberedSeries(registry)
    if !numbered.damage.allSatisfy(\.isDamage) { numbered = reader.numberedSeries(registry) }
    self.numbering = registry.shared(SegmentNumbering(numbered.numbers))
    self.damage = numbered.damage
  }

  /// The handle of a segment that this process wrote, whose series it knows.
  ///
  /// - Parameters:
  ///   - reader: of its file.
  ///   - series: in the order of the segment, each of its series.
  ///   - registry: the process' series.
  /// - Throws: `SegmentError` where the labels cannot be read as they were written.
  init(written reader: SegmentReader, series: [SeriesID], registry: SeriesRegistry)
    throws(SegmentError)
  {
    precondition(series.count == reader.info.seriesCount, "each series of the segment is named")
    do throws(SegmentError) { try reader.checkLabels() } catch {
      // A passing fault must not fail a flush that is durable already.
      if error.isDamage { throw error }
      try reader.checkLabels()
    }
    self.reader = reader
    numbering = registry.shared(SegmentNumbering(series.map(\.rawValue)))
    damage = []
  }

  /// The series it holds, ascending.
  var series: [UInt32] { numbering.series }

  var info: SegmentInfo { reader.info }

  /// Samples accepted up to this sequence number may be in here, none after it.
  var lastSequence: UInt64 { reader.info.sequences.upperBound }

  /// Whether any sample may lie in a range.
  func overlaps(_ range: TimeRange) -> Bool { info.timeRange?.overlaps(range) ?? false }

  /// The segment's own number of a series, or `nil` where it holds none of its samples.
  ///
  /// O(log n).
  func local(_ id: SeriesID) -> Int? { numbering.local(id.rawValue) }

  /// The blocks of a series that share an instant with a range, ascending and disjoint.
  func blocks(of id: SeriesID, in range: TimeRange) throws(SegmentError) -> ArraySlice<BlockEntry> {
    guard overlaps(range), let local = local(id) else { return [] }
    return try reader.blocks(ofLocal: local, in: range)
  }

  /// Appends the samples of a block; one that is known to be damaged is not read again.
  func decode(
    _ block: BlockEntry, into columns: inout SampleColumns, scratch: inout BlockScratch
  ) throws(SegmentError) {
    if let known = damagedBlocks.error(of: block) { throw known }
    do throws(SegmentError) {
      try reader.decode(block, into: &columns, scratch: &scratch)
    } catch {
      damagedBlocks.note(error, of: block)
      throw error
    }
  }

  /// What is known to be damaged and not deleted: with any of it the segment is merged with none.
  func damage(notHiddenBy tombstones: TombstoneSet) -> [SegmentError] {
    let places = damagedBlocks.places
    if places.isEmpty { return damage + [damagedBlocks.part].compactMap(\.self) }
    let left = places.filter { place in
      guard let id = numbering.series(ofLocal: Int(place.block.series)) else { return true }
      let hidden = tombstones.ranges(hiding: SeriesID(rawValue: id), through: lastSequence)
      return !hidden.contains { $0.contains(place.block.timeRange) }
    }
    return damage + [damagedBlocks.part].compactMap(\.self) + left.map(\.error)
  }
}

/// Which series of this process the local numbers of a segment stand for.
struct SegmentNumbering: Hashable, Sendable {
  /// The series, ascending.
  let series: [UInt32]
  /// The local number of each; `nil` where it is the place in `series`.
  private let locals: [UInt32]?

  /// A numbering from the process' number of each local one; those without are left out.
  init(_ numbers: [UInt32?]) {
    var pairs: [UInt64] = []
    pairs.reserveCapacity(numbers.count)
    for (local, number) in numbers.enumerated() {
      if let number { pairs.append(UInt64(number) << 32 | UInt64(local)) }
    }
    // Segments whose series appeared in order need no sorting: the first one, or all of one sender.
    let isSorted = zip(pairs, pairs.dropFirst()).allSatisfy { $0 < $1 }
    if !isSorted { pairs.sort() }
    series = pairs.map { UInt32($0 >> 32) }
    let isPlain = isSorted && pairs.count == numbers.count
    locals = isPlain ? nil : pairs.map { UInt32(truncatingIfNeeded: $0) }
  }

  /// The segment's own number of a series.
  ///
  /// O(log n).
  func local(_ number: UInt32) -> Int? {
    guard let place = SortedNumbers.index(of: number, in: series) else { return nil }
    return locals.map { Int($0[place]) } ?? place
  }

  /// The series that a number of the segment stands for; `nil` where its labels are damaged.
  ///
  /// O(n).
  func series(ofLocal local: Int) -> UInt32? {
    guard let locals else { return local < series.count ? series[local] : nil }
    return locals.firstIndex(of: UInt32(local)).map { series[$0] }
  }
}
