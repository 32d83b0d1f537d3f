/// Cuts a stream of bytes into batches of whole lines, as a value without a file.
///
/// A batch is the unit of acknowledgement and of resending: large enough that one sync serves
/// thousands of lines, small enough that a resend costs little.
public struct BatchCutter {
  /// The size from which a batch is handed out, in bytes.
  public let targetBytes: Int
  private var pending: [UInt8] = []

  /// A cutter with nothing pending; 256 KiB holds about 5,000 common lines.
  public init(targetBytes: Int = 256 << 10) {
    self.targetBytes = targetBytes
  }

  /// Takes more of the stream.
  public mutating func append(_ bytes: [UInt8]) { pending += bytes }

  /// The next batch of at least the target size, or `nil` until there is one.
  public mutating func next() -> [UInt8]? {
    guard pending.count >= targetBytes else { return nil }
    let newline = UInt8(ascii: "\n")
    // The last line feed within the target, or the first one after a line longer than that.
    guard
      let end = pending[..<targetBytes].lastIndex(of: newline)
        ?? pending[targetBytes...].firstIndex(of: newline)
    else { return nil }
    let batch = Array(pending[...end])
    pending.removeSubrange(...end)
    return batch
  }

  /// What is left at the stream's end, its last line ended; `nil` where nothing is.
  public mutating func finish() -> [UInt8]? {
    guard !pending.isEmpty else { return nil }
    if pending.last != UInt8(ascii: "\n") { pending.append(UInt8(ascii: "\n")) }
    defer { pending = [] }
    return pending
  }
}
