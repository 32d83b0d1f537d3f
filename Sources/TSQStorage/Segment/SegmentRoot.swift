import TSQCodec
import TSQCore

/// What the root of a segment says: the segment as a whole, and where the other parts lie.
///
/// The parts stand in this order without gaps: header, frames, label pages, index pages, summary
/// pages, metadata, directory, root, trailer.
struct SegmentRoot: Hashable {
  var sequences: ClosedRange<UInt64> = 0...0
  var partition: Int64 = 0
  var supersedes: [String] = []
  var timeRange: TimeRange?
  var seriesCount = 0
  var blockCount = 0
  var sampleCount = 0
  /// Samples of a block that the index marks as full.
  var fullCount = 0
  /// Where the frames end and the label pages begin.
  var framesEnd: Int64 = 0
  var labelsLength: Int64 = 0
  var indexLength: Int64 = 0
  var summariesLength: Int64 = 0
  var metadata = PageLocation()
  var directory = PageLocation()

  /// Longest name of a superseded segment, bytes.
  static let nameBytesMax = 255

  var indexStart: Int64 { framesEnd + labelsLength }
  var summariesStart: Int64 { indexStart + indexLength }
  var metadataStart: Int64 { summariesStart + summariesLength }
  var directoryStart: Int64 { metadataStart + Int64(metadata.length) }
  /// Where the root itself begins.
  var end: Int64 { directoryStart + Int64(directory.length) }
  /// Where frames may lie.
  var frames: Range<Int64> { Int64(SegmentFormat.headerBytes)..<framesEnd }

  func encode(storeID: StoreID) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(contentsOf: storeID.bytes)
    writer.append(varint: sequences.lowerBound)
    writer.append(varint: sequences.upperBound - sequences.lowerBound)
    writer.append(zigzag: partition)
    writer.append(varint: supersedes.count)
    for name in supersedes {
      writer.append(varint: name.utf8.count)
      writer.append(contentsOf: Array(name.utf8))
    }
    writer.append(varint: seriesCount)
    writer.append(varint: blockCount)
    writer.append(varint: sampleCount)
    writer.append(varint: fullCount)
    if let timeRange {
      writer.append(zigzag: timeRange.start.nanoseconds)
      writer.append(zigzag: timeRange.end.nanoseconds)
    }
    for length in [framesEnd, labelsLength, indexLength, summariesLength] {
      writer.append(varint: UInt64(length))
    }
    metadata.append(to: &writer)
    directory.append(to: &writer)
    return writer.bytes
  }

  /// Reads a root whose checksum has been compared.
  ///
  /// - Parameters:
  ///   - bytes: the root.
  ///   - storeID: the store named in the header.
  ///   - offset: where the root begins; the parts it names must end there.
  /// - Throws: `InvalidPart` or `ByteReadError` where the bytes are no root.
  init(decoding bytes: [UInt8], storeID: StoreID, at offset: Int64) throws {
    var reader = ByteReader(bytes.rawSpan)
    guard SegmentFormat.copy(try reader.readBytes(StoreID.byteCount)) == storeID.bytes else {
      throw InvalidPart("header and root name two different stores")
    }
    let first = try reader.readVarint()
    let (last, overflow) = first.addingReportingOverflow(try reader.readVarint())
    guard !overflow else { throw InvalidPart("its sequence range is out of range") }
    sequences = first...last
    partition = try reader.readZigzag()
    for _ in 0..<(try reader.readCount(maximum: reader.remaining)) {
      let length = try reader.readCount(maximum: Self.nameBytesMax)
      let name = SegmentFormat.copy(try reader.readBytes(length))
      guard let text = String(validating: name, as: UTF8.self) else {
        throw InvalidPart("the name of a superseded segment is not UTF-8")
      }
      supersedes.append(text)
    }
    seriesCount = try reader.readCount(maximum: Int(Int32.max) - 1)
    blockCount = try reader.readCount(maximum: Int(Int32.max) - 1)
    sampleCount = try reader.readCount(maximum: blockCount * ColumnFrame.samplesPerFrameMax)
    fullCount = try reader.readCount(maximum: ColumnFrame.samplesPerFrameMax)
    if sampleCount > 0 {
      let (start, end) = (try reader.readZigzag(), try reader.readZigzag())
      guard start <= end else { throw InvalidPart("its time range ends before it starts") }
      timeRange = TimeRange(
        start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }
    // Each is at most the root's own offset, so that the sums below cannot overflow.
    framesEnd = Int64(try reader.readCount(maximum: Int(offset)))
    labelsLength = Int64(try reader.readCount(maximum: Int(offset)))
    indexLength = Int64(try reader.readCount(maximum: Int(offset)))
    summariesLength = Int64(try reader.readCount(maximum: Int(offset)))
    metadata = try PageLocation(&reader, maximum: SegmentFormat.pageBytesMax)
    directory = try PageLocation(&reader, maximum: SegmentFormat.directoryBytesMax)
    guard reader.isAtEnd, framesEnd >= Int64(SegmentFormat.headerBytes) else {
      throw InvalidPart("its parts are not where they should be")
    }
    let rest = [labelsLength, indexLength, summariesLength].reduce(framesEnd) { $0 &+ $1 }
    guard rest >= 0, rest <= offset, end == offset else {
      throw InvalidPart("its parts do not fill the file")
    }
  }

  init() {}
}

/// The size and checksum of one page, packed as it stands in the file.
struct PageLocation: Hashable {
  var length = 0
  var checksum: UInt32 = 0

  init() {}

  /// The location entry of a packed page.
  init(_ packed: [UInt8]) {
    length = packed.count
    checksum = CRC32C.checksum(packed.rawSpan)
  }

  @_lifetime(reader: copy reader)
  init(_ reader: inout ByteReader, maximum: Int) throws {
    length = try reader.readCount(maximum: maximum)
    checksum = try reader.read(littleEndian: UInt32.self)
  }

  func append(to writer: inout ByteWriter) {
    writer.append(varint: length)
    writer.append(littleEndian: checksum)
  }
}
