import TSQCodec
package import TSQCore

/// What one thread keeps from block to block: buffers, and timestamps that several series share.
package struct BlockScratch: Sendable {
  /// Timestamp columns kept: 64 full blocks are half a megabyte.
  static let columnsMax = 64

  struct Key: Hashable {
    let reader: UInt64
    let offset: Int64
  }

  var columns = ColumnScratch()
  private var known: [Key: [Int64]] = [:]
  private var values: [Double] = []

  /// Nothing kept yet.
  package init() {}

  mutating func takeValues() -> [Double] {
    var taken: [Double] = []
    swap(&taken, &values)
    taken.removeAll(keepingCapacity: true)
    return taken
  }

  mutating func giveBack(_ taken: [Double]) { values = taken }

  func times(_ key: Key) -> [Int64]? { known[key] }

  mutating func keep(_ times: [Int64], _ key: Key) {
    if known.count >= Self.columnsMax { known.removeAll(keepingCapacity: true) }
    known[key] = times
  }
}

extension SegmentReader {
  /// Appends the samples of a block.
  ///
  /// - Parameters:
  ///   - entry: a block of this segment.
  ///   - columns: receives the samples; unchanged where an error is thrown.
  /// - Throws: `SegmentError.damagedBlock`, or `.file`.
  package func decode(
    _ entry: BlockEntry, into columns: inout SampleColumns
  ) throws(SegmentError) {
    var scratch = BlockScratch()
    try decode(entry, into: &columns, scratch: &scratch)
  }

  /// Appends the samples of a block, with buffers that are kept from block to block.
  ///
  /// - Complexity: O(samples), one or two reads.
  package func decode(
    _ entry: BlockEntry, into columns: inout SampleColumns, scratch: inout BlockScratch
  ) throws(SegmentError) {
    let key = BlockScratch.Key(reader: number, offset: entry.timesOffset)
    let timesEnd = entry.timesOffset + Int64(entry.timesLength)
    var values = scratch.takeValues()
    defer { scratch.giveBack(values) }
    do {
      var times = scratch.times(key)
      if times == nil, timesEnd == entry.valuesOffset {
        // The two frames are neighbours: one read serves both.
        let bytes = try readFrames(at: entry.timesOffset, count: entry.byteCount)
        let cut = min(bytes.count, Int(entry.timesLength))
        times = try decodeTimes(bytes.rawSpan.extracting(0..<cut), &scratch)
        try ColumnFrame.decodeValues(
          bytes.rawSpan.extracting(cut..<bytes.count), into: &values, scratch: &scratch.columns)
      } else {
        if times == nil {
          let bytes = try readFrames(at: entry.timesOffset, count: Int(entry.timesLength))
          times = try decodeTimes(bytes.rawSpan, &scratch)
        }
        let bytes = try readFrames(at: entry.valuesOffset, count: Int(entry.valuesLength))
        try ColumnFrame.decodeValues(bytes.rawSpan, into: &values, scratch: &scratch.columns)
      }
      let decoded = times ?? []
      try check(decoded, values, entry)
      scratch.keep(decoded, key)
      columns.times.append(contentsOf: decoded)
      columns.values.append(contentsOf: values)
    } catch let error as FileError {
      throw .file(error)
    } catch {
      throw damaged(entry, reason: "\(error)")
    }
  }

  private func decodeTimes(
    _ frame: RawSpan, _ scratch: inout BlockScratch
  ) throws -> [Int64] {
    var times: [Int64] = []
    try ColumnFrame.decodeTimestamps(frame, into: &times, scratch: &scratch.columns)
    return times
  }

  /// Holds the frames against the index: frames of another block have good checksums too.
  private func check(_ times: [Int64], _ values: [Double], _ entry: BlockEntry) throws {
    guard times.count == entry.count, values.count == entry.count,
      times.first == entry.firstTime, times.last == entry.lastTime
    else {
      throw InvalidPart(
        "its frames hold \(times.count) times and \(values.count) values, not the \(entry.count) "
          + "samples that the index names")
    }
    for index in 1..<max(1, times.count) where times[index - 1] >= times[index] {
      throw InvalidPart("its times do not ascend")
    }
  }

  func damaged(_ entry: BlockEntry, reason: String) -> SegmentError {
    // Without its labels the damage is still worth reporting.
    let labels = try? labels(ofLocal: Int(entry.series))
    return .damagedBlock(path: path, series: labels, range: entry.timeRange, reason: reason)
  }
}
