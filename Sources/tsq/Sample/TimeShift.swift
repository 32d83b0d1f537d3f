/// Moves the timestamps of line protocol, so that a recording ends at another instant.
///
/// Works on stamped lines: the last word of each data line is its timestamp, in whatever precision.
struct TimeShift {
  private static let newline = UInt8(ascii: "\n")
  private static let space = UInt8(ascii: " ")

  /// The latest timestamp seen, in the lines' own precision.
  private(set) var latest: Int64?

  /// Looks at whole lines for their latest timestamp.
  mutating func observe(_ lines: [UInt8]) {
    Self.forEachTimestamp(lines) { _, value in latest = Swift.max(latest ?? value, value) }
  }

  /// The same lines with `delta` added to each timestamp.
  ///
  /// Lines whose timestamp is not a number stay as they are: the server says what is wrong with them.
  static func shifted(_ lines: [UInt8], by delta: Int64) -> [UInt8] {
    var moved: [UInt8] = []
    moved.reserveCapacity(lines.count + 64)
    var copied = 0
    forEachTimestamp(lines) { place, value in
      let (sum, overflow) = value.addingReportingOverflow(delta)
      guard !overflow else { return }
      moved += lines[copied..<place.lowerBound]
      moved += String(sum).utf8
      copied = place.upperBound
    }
    moved += lines[copied...]
    return moved
  }

  private static func forEachTimestamp(
    _ lines: [UInt8], _ body: (Range<Int>, Int64) -> Void
  ) {
    var start = 0
    while start < lines.count {
      let end = lines[start...].firstIndex(of: newline) ?? lines.count
      if lines[start] != UInt8(ascii: "#"),
        let blank = lines[start..<end].lastIndex(of: space),
        let value = Int64(String(decoding: lines[(blank + 1)..<end], as: UTF8.self))
      {
        body(blank + 1..<end, value)
      }
      start = end + 1
    }
  }
}
