/// The few values of a column that its transform cannot express: positions and bit patterns.
enum Exceptions {
  /// Bytes an exception takes, nearly always.
  static let byteCount = 9

  /// Writes the values at some positions.
  static func encode(
    _ positions: [Int], of values: Span<Double>, into writer: inout ByteWriter
  ) {
    writer.append(varint: positions.count)
    var last = -1
    for position in positions {
      writer.append(varint: position - last - 1)
      writer.append(littleEndian: values[position].bitPattern)
      last = position
    }
  }

  /// Puts the values back in their places.
  static func decode(
    from reader: inout ByteReader, into values: inout MutableSpan<Double>
  ) throws(ByteReadError) {
    let count = try reader.readCount(maximum: values.count)
    var position = -1
    for _ in 0..<count {
      let offset = reader.position
      position += 1 + (try reader.readCount(maximum: values.count))
      guard position < values.count else {
        throw .countOutOfRange(
          offset: offset, count: UInt64(position), maximum: values.count - 1)
      }
      values[position] = Double(bitPattern: try reader.read(littleEndian: UInt64.self))
    }
  }
}
