internal import TSQCodec

/// Finds the valid frames of one log file, whatever lies between them.
///
/// Holds a window of the file: a mebibyte, or the largest frame where that is larger.
struct WALFrameScanner {
  /// What lies at a place of the file.
  enum Step: Equatable {
    /// A valid frame; its body is in the window until the next step.
    case frame(WALFrameHeader)
    /// Bytes that are no frame, with a valid frame behind them.
    case damage(Range<Int64>, reason: String)
    /// Bytes up to the end with no valid frame behind them; empty where the file ends cleanly.
    case tail(Range<Int64>, isCompleteFrame: Bool)
  }

  private static let windowByteCount = 1 << 20
  /// Bytes that checksums of false candidates may cost, for each byte of the file.
  ///
  /// Without the bound a file full of frame starts, each claiming 64 MiB, would take hours.
  private static let searchCostMax = 16

  private let file: any ReadableFile
  private let salt: UInt32
  private var window: [UInt8] = []
  private var windowStart: Int64 = 0
  private var searchBudget: Int64 = 0
  /// Where the next step begins.
  private(set) var position: Int64
  /// The body of the frame just found, within `window`.
  private var body: Range<Int> = 0..<0
  /// Only a higher sequence number makes a valid frame: blocks of an old file cannot come back.
  private(set) var lastSequence: UInt64

  init(file: any ReadableFile, salt: UInt32, position: Int64, lastSequence: UInt64) {
    self.file = file
    self.salt = salt
    self.position = position
    self.lastSequence = lastSequence
  }

  /// The body of the frame that the last step found.
  var frameBody: RawSpan {
    @_lifetime(borrow self)
    get { unsafe window.span.bytes.extracting(body) }
  }

  /// Goes back to a place whose bytes may have changed since: a writer appended.
  mutating func rewind(to position: Int64) {
    self.position = position
    window = []
    windowStart = position
  }

  /// Takes the next step.
  mutating func next() throws(FileError) -> Step {
    if let header = try frame(at: position) {
      position += Int64(header.frameByteCount)
      lastSequence = header.sequence
      return .frame(header)
    }
    let start = position
    let size = file.size
    if start >= size { return .tail(start..<start, isCompleteFrame: false) }
    let first = try header(at: start)
    let firstEnd = start + Int64(first?.frameByteCount ?? .max / 2)
    searchBudget = (size - start) * Int64(WALFrameScanner.searchCostMax)
    if let found = try search(from: start + 1, size: size) {
      position = found
      return .damage(start..<found, reason: WALFrameScanner.reason(first, lastSequence))
    }
    position = size
    return .tail(start..<size, isCompleteFrame: firstEnd <= size)
  }

  private static func reason(_ header: WALFrameHeader?, _ lastSequence: UInt64) -> String {
    guard let header else { return "not a frame" }
    if header.sequence <= lastSequence {
      return "sequence \(header.sequence) after \(lastSequence)"
    }
    return "the frame with sequence \(header.sequence) has a wrong checksum"
  }

  /// The header at an offset, where a frame could begin.
  private mutating func header(at offset: Int64) throws(FileError) -> WALFrameHeader? {
    guard let place = try load(offset, WALFormat.frameHeaderByteCount) else { return nil }
    return WALFrameHeader(window, at: place)
  }

  /// The valid frame at an offset, now in the window.
  private mutating func frame(at offset: Int64) throws(FileError) -> WALFrameHeader? {
    // What claims to end behind the file is not worth reading it for.
    guard let header = try header(at: offset), header.sequence > lastSequence,
      offset + Int64(header.frameByteCount) <= file.size,
      let place = try load(offset, header.frameByteCount)
    else { return nil }
    searchBudget -= Int64(header.frameByteCount)
    let bytes = place..<place + header.frameByteCount
    let computed = unsafe WALFrameHeader.checksum(
      frame: window.span.bytes.extracting(bytes), salt: salt)
    guard computed == header.checksum else { return nil }
    body = place + WALFormat.frameHeaderByteCount..<bytes.upperBound
    return header
  }

  /// The offset of the next valid frame.
  private mutating func search(
    from start: Int64, size: Int64
  ) throws(FileError) -> Int64? {
    var offset = start
    while offset + Int64(WALFormat.frameHeaderByteCount) <= size, searchBudget > 0 {
      guard let place = try load(offset, WALFormat.frameHeaderByteCount) else { return nil }
      guard let candidate = WALFrameScanner.magic(in: window.span, from: place) else {
        // The last three bytes may begin a magic that the next window completes.
        offset = windowStart + Int64(window.count) - 3
        continue
      }
      offset = windowStart + Int64(candidate)
      if try frame(at: offset) != nil { return offset }
      offset += 1
    }
    return nil
  }

  private static func magic(in bytes: Span<UInt8>, from start: Int) -> Int? {
    let magic = WALFormat.frameMagic
    let first = magic[0]
    var index = start
    while index + 4 <= bytes.count {
      if bytes[index] == first, bytes[index + 1] == magic[1], bytes[index + 2] == magic[2],
        bytes[index + 3] == magic[3]
      {
        return index
      }
      index += 1
    }
    return nil
  }

  /// Brings bytes into the window.
  ///
  /// - Returns: the place of the first in the window, or `nil` where the file ends before the last.
  private mutating func load(_ offset: Int64, _ count: Int) throws(FileError) -> Int? {
    if offset >= windowStart, offset + Int64(count) <= windowStart + Int64(window.count) {
      return Int(offset - windowStart)
    }
    window = try file.read(at: offset, count: max(count, WALFrameScanner.windowByteCount))
    windowStart = offset
    return count <= window.count ? 0 : nil
  }
}
