/// Where a line is malformed.
///
/// A line whose structure is broken ends at the first newline at or after `offset`, since nothing
/// behind it can be told apart any more; one that is only refused ends where it really ends.
struct LineFault: Error {
  let reason: RejectReason
  let offset: Int
  /// The offset of the line's own newline, where the structure is known to be whole.
  let lineEnd: Int?

  init(_ reason: RejectReason, at offset: Int, lineEnd: Int? = nil) {
    self.reason = reason
    self.offset = offset
    self.lineEnd = lineEnd
  }
}

/// What kind of value a field has.
enum FieldKind {
  case number
  /// An integer past 2^53, rounded to the nearest double.
  case roundedInteger
  /// Not stored.
  case string
}

/// One field of a line: its raw name and its value.
struct ScannedField {
  let nameStart: Int
  let nameEnd: Int
  let kind: FieldKind
  let value: Double
}

/// One tag of a line: raw name and raw value; the `=` stands at `nameEnd`.
struct ScannedTag {
  let nameStart: Int
  let nameEnd: Int
  let valueEnd: Int

  var valueStart: Int { nameEnd + 1 }
}

/// The parts of one line as offsets; reused from line to line so that it allocates only once.
struct ScannedLine {
  var keyStart = 0
  var measurementEnd = 0
  var keyEnd = 0
  var tags: [ScannedTag] = []
  var fields: [ScannedField] = []
  /// Nanoseconds, or `nil` where the sender leaves the time to the receiver.
  var time: Int64?
  /// The offset of the carriage return or newline that ends the line.
  var textEnd = 0
  /// The offset behind the newline.
  var next = 0
}

/// Where unescaped delimiters stand in names and tag values.
///
/// A backslash before `,` `=` space or a backslash takes that byte's meaning away; before any other
/// byte it is an ordinary byte. A newline always ends a name.
enum NameText {
  @inline(__always)
  static func isEscapable(_ byte: UInt8) -> Bool {
    byte == Octet.comma || byte == Octet.equals || byte == Octet.space || byte == Octet.backslash
  }

  /// The first unescaped `,` `=` space or newline in a range of offsets, or its end.
  static func end(_ bytes: RawSpan, from start: Int, to end: Int) -> Int {
    var offset = start
    while offset < end {
      switch bytes.octet(offset) {
      case Octet.comma, Octet.equals, Octet.space, Octet.newline: return offset
      case Octet.backslash where offset + 1 < end && isEscapable(bytes.octet(offset + 1)):
        offset += 2
      default: offset += 1
      }
    }
    return end
  }

  /// The first unescaped `,` space or newline: a measurement may hold a bare `=`.
  static func measurementEnd(_ bytes: RawSpan, from start: Int, to end: Int) -> Int {
    var offset = NameText.end(bytes, from: start, to: end)
    while offset < end, bytes.octet(offset) == Octet.equals {
      offset = NameText.end(bytes, from: offset + 1, to: end)
    }
    return offset
  }

  /// The bytes with their escapes resolved.
  static func unescaped(_ bytes: RawSpan, from start: Int, to end: Int) -> [UInt8] {
    var plain: [UInt8] = []
    plain.reserveCapacity(end - start)
    var offset = start
    while offset < end {
      var byte = bytes.octet(offset)
      if byte == Octet.backslash, offset + 1 < end, isEscapable(bytes.octet(offset + 1)) {
        offset += 1
        byte = bytes.octet(offset)
      }
      plain.append(byte)
      offset += 1
    }
    return plain
  }

  /// How long the bytes are with their escapes resolved.
  static func unescapedCount(_ bytes: RawSpan, from start: Int, to end: Int) -> Int {
    var count = 0
    var offset = start
    while offset < end {
      let isPair =
        bytes.octet(offset) == Octet.backslash && offset + 1 < end
        && isEscapable(bytes.octet(offset + 1))
      offset += isPair ? 2 : 1
      count += 1
    }
    return count
  }

  /// The text with its escapes resolved.
  static func text(_ bytes: RawSpan, from start: Int, to end: Int) -> String {
    String(decoding: unescaped(bytes, from: start, to: end), as: UTF8.self)
  }
}
