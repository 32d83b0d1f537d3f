extension ColumnFrame {
  /// Appends a frame of timestamps.
  ///
  /// - Parameters:
  ///   - timestamps: nanoseconds, any number up to `samplesPerFrameMax`, in any order.
  ///   - writer: receives the frame after what it holds already.
  /// - Throws: `ColumnEncodeError` where there are too many.
  /// - Complexity: O(n). Allocates scratch memory; see the variant that keeps it.
  public static func encode(
    timestamps: Span<Int64>, into writer: inout ByteWriter
  ) throws(ColumnEncodeError) {
    var scratch = ColumnScratch()
    try encode(timestamps: timestamps, into: &writer, scratch: &scratch)
  }

  /// Appends a frame of values; every bit pattern survives.
  ///
  /// - Parameters:
  ///   - values: any number up to `samplesPerFrameMax`.
  ///   - writer: receives the frame after what it holds already.
  /// - Throws: `ColumnEncodeError` where there are too many.
  /// - Complexity: O(n). Allocates scratch memory; see the variant that keeps it.
  public static func encode(
    values: Span<Double>, into writer: inout ByteWriter
  ) throws(ColumnEncodeError) {
    var scratch = ColumnScratch()
    try encode(values: values, into: &writer, scratch: &scratch)
  }

  /// Appends a frame of timestamps, without allocating once `scratch` has grown.
  public static func encode(
    timestamps: Span<Int64>, into writer: inout ByteWriter, effort: EncodingEffort = .fast,
    scratch: inout ColumnScratch
  ) throws(ColumnEncodeError) {
    try check(timestamps.count)
    let start = writer.count
    var payload = taken(&scratch.payload)
    defer { scratch.payload = payload }
    payload.removeAllKeepingCapacity()
    IntegerColumn.encode(timestamps, into: &payload, effort: effort, scratch: &scratch)
    if payload.count < timestamps.count * 8 || timestamps.isEmpty {
      appendFrame(.timestamps, timestamps.count, payload, into: &writer, &scratch.compressed)
      if isFaithful(writer, from: start, to: timestamps, scratch: &scratch) { return }
      writer.truncate(to: start)
    }
    payload.removeAllKeepingCapacity()
    for index in timestamps.indices { payload.append(littleEndian: timestamps[index]) }
    appendFrame(
      .timestamps, timestamps.count, payload, isRaw: true, into: &writer, &scratch.compressed)
  }

  /// Appends a frame of values, without allocating once `scratch` has grown.
  public static func encode(
    values: Span<Double>, into writer: inout ByteWriter, effort: EncodingEffort = .fast,
    scratch: inout ColumnScratch
  ) throws(ColumnEncodeError) {
    try check(values.count)
    let start = writer.count
    var payload = taken(&scratch.payload)
    defer { scratch.payload = payload }
    payload.removeAllKeepingCapacity()
    ValueColumn.encode(values, into: &payload, effort: effort, scratch: &scratch)
    if payload.count < values.count * 8 || values.isEmpty {
      appendFrame(.values, values.count, payload, into: &writer, &scratch.compressed)
      if isFaithful(writer, from: start, to: values, scratch: &scratch) { return }
      writer.truncate(to: start)
    }
    payload.removeAllKeepingCapacity()
    for index in values.indices { payload.append(littleEndian: values[index].bitPattern) }
    appendFrame(.values, values.count, payload, isRaw: true, into: &writer, &scratch.compressed)
  }

  private static func check(_ count: Int) throws(ColumnEncodeError) {
    if count > samplesPerFrameMax {
      throw .tooManySamples(count: count, maximum: samplesPerFrameMax)
    }
  }

  /// LZ4 is kept where it saves at least this part of a payload, in percent: decompressing costs a
  /// copy of the block at every read.
  static let compressionGainPercentMin = 5

  /// Payloads below this many bytes are not worth a try: LZ4 finds nothing to repeat in them.
  static let compressionBytesMin = 64

  private static func appendFrame(
    _ kind: ColumnKind, _ count: Int, _ payload: ByteWriter, isRaw: Bool = false,
    into writer: inout ByteWriter, _ buffer: inout [UInt8]
  ) {
    let start = writer.count
    writer.append(version << 4 | kind.rawValue)
    var compressedCount = 0
    // A raw frame is the last resort after a failed check: it stays as plain as can be.
    if payload.count >= compressionBytesMin, !isRaw {
      let most = payload.count * (100 - compressionGainPercentMin) / 100
      compressedCount = LZ4.compress(payload.rawSpan, into: &buffer)
      if compressedCount > most { compressedCount = 0 }
    }
    let flags: Flags = isRaw ? .raw : compressedCount == 0 ? [] : .compressed
    writer.append(flags.rawValue)
    writer.append(varint: count)
    if compressedCount > 0 {
      writer.append(varint: compressedCount)
      writer.append(varint: payload.count)
      writer.append(buffer.rawSpan.extracting(0..<compressedCount))
    } else {
      writer.append(varint: payload.count)
      writer.append(contentsOf: payload.bytes)
    }
    let checksum = CRC32C.checksum(writer.rawSpan.extracting(start..<writer.count))
    writer.append(littleEndian: checksum)
  }

  // MARK: - Verification

  /// Whether a frame just written gives back exactly what it was written from.
  private static func isFaithful(
    _ writer: ByteWriter, from start: Int, to times: Span<Int64>, scratch: inout ColumnScratch
  ) -> Bool {
    var decoded = taken(&scratch.checkTimes)
    defer { scratch.checkTimes = decoded }
    decoded.removeAll(keepingCapacity: true)
    let frame = writer.rawSpan.extracting(start..<writer.count)
    do throws(ColumnDecodeError) {
      try decodeTimestamps(frame, into: &decoded, scratch: &scratch)
    } catch {
      return false
    }
    guard decoded.count == times.count else { return false }
    var difference: Int64 = 0
    for index in times.indices { difference |= times[index] ^ decoded[index] }
    return difference == 0
  }

  private static func isFaithful(
    _ writer: ByteWriter, from start: Int, to values: Span<Double>, scratch: inout ColumnScratch
  ) -> Bool {
    var decoded: [Double] = []
    swap(&decoded, &scratch.checkValues)
    defer { scratch.checkValues = decoded }
    decoded.removeAll(keepingCapacity: true)
    let frame = writer.rawSpan.extracting(start..<writer.count)
    do throws(ColumnDecodeError) {
      try decodeValues(frame, into: &decoded, scratch: &scratch)
    } catch {
      return false
    }
    guard decoded.count == values.count else { return false }
    var difference: UInt64 = 0
    for index in values.indices {
      difference |= values[index].bitPattern ^ decoded[index].bitPattern
    }
    return difference == 0
  }
}
