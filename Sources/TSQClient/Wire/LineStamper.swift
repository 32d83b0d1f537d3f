/// Gives a time to lines that have none, so that sending them twice is harmless.
///
/// A server stamps such lines on arrival; a resend after a lost connection would then become a
/// second sample. Only the three parts of a line are told apart here; the server judges the rest.
public enum LineStamper {
  /// The same lines, each ended by one line feed and each data line with a timestamp.
  ///
  /// Blank lines, comments and lines with an open end pass unchanged but for `\r\n`, which becomes
  /// `\n`; a missing last line feed is added. A line feed inside a quoted value is part of its line.
  ///
  /// - Parameters:
  ///   - bytes: whole lines.
  ///   - timestamp: what to add, in the precision the lines are sent with.
  /// - Returns: the lines to send.
  /// - Complexity: O(bytes), one copy.
  public static func stamp(_ bytes: [UInt8], timestamp: Int64) -> [UInt8] {
    let suffix = Array(" \(timestamp)".utf8)
    var stamped: [UInt8] = []
    stamped.reserveCapacity(bytes.count + suffix.count)
    let span = bytes.span
    var parts = LineParts()
    // Lines that pass unchanged are copied together, up to the next one that does not.
    var copied = 0
    for index in span.indices {
      let byte = span[index]
      guard byte == UInt8(ascii: "\n"), !parts.isQuoted else {
        parts.take(byte)
        continue
      }
      if parts.lackTime || (index > 0 && span[index - 1] == UInt8(ascii: "\r")) {
        stamped += bytes[copied..<index]
        end(&stamped, parts, suffix)
        copied = index + 1
      }
      parts = LineParts()
    }
    stamped += bytes[copied...]
    if let last = stamped.last, last != UInt8(ascii: "\n") {
      end(&stamped, parts, suffix)
    }
    return stamped
  }

  private static func end(_ stamped: inout [UInt8], _ parts: LineParts, _ suffix: [UInt8]) {
    while stamped.last == UInt8(ascii: "\r") { stamped.removeLast() }
    if parts.lackTime {
      // A space at the end is the one that would have come before the timestamp.
      stamped.removeLast(min(parts.trailingSpaces, stamped.count))
      stamped += suffix
    }
    stamped.append(UInt8(ascii: "\n"))
  }
}

/// Which of a line's parts (key, fields, time) have come, byte by byte.
private struct LineParts {
  private var count = 0
  private var isInside = false
  private var isEscaped = false
  private var isComment = false
  private var previous = UInt8(ascii: " ")
  private(set) var isQuoted = false
  /// Spaces at the end that are not part of a name or value.
  private(set) var trailingSpaces = 0

  mutating func take(_ byte: UInt8) {
    defer { previous = byte }
    // A carriage return counts as nothing: it can only be the line's end, or an error.
    if isComment || byte == UInt8(ascii: "\r") { return }
    if isEscaped || byte != UInt8(ascii: " ") { trailingSpaces = 0 }
    if isEscaped {
      isEscaped = false
      return
    }
    switch byte {
    case UInt8(ascii: "\\"):
      isEscaped = true
    case UInt8(ascii: "\""):
      if isQuoted { isQuoted = false } else { isQuoted = count == 2 && previous == 61 }
    case UInt8(ascii: " ") where !isQuoted:
      isInside = false
      trailingSpaces += 1
      return
    case UInt8(ascii: "#") where count == 0:
      isComment = true
    default:
      break
    }
    if !isInside, !isComment {
      isInside = true
      count += 1
    }
  }

  /// Whether the line has a key and fields, nothing after them, and no open end.
  var lackTime: Bool { count == 2 && !isQuoted && !isEscaped }
}
