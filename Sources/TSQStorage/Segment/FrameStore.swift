import TSQCodec

/// The frames of a segment being written: buffers them for large appends, and writes equal
/// timestamps once.
struct FrameStore {
  /// Appends are collected to this size.
  static let bufferBytes = 1 << 20
  /// Timestamp frames remembered to find equal ones, bytes.
  ///
  /// Past it the memory starts anew, which costs some size and nothing else.
  static let rememberedBytesMax = 16 << 20
  /// What a remembered frame takes besides its bytes, about.
  static let rememberedBytesEach = 64

  private let file: any WritableFile
  private var buffer = ByteWriter(capacity: bufferBytes)
  private var scratch = ColumnScratch()
  private var frame = ByteWriter()
  private var known: [[UInt8]: Int64] = [:]
  private var knownBytes = 0
  private var columns = KnownColumns()
  private let effort: EncodingEffort

  /// Offset of the next byte.
  private(set) var offset: Int64 = 0

  init(file: any WritableFile, header: [UInt8], effort: EncodingEffort) {
    self.file = file
    self.effort = effort
    buffer.append(contentsOf: header)
    offset = Int64(header.count)
  }

  /// Where a frame lies.
  struct Location {
    let offset: Int64
    let length: Int
  }

  mutating func append(_ bytes: [UInt8]) throws(FileError) {
    buffer.append(contentsOf: bytes)
    offset += Int64(bytes.count)
    if buffer.count >= Self.bufferBytes { try flush() }
  }

  mutating func flush() throws(FileError) {
    guard buffer.count > 0 else { return }
    try file.append(buffer.bytes)
    buffer.removeAllKeepingCapacity()
  }

  /// Writes a frame of timestamps, or finds the equal one written before.
  ///
  /// Series that were measured together have equal timestamps: a column that was written lately is
  /// known before it is encoded. Compares all of them, and all bytes of a frame, not a hash: a
  /// collision would give samples the wrong times.
  mutating func append(times: Span<Int64>) throws(FileError) -> Location {
    if let known = columns.location(of: times) { return known }
    let location = try appendNew(times)
    columns.remember(times, at: location)
    return location
  }

  private mutating func appendNew(_ times: Span<Int64>) throws(FileError) -> Location {
    frame.removeAllKeepingCapacity()
    do throws(ColumnEncodeError) {
      try ColumnFrame.encode(timestamps: times, into: &frame, effort: effort, scratch: &scratch)
    } catch {
      preconditionFailure("blocks are cut to what a frame holds: \(error)")
    }
    let bytes = frame.bytes
    if let known = known[bytes] { return Location(offset: known, length: bytes.count) }
    if knownBytes + bytes.count + Self.rememberedBytesEach > Self.rememberedBytesMax {
      known.removeAll()
      knownBytes = 0
    }
    known[bytes] = offset
    knownBytes += bytes.count + Self.rememberedBytesEach
    return try appendFrame()
  }

  mutating func append(values: Span<Double>) throws(FileError) -> Location {
    frame.removeAllKeepingCapacity()
    do throws(ColumnEncodeError) {
      try ColumnFrame.encode(values: values, into: &frame, effort: effort, scratch: &scratch)
    } catch {
      preconditionFailure("blocks are cut to what a frame holds: \(error)")
    }
    return try appendFrame()
  }

  private mutating func appendFrame() throws(FileError) -> Location {
    let location = Location(offset: offset, length: frame.count)
    try append(frame.bytes)
    return location
  }
}

/// Columns of timestamps written lately, and where.
private struct KnownColumns {
  /// Timestamps held at most: 8 MiB; past it the memory starts anew.
  private static let countMax = 1 << 20
  /// What a column takes besides its timestamps, about, in timestamps.
  private static let countEach = 16

  private struct Ends: Hashable {
    let first: Int64
    let last: Int64
    let count: Int
  }

  private var columns: [Ends: (times: [Int64], location: FrameStore.Location)] = [:]
  private var count = 0

  /// Where an equal column lies; O(timestamps).
  func location(of times: Span<Int64>) -> FrameStore.Location? {
    guard let known = columns[KnownColumns.ends(times)] else { return nil }
    let span = known.times.span
    for index in times.indices where times[index] != span[index] { return nil }
    return known.location
  }

  mutating func remember(_ times: Span<Int64>, at location: FrameStore.Location) {
    if count + times.count + KnownColumns.countEach > KnownColumns.countMax {
      columns.removeAll()
      count = 0
    }
    var copy: [Int64] = []
    unsafe times.withUnsafeBufferPointer { unsafe copy.append(contentsOf: $0) }
    // Of several columns with equal ends the last is remembered: it is the likelier to come again.
    let replaced = columns.updateValue((copy, location), forKey: KnownColumns.ends(times))
    if replaced == nil { count += times.count + KnownColumns.countEach }
  }

  private static func ends(_ times: Span<Int64>) -> Ends {
    Ends(first: times[0], last: times[times.count - 1], count: times.count)
  }
}
