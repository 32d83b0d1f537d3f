/// Gives a time to lines that have none, so that sending them twice is harmless.
///
/// A server stamps such lines on arrival; a resend after a lost connection would then become a
/// second sample. Only the three parts of a line are told apart here; the server judges the rest.
public enum LineStamper {
  /// The same lines, each ended by one line feed and each data line with a timestamp.
  ///
  /// Blank lines and comments pass unchanged, `\r\n` becomes `\n`, a missing last line feed is added.
  ///
  /// - Parameters:
  ///   - bytes: whole lines.
  ///   - timestamp: what to add, in the precision the lines are sent with.
  /// - Complexity: O(bytes), one copy.
  public static func stamp(_ bytes: some Collection<UInt8>, timestamp: Int64) -> [UInt8] {
    let suffix = Array(" \(timestamp)".utf8)
    var stamped: [UInt8] = []
    stamped.reserveCapacity(bytes.count + suffix.count)
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      var content = line
      while let last = content.suffix(1).first, last == UInt8(ascii: "\r") {
        content = content.dropLast()
      }
      stamped += content
      if needsTimestamp(content) {
        // A space at the end is the one that would have come before the timestamp.
        while stamped.last == UInt8(ascii: " ") { stamped.removeLast() }
        stamped += suffix
      }
      stamped.append(UInt8(ascii: "\n"))
    }
    // `split` sees an empty line after the last line feed; it was never one.
    if bytes.isEmpty || bytes.suffix(1).first == UInt8(ascii: "\n") { stamped.removeLast() }
    return stamped
  }

  /// Whether a line has a key and fields but nothing after them.
  private static func needsTimestamp(_ line: some Collection<UInt8>) -> Bool {
    guard let first = line.first(where: { $0 != UInt8(ascii: " ") }) else { return false }
    guard first != UInt8(ascii: "#") else { return false }
    var parts = 0
    var (inPart, escaped, quoted) = (false, false, false)
    for byte in line {
      if escaped {
        escaped = false
        continue
      }
      switch byte {
      case UInt8(ascii: "\\"):
        escaped = true
      case UInt8(ascii: "\"") where parts == 2:
        quoted.toggle()
      case UInt8(ascii: " ") where !quoted:
        inPart = false
        continue
      default:
        break
      }
      if !inPart {
        inPart = true
        parts += 1
        // A string field may also open its part: `m "..."` is wrong, and the server says so.
        if parts == 2, byte == UInt8(ascii: "\"") { quoted = true }
      }
    }
    return parts == 2
  }
}
