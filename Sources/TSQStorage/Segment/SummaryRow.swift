import TSQCodec
import TSQCore

/// One block's summary as bytes.
///
///     byte     low half: scale of its decimals, 0...9 digits, or 15 for none;
///              high half: its unit of time is 10^this nanoseconds
///     varint   the forms of all numbers, two bits each, the first field lowest
///     then for each field in order what its form needs: nothing, a varint or eight bytes
enum SummaryRow {
  static func append(
    _ summary: SeriesSummary, _ context: inout SummaryContext, to writer: inout ByteWriter
  ) {
    let scale = scale(of: summary)
    let unit = unitExponent(of: summary, context)
    var coder = Writer(scale: scale, unit: SummaryNumber.unitsOfTime[unit])
    var copy = summary
    do { try SummaryFields.walk(&copy, context, &coder) } catch {
      preconditionFailure("a summary is written with the block it was computed from: \(error)")
    }
    context.valueBefore = summary.lastValue
    writer.append(UInt8(unit << 4 | scale))
    var forms: UInt64 = 0
    for index in coder.tokens.indices { forms |= coder.tokens[index].form.rawValue << (2 * index) }
    writer.append(varint: forms)
    for index in coder.tokens.indices {
      let token = coder.tokens[index]
      switch token.form {
      case .expected: break
      case .scaled, .neighbour: writer.append(varint: token.bits)
      case .raw: writer.append(littleEndian: token.bits)
      }
    }
  }

  @_lifetime(reader: copy reader)
  static func read(
    from reader: inout ByteReader, _ context: inout SummaryContext
  ) throws -> SeriesSummary {
    let first = try reader.readByte()
    let (scale, unit) = (Int(first & 15), Int(first >> 4))
    guard scale <= SummaryNumber.scaleMax || scale == SummaryNumber.noScale,
      unit < SummaryNumber.unitsOfTime.count
    else { throw InvalidPart("a summary has an unknown scale") }
    let forms = try reader.readVarint()
    guard forms >> (2 * SummaryField.count) == 0 else {
      throw InvalidPart("a summary has unknown fields")
    }
    var coder = Reader(
      scale: scale, unit: SummaryNumber.unitsOfTime[unit], countMax: Int64(context.count))
    for index in coder.tokens.indices {
      switch NumberForm(rawValue: forms >> (2 * index) & 3) ?? .expected {
      case .expected: break
      case .raw:
        let bits = try reader.read(littleEndian: UInt64.self)
        coder.tokens[index] = SummaryToken(form: .raw, bits: bits)
      case let form: coder.tokens[index] = SummaryToken(form: form, bits: try reader.readVarint())
      }
    }
    var summary = SeriesSummary()
    try SummaryFields.walk(&summary, context, &coder)
    context.valueBefore = summary.lastValue
    return summary
  }

  // MARK: - Coders

  /// One token a field, without memory of its own: rows are read by the thousand.
  private typealias Tokens = InlineArray<30, SummaryToken>

  private struct Writer: SummaryCoder {
    let scale: Int
    let unit: Int64
    var tokens = Tokens(repeating: SummaryToken())

    mutating func double(
      _ field: SummaryField, _ value: inout Double, expected: @autoclosure () -> Double
    ) {
      tokens[field.rawValue] = SummaryNumber.token(value, expected: expected(), scale: scale)
    }

    mutating func integer(_ field: SummaryField, _ value: inout Int, expected: Int) {
      tokens[field.rawValue] = SummaryNumber.token(
        Int64(value), expected: Int64(expected), unit: 1)
    }

    mutating func time(_ field: SummaryField, _ value: inout Int64, expected: Int64) {
      tokens[field.rawValue] = SummaryNumber.token(value, expected: expected, unit: unit)
    }
  }

  private struct Reader: SummaryCoder {
    let scale: Int
    let unit: Int64
    let countMax: Int64
    var tokens = Tokens(repeating: SummaryToken())

    mutating func double(
      _ field: SummaryField, _ value: inout Double, expected: @autoclosure () -> Double
    ) throws {
      let token = tokens[field.rawValue]
      // A raw number needs no expectation.
      if token.form == .raw {
        value = Double(bitPattern: token.bits)
      } else {
        value = try SummaryNumber.value(token, expected: expected(), scale: scale)
      }
    }

    mutating func integer(_ field: SummaryField, _ value: inout Int, expected: Int) throws {
      let read = try SummaryNumber.value(
        tokens[field.rawValue], expected: Int64(expected), unit: 1)
      guard (0...countMax).contains(read) else {
        throw InvalidPart("a summary's count is out of range")
      }
      value = Int(read)
    }

    mutating func time(_ field: SummaryField, _ value: inout Int64, expected: Int64) throws {
      value = try SummaryNumber.value(tokens[field.rawValue], expected: expected, unit: unit)
    }
  }

  // MARK: - Scales

  /// The fewest digits that make decimals of the four values a summary names.
  private static func scale(of summary: SeriesSummary) -> Int {
    let values = [summary.firstValue, summary.lastValue, summary.minimum, summary.maximum]
    return (0...SummaryNumber.scaleMax).first { scale in
      values.allSatisfy { SummaryNumber.decimal($0, scale: scale) != nil }
    } ?? SummaryNumber.noScale
  }

  /// The largest power of ten that divides the distances of the times a summary names.
  private static func unitExponent(of summary: SeriesSummary, _ context: SummaryContext) -> Int {
    guard summary.liveCount > summary.nanCount else { return 0 }
    let distances = [
      summary.firstTime &- context.firstTime, summary.lastTime &- context.lastTime,
      summary.minimumTime &- summary.firstTime, summary.maximumTime &- summary.firstTime,
      summary.moments.count == 0 ? 0 : summary.moments.origin &- summary.firstTime,
    ]
    return SummaryNumber.unitsOfTime.lastIndex { unit in
      distances.allSatisfy { $0 % unit == 0 }
    } ?? 0
  }
}
