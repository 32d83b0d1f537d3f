/// Recognises the keys and field names of a table in a line, first by prediction, then by hash.
///
/// Holds its own references to the table's slots, so that predictions can be mended in place while
/// it looks things up.
struct KnownKeys {
  private let groupSlots: KeySlots
  private let fieldSlots: KeySlots
  private let hasher: KeyHash

  init(_ keys: borrowing SeriesKeyTable) {
    self.groupSlots = keys.groupSlots
    self.fieldSlots = keys.fieldSlots
    self.hasher = keys.hasher
  }

  /// The group of the key at an offset, which goes behind the space; `none` where it is unknown.
  @inline(__always)
  func matchGroup(
    _ bytes: RawSpan, _ offset: inout Int, _ text: RawSpan,
    _ groups: inout MutableSpan<SeriesKeyTable.Group>, after last: UInt32
  ) -> UInt32 {
    if Int(last) < groups.count {
      let predicted = groups[Int(last)].nextGroup
      if predicted != SeriesKeyTable.none {
        let count = groups[Int(predicted)].keyLength + 1
        if bytes.equalsKey(offset, text, groups[Int(predicted)].keyStart, count: count) {
          offset += count
          return predicted
        }
      }
    }
    let found = findGroup(bytes, &offset, text, groups.span)
    if found != SeriesKeyTable.none, Int(last) < groups.count {
      groups[Int(last)].nextGroup = found
    }
    return found
  }

  private func findGroup(
    _ bytes: RawSpan, _ offset: inout Int, _ text: RawSpan, _ groups: Span<SeriesKeyTable.Group>
  ) -> UInt32 {
    let start = offset
    guard let end = keyEnd(bytes, from: start) else { return SeriesKeyTable.none }
    let hash = hasher.hash(bytes, from: start, to: end)
    let found = groupSlots.find(hash) { index in
      groups[index].keyLength == end - start
        && bytes.equals(start, text, groups[index].keyStart, count: end - start)
    }
    guard let found else { return SeriesKeyTable.none }
    offset = end + 1
    return UInt32(found)
  }

  /// The first unescaped space, or `nil` where the line ends before one.
  private func keyEnd(_ bytes: RawSpan, from start: Int) -> Int? {
    var offset = start
    while offset + 8 <= bytes.byteCount {
      let word = bytes.uncheckedWord(offset)
      let found =
        ByteScan.zeroBytes(word ^ (ByteScan.ones &* UInt64(Octet.space)))
        | ByteScan.zeroBytes(word ^ (ByteScan.ones &* UInt64(Octet.newline)))
        | ByteScan.zeroBytes(word ^ (ByteScan.ones &* UInt64(Octet.backslash)))
      if found == 0 {
        offset += 8
        continue
      }
      offset += found.trailingZeroBitCount >> 3
      switch bytes.octet(offset) {
      case Octet.space: return offset
      case Octet.newline: return nil
      default:
        guard offset + 1 < bytes.byteCount else { return nil }
        offset += NameText.isEscapable(bytes.octet(offset + 1)) ? 2 : 1
      }
    }
    return nil
  }

  /// Whether the predicted field's name and `=` stand at an offset, which then goes behind them.
  @inline(__always)
  func matchField(
    _ bytes: RawSpan, _ offset: inout Int, _ text: RawSpan, _ field: UInt32,
    _ fields: Span<SeriesKeyTable.Field>
  ) -> Bool {
    guard field != SeriesKeyTable.none else { return false }
    let count = fields[Int(field)].nameLength + 1
    let nameStart = fields[Int(field)].nameStart
    guard bytes.equalsName(offset, text, nameStart, count: count) else { return false }
    offset += count
    return true
  }

  /// The field whose name stands at an offset, which goes behind the `=`; `none` where unknown.
  func findField(
    _ bytes: RawSpan, _ offset: inout Int, _ text: RawSpan, _ group: UInt32,
    _ fields: Span<SeriesKeyTable.Field>
  ) -> UInt32 {
    let start = offset
    let end = NameText.end(bytes, from: start, to: bytes.byteCount)
    guard end < bytes.byteCount, bytes.octet(end) == Octet.equals else {
      return SeriesKeyTable.none
    }
    let hash = hasher.hash(bytes, from: start, to: end, salt: UInt64(group) &+ 1)
    let found = fieldSlots.find(hash) { index in
      fields[index].group == group && fields[index].nameLength == end - start
        && bytes.equals(start, text, fields[index].nameStart, count: end - start)
    }
    guard let found else { return SeriesKeyTable.none }
    offset = end + 1
    return UInt32(found)
  }

  /// A value `QuickNumber` leaves: long decimals, exponents, booleans; `nil` where it is none, or
  /// an integer that is rounded and has to be counted.
  func slowValue(_ bytes: RawSpan, _ offset: inout Int) -> Double? {
    var end = offset
    while end < bytes.byteCount {
      let byte = bytes.octet(end)
      if byte == Octet.comma || byte == Octet.space || byte == Octet.newline
        || byte == Octet.carriageReturn
      {
        break
      }
      end += 1
    }
    guard end < bytes.byteCount,
      let (kind, value) = FieldValue.parse(bytes, from: offset, to: end), kind == .number
    else { return nil }
    offset = end
    return value
  }
}

extension RawSpan {
  /// Whether a raw key stands at an offset; mostly it does, so the whole is compared at SIMD width.
  @inline(__always)
  func equalsKey(_ offset: Int, _ other: RawSpan, _ otherOffset: Int, count: Int) -> Bool {
    guard count >= 32, offset + count <= byteCount, otherOffset + count <= other.byteCount else {
      return equals(offset, other, otherOffset, count: count)
    }
    var difference = SIMD4<UInt64>.zero
    var index = 0
    while index + 32 <= count {
      difference |= lanes(offset + index) ^ other.lanes(otherOffset + index)
      index += 32
    }
    // The last lanes overlap those before, which saves a loop over single bytes.
    difference |= lanes(offset + count - 32) ^ other.lanes(otherOffset + count - 32)
    return difference == .zero
  }

  @inline(__always)
  private func lanes(_ offset: Int) -> SIMD4<UInt64> {
    unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: SIMD4<UInt64>.self)
  }

  /// Whether a field name stands at an offset; names are short, so the first eight bytes decide.
  @inline(__always)
  func equalsName(_ offset: Int, _ other: RawSpan, _ otherOffset: Int, count: Int) -> Bool {
    guard offset + max(count, 8) <= byteCount, otherOffset + max(count, 8) <= other.byteCount
    else { return equals(offset, other, otherOffset, count: count) }
    let difference = uncheckedWord(offset) ^ other.uncheckedWord(otherOffset)
    if count <= 8 {
      return difference &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count) == 0
    }
    if difference != 0 { return false }
    var index = 8
    while index + 8 <= count {
      if uncheckedWord(offset + index) != other.uncheckedWord(otherOffset + index) { return false }
      index += 8
    }
    return uncheckedWord(offset + count - 8) == other.uncheckedWord(otherOffset + count - 8)
  }
}
