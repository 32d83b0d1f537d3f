extension ColumnFrame {
  /// Appends the timestamps of a frame.
  ///
  /// - Parameters:
  ///   - frame: exactly one frame's bytes.
  ///   - times: the timestamps are appended to it; unchanged where an error is thrown.
  /// - Throws: `ColumnDecodeError` for damaged or foreign bytes; no bytes make it trap.
  /// - Complexity: O(n).
  public static func decodeTimestamps(
    _ frame: RawSpan, into times: inout [Int64]
  ) throws(ColumnDecodeError) {
    var scratch = ColumnScratch()
    try decodeTimestamps(frame, into: &times, scratch: &scratch)
  }

  /// Appends the values of a frame, bit for bit.
  ///
  /// - Parameters:
  ///   - frame: exactly one frame's bytes.
  ///   - values: the values are appended to it; unchanged where an error is thrown.
  /// - Throws: `ColumnDecodeError` for damaged or foreign bytes; no bytes make it trap.
  /// - Complexity: O(n).
  public static func decodeValues(
    _ frame: RawSpan, into values: inout [Double]
  ) throws(ColumnDecodeError) {
    var scratch = ColumnScratch()
    try decodeValues(frame, into: &values, scratch: &scratch)
  }

  /// Appends the timestamps of a frame, without allocating once `scratch` and `times` have grown.
  public static func decodeTimestamps(
    _ frame: RawSpan, into times: inout [Int64], scratch: inout ColumnScratch
  ) throws(ColumnDecodeError) {
    let header = try header(of: frame, kind: .timestamps)
    let payload = frame.extracting(header.payload)
    let start = times.count
    times.append(contentsOf: zeroTimes[..<header.count])
    do throws(ColumnDecodeError) {
      var all = times.mutableSpan
      var target = all._mutatingExtracting(start..<start + header.count)
      if header.flags.contains(.compressed) {
        var plain = taken(&scratch.plain)
        defer { swap(&plain, &scratch.plain) }
        try decompress(payload, header, into: &plain)
        let bytes = plain.rawSpan.extracting(0..<header.payloadCount)
        try decodeTimestamps(bytes, header, into: &target, &scratch)
      } else {
        try decodeTimestamps(payload, header, into: &target, &scratch)
      }
    } catch {
      times.removeLast(header.count)
      throw error
    }
  }

  /// Appends the values of a frame, without allocating once `scratch` and `values` have grown.
  public static func decodeValues(
    _ frame: RawSpan, into values: inout [Double], scratch: inout ColumnScratch
  ) throws(ColumnDecodeError) {
    let header = try header(of: frame, kind: .values)
    let payload = frame.extracting(header.payload)
    let start = values.count
    values.append(contentsOf: zeroValues[..<header.count])
    do throws(ColumnDecodeError) {
      var all = values.mutableSpan
      var target = all._mutatingExtracting(start..<start + header.count)
      if header.flags.contains(.compressed) {
        var plain = taken(&scratch.plain)
        defer { swap(&plain, &scratch.plain) }
        try decompress(payload, header, into: &plain)
        let bytes = plain.rawSpan.extracting(0..<header.payloadCount)
        try decodeValues(bytes, header, into: &target, &scratch)
      } else {
        try decodeValues(payload, header, into: &target, &scratch)
      }
    } catch {
      values.removeLast(header.count)
      throw error
    }
  }

  /// Room for a whole frame: copied at the speed of memory, where repeating a zero takes a loop.
  private static let zeroTimes = [Int64](repeating: 0, count: samplesPerFrameMax)
  private static let zeroValues = [Double](repeating: 0, count: samplesPerFrameMax)

  /// What a frame says about itself, after its sizes and its checksum are checked.
  ///
  /// The payload is not decoded beyond its first bytes.
  public static func inspect(_ frame: RawSpan) throws(ColumnDecodeError) -> ColumnInfo {
    let header = try header(of: frame)
    let payload = frame.extracting(header.payload)
    let encoding: String
    if header.flags.contains(.compressed) {
      var plain: [UInt8] = []
      try decompress(payload, header, into: &plain)
      encoding = try describe(plain.rawSpan, header)
    } else {
      encoding = try describe(payload, header)
    }
    return ColumnInfo(
      kind: header.kind, encoding: encoding, count: header.count, storedBytes: frame.byteCount,
      isCompressed: header.flags.contains(.compressed))
  }

  // MARK: - Payloads

  private static func header(
    of frame: RawSpan, kind: ColumnKind
  ) throws(ColumnDecodeError) -> Header {
    let header = try header(of: frame)
    guard header.kind == kind else {
      throw .wrongKind(expected: kind, actualCode: header.kind.rawValue)
    }
    if header.flags.contains(.raw), header.payload.count != header.count * 8 {
      throw .malformedPayload(.excessBytes(header.payload.count - header.count * 8))
    }
    return header
  }

  private static func decompress(
    _ payload: RawSpan, _ header: Header, into plain: inout [UInt8]
  ) throws(ColumnDecodeError) {
    do throws(LZ4Error) {
      try LZ4.decompress(payload, expectedCount: header.payloadCount, into: &plain)
    } catch {
      throw .malformedCompression(error)
    }
  }

  private static func decodeTimestamps(
    _ payload: RawSpan, _ header: Header, into times: inout MutableSpan<Int64>,
    _ scratch: inout ColumnScratch
  ) throws(ColumnDecodeError) {
    var reader = ByteReader(payload)
    do throws(ByteReadError) {
      if header.flags.contains(.raw) {
        for index in times.indices { times[index] = try reader.read(littleEndian: Int64.self) }
      } else {
        try IntegerColumn.decode(from: &reader, into: &times, scratch: &scratch)
      }
      if !reader.isAtEnd { throw .excessBytes(reader.remaining) }
    } catch {
      throw .malformedPayload(error)
    }
  }

  private static func decodeValues(
    _ payload: RawSpan, _ header: Header, into values: inout MutableSpan<Double>,
    _ scratch: inout ColumnScratch
  ) throws(ColumnDecodeError) {
    var reader = ByteReader(payload)
    do throws(ByteReadError) {
      if header.flags.contains(.raw) {
        for index in values.indices {
          values[index] = Double(bitPattern: try reader.read(littleEndian: UInt64.self))
        }
      } else {
        try ValueColumn.decode(from: &reader, into: &values, scratch: &scratch)
      }
      if !reader.isAtEnd { throw .excessBytes(reader.remaining) }
    } catch {
      throw .malformedPayload(error)
    }
  }

  private static func describe(
    _ payload: RawSpan, _ header: Header
  ) throws(ColumnDecodeError) -> String {
    if header.flags.contains(.raw) { return "raw" }
    var reader = ByteReader(payload)
    do throws(ByteReadError) {
      switch header.kind {
      case .timestamps: return try IntegerColumn.describe(&reader, count: header.count)
      case .values: return try ValueColumn.describe(&reader, count: header.count)
      }
    } catch {
      throw .malformedPayload(error)
    }
  }
}
