/// The quick way through lines whose keys are all known, which is nearly every line.
///
/// It only ever accepts: at anything new, rare or wrong it stands still in front of that line, and
/// the complete scanner decides. Both give the same samples; a property test compares them.
struct KnownLines {
  let limits: LineProtocolLimits
  let unitNanoseconds: Int64
  let receivedAt: Int64
  /// What to add to an offset to count from the start of the input.
  let base: Int
  /// The first byte not done with.
  var cursor: Int
  var lineNumber: Int
  var lastGroup: UInt32

  /// Whether it stopped only because numbers are read in words that reach past the input.
  private(set) var ranOut = false
  /// The committed samples of the batch.
  private var sampleCount = 0
  private var stringCount = 0

  init(
    limits: LineProtocolLimits, unitNanoseconds: Int64, receivedAt: Int64, base: Int, cursor: Int,
    lineNumber: Int, lastGroup: UInt32
  ) {
    self.limits = limits
    self.unitNanoseconds = unitNanoseconds
    self.receivedAt = receivedAt
    self.base = base
    self.cursor = cursor
    self.lineNumber = lineNumber
    self.lastGroup = lastGroup
  }

  /// One line while it is parsed.
  private struct State {
    var offset: Int
    /// The first free place in the columns.
    var sample: Int
    var strings = 0
  }

  /// Parses lines until one needs the complete scanner or the input ends.
  ///
  /// - Complexity: O(bytes), without allocation.
  mutating func run(_ bytes: RawSpan, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch) {
    sampleCount = batch.sampleCount
    stringCount = 0
    let finder = KnownKeys(keys)
    // Each column is an access of its own, so that all of them can be open at once.
    run(
      bytes, finder, keys.text, &keys.groups, &keys.fields, &batch.keyColumn, &batch.valueColumn,
      &batch.timeColumn, &batch.lines)
    batch.sampleCount = sampleCount
    batch.ignoredStringFields += stringCount
  }

  private mutating func run(
    _ bytes: RawSpan, _ finder: KnownKeys, _ textBytes: [UInt8],
    _ groupArray: inout [SeriesKeyTable.Group], _ fieldArray: inout [SeriesKeyTable.Field],
    _ keyArray: inout [UInt32], _ valueArray: inout [Double], _ timeArray: inout [Int64],
    _ lines: inout [AcceptedLine]
  ) {
    let text = unsafe textBytes.span.bytes
    var groups = groupArray.mutableSpan
    var fields = fieldArray.mutableSpan
    var keyColumn = keyArray.mutableSpan
    var valueColumn = valueArray.mutableSpan
    var timeColumn = timeArray.mutableSpan
    while lines.count < keyColumn.count {
      var state = State(offset: cursor, sample: sampleCount)
      let group = finder.matchGroup(bytes, &state.offset, text, &groups, after: lastGroup)
      guard group != SeriesKeyTable.none,
        parseFields(
          bytes, &state, text, group, &groups, &fields, finder, &keyColumn, &valueColumn),
        let time = parseTime(bytes, &state), state.offset - cursor <= limits.lineBytes
      else { return }
      for sample in sampleCount..<state.sample { timeColumn[sample] = time }
      lines.append(commit(bytes, state))
      lastGroup = group
    }
  }

  /// Counts a line that was parsed to its newline.
  @inline(__always)
  private mutating func commit(_ bytes: RawSpan, _ state: State) -> AcceptedLine {
    let isReturned = bytes.octet(state.offset - 1) == Octet.carriageReturn
    let textEnd = isReturned ? state.offset - 1 : state.offset
    let line = AcceptedLine(
      number: lineNumber, bytes: (base + cursor)..<(base + textEnd),
      samples: sampleCount..<state.sample)
    sampleCount = state.sample
    stringCount += state.strings
    lineNumber += 1
    cursor = state.offset + 1
    return line
  }

  /// The fields behind a known key, into the columns; false where one is not simple and known.
  @inline(__always)
  private mutating func parseFields(
    _ bytes: RawSpan, _ state: inout State, _ text: RawSpan, _ group: UInt32,
    _ groups: inout MutableSpan<SeriesKeyTable.Group>,
    _ fields: inout MutableSpan<SeriesKeyTable.Field>, _ finder: KnownKeys,
    _ keyColumn: inout MutableSpan<UInt32>, _ valueColumn: inout MutableSpan<Double>
  ) -> Bool {
    var field = groups[Int(group)].firstField
    var previous = SeriesKeyTable.none
    let first = state.sample
    while true {
      if !finder.matchField(bytes, &state.offset, text, field, fields.span) {
        field = finder.findField(bytes, &state.offset, text, group, fields.span)
        if field == SeriesKeyTable.none { return false }
        if previous == SeriesKeyTable.none {
          groups[Int(group)].firstField = field
        } else {
          fields[Int(previous)].next = field
        }
      }
      guard state.offset + QuickNumber.reach <= bytes.byteCount else {
        ranOut = true
        return false
      }
      guard state.sample - first + state.strings < limits.fieldsPerLine else { return false }
      let number = QuickNumber.fieldValue(bytes, at: state.offset)
      var value = number.value
      if number.next >= 0 {
        state.offset = number.next
      } else if bytes.octet(state.offset) == Octet.quote {
        guard skipString(bytes, &state) else { return false }
      } else if let slow = finder.slowValue(bytes, &state.offset) {
        value = slow
      } else {
        return false
      }
      if number.next >= 0 || bytes.octet(state.offset - 1) != Octet.quote {
        let key = fields[Int(field)].key
        guard key != SeriesKeyTable.none, state.sample < keyColumn.count else { return false }
        keyColumn[state.sample] = key
        valueColumn[state.sample] = value
        state.sample += 1
      }
      let stop = bytes.octet(state.offset)
      if stop != Octet.comma { return true }
      state.offset += 1
      previous = field
      field = fields[Int(field)].next
    }
  }

  /// Goes behind a quoted value of plain ASCII on one line.
  private func skipString(_ bytes: RawSpan, _ state: inout State) -> Bool {
    var offset = state.offset + 1
    while offset < bytes.byteCount {
      let byte = bytes.octet(offset)
      if byte == Octet.quote {
        guard offset + 1 < bytes.byteCount else { return false }
        state.offset = offset + 1
        state.strings += 1
        return true
      }
      if byte == Octet.backslash || byte == Octet.newline || byte >= 0x80 { return false }
      offset += 1
    }
    return false
  }

  /// The line's time, and the offset of its newline into the state; `nil` where it is not simple.
  @inline(__always)
  private mutating func parseTime(_ bytes: RawSpan, _ state: inout State) -> Int64? {
    var time = receivedAt
    if bytes.octet(state.offset) == Octet.space {
      guard state.offset + 1 + QuickNumber.reach <= bytes.byteCount else {
        ranOut = true
        return nil
      }
      let (count, next) = QuickNumber.timestamp(bytes, at: state.offset + 1)
      guard next >= 0 else { return nil }
      let (scaled, overflow) = count.multipliedReportingOverflow(by: unitNanoseconds)
      guard !overflow else { return nil }
      time = scaled
      state.offset = next
    }
    if bytes.octet(state.offset) == Octet.carriageReturn { state.offset += 1 }
    guard state.offset < bytes.byteCount, bytes.octet(state.offset) == Octet.newline else {
      return nil
    }
    return time
  }
}
