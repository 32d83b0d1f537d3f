import TSQCodec

/// Where the blocks of a run of series lie, with their time ranges and counts.
///
/// Written as differences from what a regular series lets one expect, so that a block usually takes
/// five to eight bytes. A page can be read without any other.
///
///     varint    unit of all times in the page, nanoseconds
///     zigzag    time that the first block's start counts from, nanoseconds
///     varint    file offset that the first frame is expected at
///     for each series: varint number of blocks, then for each block
///       byte      bits 0-1: where the timestamps are (see `TimesPlace`); bit 2: the block is full;
///                 bit 3: the values lie elsewhere than expected
///       unless the timestamps are those of the series before:
///         varint  number of samples               (unless full)
///         zigzag  start - last time of the block before, units
///         zigzag  duration - duration of the block before, units
///         varint  bytes of the timestamps' frame
///         zigzag  its offset - expected offset    (only if elsewhere)
///       zigzag    offset of the values' frame - expected offset (only if elsewhere)
///       varint    bytes of the values' frame
///
/// A frame is expected where the last frame first named in this page ended. Differences of times
/// wrap around at 64 bits, because a series may reach from one end of time to the other.
enum IndexPage {
  /// Where a block's timestamps are.
  enum TimesPlace: UInt8 {
    /// At the expected offset.
    case next = 0
    /// They are those of the block with the same ordinal of the series before, count and all.
    case sameAsSeriesBefore = 1
    /// At an offset that is given.
    case elsewhere = 2
  }

  /// What is carried along while a page is written or read.
  private struct Context {
    var unit: Int64 = 1
    var cursor: Int64 = 0
    var previousLast: Int64 = 0
    var previousDuration: Int64 = 0
  }

  // MARK: - Writing

  /// Writes a page of the blocks of consecutive series, each in ascending order of time.
  static func encode(_ page: Contents, fullCount: Int) -> [UInt8] {
    var context = Context()
    context.previousLast = page.blocks.first?.firstTime ?? 0
    context.cursor = page.blocks.first?.timesOffset ?? 0
    context.unit = unit(of: page.blocks, from: context.previousLast)
    var writer = ByteWriter(capacity: page.blocks.count * 8)
    writer.append(varint: UInt64(context.unit))
    writer.append(zigzag: context.previousLast)
    writer.append(varint: UInt64(context.cursor))
    var before = 0..<0
    for series in 0..<page.starts.count - 1 {
      let range = Int(page.starts[series])..<Int(page.starts[series + 1])
      writer.append(varint: range.count)
      for ordinal in 0..<range.count {
        let above = ordinal < before.count ? page.blocks[before.lowerBound + ordinal] : nil
        append(
          page.blocks[range.lowerBound + ordinal], above: above, fullCount: fullCount, &context,
          to: &writer)
      }
      before = range
    }
    return writer.bytes
  }

  private static func append(
    _ block: BlockEntry, above: BlockEntry?, fullCount: Int, _ context: inout Context,
    to writer: inout ByteWriter
  ) {
    let place: TimesPlace =
      if let above, sharesTimes(block, above) {
        .sameAsSeriesBefore
      } else if block.timesOffset
        == context.cursor
      { .next } else { .elsewhere }
    let timesExpected = context.cursor
    if place == .next { context.cursor += Int64(block.timesLength) }
    let isFull = block.count == fullCount
    let valuesMoved = block.valuesOffset != context.cursor
    writer.append(place.rawValue | (isFull ? 4 : 0) | (valuesMoved ? 8 : 0))
    let duration = block.lastTime &- block.firstTime
    if place != .sameAsSeriesBefore {
      if !isFull { writer.append(varint: block.count) }
      writer.append(zigzag: (block.firstTime &- context.previousLast) / context.unit)
      writer.append(zigzag: (duration &- context.previousDuration) / context.unit)
      writer.append(varint: Int(block.timesLength))
      if place == .elsewhere { writer.append(zigzag: block.timesOffset - timesExpected) }
    }
    if valuesMoved { writer.append(zigzag: block.valuesOffset - context.cursor) }
    writer.append(varint: Int(block.valuesLength))
    (context.previousLast, context.previousDuration) = (block.lastTime, duration)
    context.cursor = block.valuesOffset + Int64(block.valuesLength)
  }

  private static func sharesTimes(_ block: BlockEntry, _ above: BlockEntry) -> Bool {
    block.timesOffset == above.timesOffset && block.timesLength == above.timesLength
      && block.firstTime == above.firstTime && block.lastTime == above.lastTime
      && block.sampleCount == above.sampleCount
  }

  /// The largest unit that divides every difference of times the page will hold.
  private static func unit(of blocks: [BlockEntry], from start: Int64) -> Int64 {
    var (divisor, last, duration): (UInt64, Int64, Int64) = (0, start, 0)
    for block in blocks {
      let next = block.lastTime &- block.firstTime
      divisor = greatestCommonDivisor(divisor, (block.firstTime &- last).magnitude)
      divisor = greatestCommonDivisor(divisor, (next &- duration).magnitude)
      (last, duration) = (block.lastTime, next)
      if divisor == 1 { break }
    }
    return divisor == 0 ? 1 : Int64(exactly: divisor) ?? 1
  }

