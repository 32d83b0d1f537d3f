internal import TSQCodec

/// The values of one frame: raw words, or byte planes under LZ4 where that is clearly smaller.
///
/// Sorting the bytes by place (all lowest bytes, then all second ones, ...) puts the zero bytes of
/// whole numbers and the equal exponents of measurements side by side, where LZ4 finds them.
enum ValueColumn {
  private static let raw: UInt8 = 0
  private static let planes: UInt8 = 1
  /// Below this many values LZ4 gains less than the call costs.
  private static let planesCountMin = 64
  /// So many values are tried first: data that does not compress costs this much and no more.
  private static let trialCount = 256

  /// Writes a column.
  static func encode(
    _ values: Span<Double>, into writer: inout ByteWriter, scratch: inout [UInt8]
  ) {
    if values.count >= planesCountMin, isWorthwhile(values, &scratch) {
      split(values, into: &scratch)
      // A quarter saved at least: less would not pay for the time of the reader.
      if let packed = unsafe LZ4.compress(scratch.span.bytes), packed.count * 4 <= scratch.count * 3
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

  private static func isWorthwhile(_ values: Span<Double>, _ scratch: inout [UInt8]) -> Bool {
    guard values.count > 2 * trialCount else { return true }
    let middle = (values.count - trialCount) / 2
    split(values.extracting(middle..<middle + trialCount), into: &scratch)
    guard let packed = unsafe LZ4.compress(scratch.span.bytes) else { return false }
    return packed.count * 4 <= scratch.count * 3
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
