internal import TSQCodec

/// The values of one frame: decimals as integers, byte planes under LZ4, or raw words.
///
/// Sorting the bytes by place (all lowest bytes, then all second ones, ...) puts the zero bytes of
/// whole numbers and the equal exponents of measurements side by side, where LZ4 finds them.
enum ValueColumn {
  private static let raw: UInt8 = 0
  private static let planes: UInt8 = 1
  /// The number of decimal places stands in the upper four bits.
  private static let decimals: UInt8 = 2
  /// Below this many values LZ4 gains less than the call costs.
  private static let planesCountMin = 64
  /// So few bytes a value are taken at once: looking for fewer costs more than it can save.
  private static let decimalByteCountGood = 3
  /// So many values are tried first: data that does not compress costs this much and no more.
  private static let trialCount = 256

  /// Memory used from frame to frame.
  struct Scratch {
    fileprivate var bytes: [UInt8] = []
    fileprivate var integers: [Int64] = []
    fileprivate var writer = ByteWriter()
  }

  /// Writes a column.
  ///
  /// - Complexity: O(n); a frame-sized scratch is the only memory.
  static func encode(
    _ values: Span<Double>, into writer: inout ByteWriter, scratch: inout Scratch
  ) {
    // A quarter must be saved, at least: less would not pay for the time.
    var byteCountMax = values.count * 6
    if let places = DecimalValues.places(values, into: &scratch.integers) {
      let byteCount = decimalTrial(&scratch)
      let isSmall = byteCount <= values.count * decimalByteCountGood
      if isSmall || (byteCount <= byteCountMax && planesTrial(values, &scratch.bytes) >= byteCount)
      {
        writer.append(decimals | UInt8(places) << 4)
        IntegerColumn.encode(scratch.integers.span, into: &writer)
        return
      }
      byteCountMax = min(byteCountMax, byteCount)
    }
    if values.count >= planesCountMin, planesTrial(values, &scratch.bytes) < byteCountMax {
      split(values, into: &scratch.bytes)
      if let packed = unsafe LZ4.compress(scratch.bytes.span.bytes),
        packed.count < values.count * 7
      {
        writer.append(planes)
        writer.append(varint: packed.count)
        writer.append(contentsOf: packed)
        return
      }
    }
    writer.append(raw)
    unsafe writer.append(values.bytes)
  }

  /// The values to judge a column by: all of a short one, a run from the middle of a long one.
  private static func trialRange(_ count: Int) -> Range<Int> {
    guard count > 2 * trialCount else { return 0..<count }
    let start = (count - trialCount) / 2
    return start..<start + trialCount
  }

  /// About how many bytes the column takes as integers.
  private static func decimalTrial(_ scratch: inout Scratch) -> Int {
    let integers = scratch.integers
    let range = trialRange(integers.count)
    scratch.writer.removeAllKeepingCapacity()
    IntegerColumn.encode(integers.span.extracting(range), into: &scratch.writer)
    return scratch.writer.count * integers.count / max(1, range.count)
  }

  /// About how many bytes the column takes as planes.
  private static func planesTrial(_ values: Span<Double>, _ scratch: inout [UInt8]) -> Int {
    let range = trialRange(values.count)
    split(values.extracting(range), into: &scratch)
    guard let packed = unsafe LZ4.compress(scratch.span.bytes) else { return .max }
    return packed.count * values.count / max(1, range.count)
  }

  /// Sorts the bytes of the values by place.
  private static func split(_ values: Span<Double>, into bytes: inout [UInt8]) {
    let count = values.count
    if bytes.count > count * 8 { bytes.removeLast(bytes.count - count * 8) }
    if bytes.count < count * 8 {
      bytes.append(contentsOf: repeatElement(0, count: count * 8 - bytes.count))
    }
    var target = bytes.mutableSpan
    for index in values.indices {
      let word = values[index].bitPattern
      for place in 0..<8 {
        target[place &* count &+ index] = UInt8(truncatingIfNeeded: word >> (8 &* UInt64(place)))
      }
    }
  }

  /// Reads a column of a known number of values.
  ///
  /// - Throws: `WALBodyError` where the bytes are no column of that many.
  static func decode(
    count: Int, from reader: inout ByteReader, into values: inout [Double]
  ) throws(WALBodyError) {
    values.removeAll(keepingCapacity: true)
    do {
      switch try reader.readByte() {
      case raw:
        guard count <= reader.remaining / 8 else {
          throw WALBodyError.malformed("\(count) values in \(reader.remaining) bytes")
        }
        values.reserveCapacity(count)
        for _ in 0..<count {
          values.append(Double(bitPattern: try reader.read(littleEndian: UInt64.self)))
        }
      case planes:
        let size = try reader.readCount(maximum: reader.remaining)
        let bytes = try LZ4.decompress(reader.readBytes(size), expectedCount: count * 8)
        join(bytes.span, count: count, into: &values)
      case let layout where layout & 0x0f == decimals:
        var integers: [Int64] = []
        try IntegerColumn.decode(count: count, from: &reader, into: &integers)
        try DecimalValues.append(integers.span, places: Int(layout >> 4), to: &values)
      case let layout: throw WALBodyError.malformed("unknown value layout \(layout)")
      }
    } catch let error as WALBodyError {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
  }

  private static func join(_ bytes: Span<UInt8>, count: Int, into values: inout [Double]) {
    values.reserveCapacity(count)
    for index in 0..<count {
      var word: UInt64 = 0
      for place in 0..<8 {
        word |= UInt64(bytes[place &* count &+ index]) << (8 &* UInt64(place))
      }
      values.append(Double(bitPattern: word))
    }
  }
}
