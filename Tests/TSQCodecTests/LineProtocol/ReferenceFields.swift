import TSQCodec

/// One field as the reference parser reads it.
struct ReferenceField {
  enum Value: Equatable {
    case number(Double, rounded: Bool)
    case string
  }
  let name: [UInt8]
  let value: Value
}

/// The texts of names: which delimiters are bare, and what is left without the escapes.
enum ReferenceText {
  private static let special = Set(",= \\".utf8)

  /// Bytes with whether each is bare; an escaping backslash itself is left out.
  private static func marked(
    _ text: ArraySlice<UInt8>
  ) -> [(byte: UInt8, isBare: Bool, place: Int)] {
    var result: [(UInt8, Bool, Int)] = []
    var rest = text
    while let byte = rest.popFirst() {
      let place = rest.startIndex - 1
      if byte == UInt8(ascii: "\\"), let next = rest.first, special.contains(next) {
        rest.removeFirst()
        result.append((next, false, place))
      } else {
        result.append((byte, true, place))
      }
    }
    return result
  }

  static func firstBare(_ delimiter: Unicode.Scalar, in text: ArraySlice<UInt8>) -> Int? {
    marked(text).first { $0.isBare && $0.byte == UInt8(ascii: delimiter) }?.place
  }

  static func plain(_ text: ArraySlice<UInt8>) -> [UInt8] { marked(text).map(\.byte) }

  static func split(_ text: ArraySlice<UInt8>, at delimiter: Unicode.Scalar) -> [ArraySlice<UInt8>]
  {
    var parts: [ArraySlice<UInt8>] = []
    var rest = text
    while let place = firstBare(delimiter, in: rest) {
      parts.append(rest[..<place])
      rest = rest[(place + 1)...]
    }
    return parts + [rest]
  }
}

/// Fields and timestamp of one line, read from left to right.
struct FieldReader {
  /// The input up to the last byte the line may have.
  let input: ArraySlice<UInt8>
  let start: Int
  let precision: LinePrecision
  /// Why a line without an end is refused: it is too long, or the input was cut.
  let broken: RejectReason

  struct Line {
    var fields: [ReferenceField] = []
    var time: Int64?
    var textEnd = 0
    var newline = 0
  }

  private func at(_ place: Int) -> UInt8? { place < input.endIndex ? input[place] : nil }

  /// The newline of the line end at a place, which may have a carriage return before it.
  private func lineEnd(_ place: Int) -> Int? {
    if at(place) == 10 { return place }
    return at(place) == 13 && at(place + 1) == 10 ? place + 1 : nil
  }

  private func skipBlanks(_ place: Int) -> Int {
    var place = place
    while at(place) == 32 || at(place) == 9 { place += 1 }
    return place
  }

  /// Reads fields and timestamp; `refuse` makes the error of a reason and a place.
  func read<Refusal: Error>(
    from fieldStart: Int, refuse: (RejectReason, Int) -> Refusal
  ) throws(Refusal) -> Line {
    let brokenPlace = broken == .incompleteLine ? input.endIndex : start
    var line = Line()
    var place = fieldStart
    while true {
      let tail = input[place...]
      let stops = ["=", ",", " "].compactMap { ReferenceText.firstBare($0, in: tail) }
      let newline = tail.firstIndex(of: 10)
      guard let nameEnd = (stops + (newline.map { [$0] } ?? [])).min() else {
        throw refuse(broken, brokenPlace)
      }
      guard at(nameEnd) == UInt8(ascii: "="), nameEnd > place else {
        throw refuse(.badField, nameEnd)
      }
      let name = ReferenceText.plain(input[place..<nameEnd])
      place = nameEnd + 1
      if at(place) == UInt8(ascii: "\"") {
        guard let quote = closingQuote(place + 1) else { throw refuse(.unterminatedString, place) }
        let after = at(quote + 1)
        if after == nil || (after == 13 && at(quote + 2) == nil) {
          throw refuse(broken, brokenPlace)
        }
        guard after == 32 || after == 44 || lineEnd(quote + 1) != nil else {
          throw refuse(.badFieldValue, place)
        }
        line.fields.append(ReferenceField(name: name, value: .string))
        place = quote + 1
      } else {
        var end = place
        while let byte = at(end), byte != 44, byte != 32, lineEnd(end) == nil { end += 1 }
        guard at(end) != nil else { throw refuse(broken, brokenPlace) }
        guard let value = ReferenceNumber.field(input[place..<end]) else {
          throw refuse(.badFieldValue, place)
        }
        line.fields.append(ReferenceField(name: name, value: value))
        place = end
      }
      if at(place) != 44 { break }
      place += 1
    }
    place = skipBlanks(place)
    if let newline = lineEnd(place) {
      (line.textEnd, line.newline) = (place, newline)
      return line
    }
    guard let newline = input[place...].firstIndex(of: 10) else {
      throw refuse(broken, brokenPlace)
    }
    var text = input[place..<newline]
    if text.last == 13 { text.removeLast() }
    while text.last == 32 || text.last == 9 { text.removeLast() }
    guard let time = ReferenceNumber.time(text, precision) else {
      throw refuse(.badTimestamp, place)
    }
    line.time = time
    (line.textEnd, line.newline) = (skipBlanks(text.endIndex), newline)
    return line
  }

  private func closingQuote(_ place: Int) -> Int? {
    var place = place
    while let byte = at(place) {
      if byte == UInt8(ascii: "\"") { return place }
      if input[place...].starts(with: Array("\n# tsq ".utf8)) { return nil }
      place += byte == UInt8(ascii: "\\") && at(place + 1) != 10 ? 2 : 1
    }
    return nil
  }
}

/// Numbers by the standard library, after a plain check of their shape.
enum ReferenceNumber {
  static func field(_ token: ArraySlice<UInt8>) -> ReferenceField.Value? {
    let text = String(decoding: token, as: UTF8.self)
    if ["t", "T", "true", "True", "TRUE"].contains(text) { return .number(1, rounded: false) }
    if ["f", "F", "false", "False", "FALSE"].contains(text) { return .number(0, rounded: false) }
    if text.wholeMatch(of: /-?[0-9]+i/) != nil {
      guard let value = Int64(text.dropLast()) else { return nil }
      return .number(Double(value), rounded: Int64(exactly: Double(value)) != value)
    }
    if text.wholeMatch(of: /[0-9]+u/) != nil {
      guard let value = UInt64(text.dropLast()) else { return nil }
      return .number(Double(value), rounded: UInt64(exactly: Double(value)) != value)
    }
    guard text.wholeMatch(of: /-?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?/) != nil,
      let value = Double(text), value.isFinite
    else { return nil }
    return .number(value, rounded: false)
  }

  static func time(_ token: ArraySlice<UInt8>, _ precision: LinePrecision) -> Int64? {
    let text = String(decoding: token, as: UTF8.self)
    guard text.wholeMatch(of: /-?[0-9]+/) != nil, let count = Int64(text) else { return nil }
    let (time, overflow) = count.multipliedReportingOverflow(by: precision.unitNanoseconds)
    return overflow || time == .min ? nil : time
  }
}
