/// Which of a line's parts (key, fields, time) have come, byte by byte.
///
/// Only so much as tells whether a line has a timestamp and whether a quoted value is open; the server
/// judges the rest.
struct LineParts: Sendable {
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