  private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var (a, b) = (left, right)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }

  // MARK: - Reading

  /// What a page may say, so that nothing outside the file is ever read because of it.
  struct Bounds {
    /// Number of series the page should hold.
    let seriesCount: Int
    /// Number of blocks the page should hold.
    let blockCount: Int
    /// The number of the page's first series in the file.
    let firstSeries: Int
    /// Samples of a block that is marked full.
    let fullCount: Int
    /// Where frames may lie.
    let frames: Range<Int64>
  }

  /// A page's blocks, and where those of each series begin: one number more than there are series.
  struct Contents: Sendable {
    var starts: [Int32] = [0]
    var blocks: [BlockEntry] = []
  }

  static func decode(_ page: [UInt8], _ bounds: Bounds) throws -> Contents {
    var reader = ByteReader(page.rawSpan)
    var context = Context()
    guard let unit = Int64(exactly: try reader.readVarint()), unit > 0 else {
      throw InvalidPart("its unit of time is out of range")
    }
    context.unit = unit
    context.previousLast = try reader.readZigzag()
    guard let cursor = Int64(exactly: try reader.readVarint()), cursor <= bounds.frames.upperBound
    else { throw InvalidPart("its first offset lies outside the file") }
    context.cursor = cursor
    var contents = Contents()
    contents.starts.reserveCapacity(min(bounds.seriesCount, page.count) + 1)
    contents.blocks.reserveCapacity(min(bounds.blockCount, page.count))
    var above: Range<Int> = 0..<0
    for local in 0..<bounds.seriesCount {
      let start = contents.blocks.count
      let count = try reader.readCount(maximum: bounds.blockCount - start)
      for ordinal in 0..<count {
        let twin = ordinal < above.count ? contents.blocks[above.lowerBound + ordinal] : nil
        let block = try readBlock(
          &reader, &context, above: twin, bounds, series: bounds.firstSeries + local, ordinal)
        if ordinal > 0, block.firstTime <= contents.blocks[start + ordinal - 1].lastTime {
          throw InvalidPart("blocks of one series overlap")
        }
        contents.blocks.append(block)
      }
      above = start..<contents.blocks.count
      contents.starts.append(Int32(contents.blocks.count))
    }
    guard contents.blocks.count == bounds.blockCount, reader.isAtEnd else {
      throw InvalidPart("it does not hold the \(bounds.blockCount) blocks the directory says")
    }
    return contents
  }

  private static func readBlock(
    _ reader: inout ByteReader, _ context: inout Context, above: BlockEntry?, _ bounds: Bounds,
    series: Int, _ ordinal: Int
  ) throws -> BlockEntry {
    let flags = try reader.readByte()
    guard flags < 16, let place = TimesPlace(rawValue: flags & 3) else {
      throw InvalidPart("a block has unknown flags")
    }
    var times: TimesColumn
    if place == .sameAsSeriesBefore {
      guard let above else { throw InvalidPart("a block shares the timestamps of no block") }
      times = TimesColumn(above)
    } else {
      times = try readTimes(
        &reader, &context, count: flags & 4 != 0 ? bounds.fullCount : nil,
        isElsewhere: place == .elsewhere)
      if place == .next { context.cursor = times.offset &+ Int64(times.length) }
    }
    let moved = flags & 8 != 0 ? try reader.readZigzag() : 0
    let valuesOffset = context.cursor &+ moved
    let valuesLength = Int32(try reader.readCount(maximum: SegmentFormat.frameBytesMax))
    try check(times.offset, times.length, bounds)
    try check(valuesOffset, valuesLength, bounds)
    context.previousLast = times.last
    context.previousDuration = times.last &- times.first
    context.cursor = valuesOffset + Int64(valuesLength)
    return BlockEntry(
      firstTime: times.first, lastTime: times.last, timesOffset: times.offset,
      valuesOffset: valuesOffset, timesLength: times.length, valuesLength: valuesLength,
      sampleCount: times.count, series: Int32(series), ordinal: Int32(ordinal))
  }

  /// The timestamps of a block as the index knows them.
  private struct TimesColumn {
    var (first, last, offset): (Int64, Int64, Int64)
    var (length, count): (Int32, Int32)

    init(_ block: BlockEntry) {
      (first, last, offset) = (block.firstTime, block.lastTime, block.timesOffset)
      (length, count) = (block.timesLength, block.sampleCount)
    }

    init(first: Int64, last: Int64, offset: Int64, length: Int32, count: Int32) {
      (self.first, self.last, self.offset) = (first, last, offset)
      (self.length, self.count) = (length, count)
    }
  }

  private static func readTimes(
    _ reader: inout ByteReader, _ context: inout Context, count full: Int?, isElsewhere: Bool
  ) throws -> TimesColumn {
    let count = try full ?? reader.readCount(maximum: ColumnFrame.samplesPerFrameMax)
    let first = context.previousLast &+ (try reader.readZigzag() &* context.unit)
    let duration = context.previousDuration &+ (try reader.readZigzag() &* context.unit)
    let last = first &+ duration
    let length = Int32(try reader.readCount(maximum: SegmentFormat.frameBytesMax))
    let moved = isElsewhere ? try reader.readZigzag() : 0
    // More samples than nanoseconds cannot be distinct in time.
    let room = UInt64(bitPattern: duration)
    guard count > 0, first <= last, room >= UInt64(count) - 1, (count == 1) == (duration == 0)
    else { throw InvalidPart("a block's time range cannot hold its \(count) samples") }
    return TimesColumn(
      first: first, last: last, offset: context.cursor &+ moved, length: length,
      count: Int32(count))
  }

  private static func check(_ offset: Int64, _ length: Int32, _ bounds: Bounds) throws {
    guard length > 0, offset >= bounds.frames.lowerBound, offset <= bounds.frames.upperBound,
      Int64(length) <= bounds.frames.upperBound - offset
    else { throw InvalidPart("a block would lie outside the file") }
  }
}
