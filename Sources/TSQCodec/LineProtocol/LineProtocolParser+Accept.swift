extension LineProtocolParser {
  /// Checks what a well-formed line means, and puts its samples into the batch.
  ///
  /// Nothing is kept of a line that is refused: a key exists only once a sample of it was accepted.
  mutating func accept(
    _ bytes: RawSpan, _ run: inout Run, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) throws(LineFault) -> Stop? {
    let lineEnd = line.next - 1
    if bytes.hasNonASCII(from: line.keyStart, to: line.textEnd),
      !UTF8Check.isValid(bytes, from: line.keyStart, to: line.textEnd)
    {
      throw LineFault(.badUTF8, at: line.keyStart, lineEnd: lineEnd)
    }
    if line.fields.count > limits.fieldsPerLine {
      throw LineFault(.tooManyFields, at: line.keyStart, lineEnd: lineEnd)
    }
    let hash = keys.hasher.hash(bytes, from: line.keyStart, to: line.keyEnd)
    var group = keys.group(bytes, from: line.keyStart, to: line.keyEnd, hash: hash)
    if group == nil, let reason = LabelRules(limits: limits).fault(of: line, in: bytes) {
      throw LineFault(reason, at: line.keyStart, lineEnd: lineEnd)
    }
    try checkMetricNames(bytes, lineEnd: lineEnd)
    if isUnitUnknown, line.time != nil {
      throw LineFault(.unknownUnit, at: line.keyStart, lineEnd: lineEnd)
    }
    guard batch.sampleCount + line.fields.count <= batch.sampleCapacity,
      batch.lines.count < batch.sampleCapacity
    else { return .batchFull }
    // The names together are shorter than the line, so the line's length bounds what it may add.
    guard
      keys.hasRoom(
        keyBytes: line.next - line.keyStart + line.fields.count, fieldCount: line.fields.count)
    else { return .keyTableFull }
    if group == nil {
      group = keys.addGroup(bytes, from: line.keyStart, to: line.keyEnd, hash: hash)
    }
    commit(bytes, group: group ?? SeriesKeyTable.none, run, &keys, &batch)
    lineNumber += bytes.count(of: Octet.newline, from: run.cursor, to: line.next)
    run.cursor = line.next
    return nil
  }

  /// Measurement and field together must fit the limit of a metric name.
  private func checkMetricNames(_ bytes: RawSpan, lineEnd: Int) throws(LineFault) {
    // Raw lengths bound the real ones; only a line that comes near the limit is measured.
    let measurement = line.measurementEnd - line.keyStart
    for field in line.fields
    where measurement + 1 + field.nameEnd - field.nameStart > limits.labelValueBytes {
      let length =
        NameText.unescapedCount(bytes, from: line.keyStart, to: line.measurementEnd) + 1
        + NameText.unescapedCount(bytes, from: field.nameStart, to: field.nameEnd)
      if length > limits.labelValueBytes {
        throw LineFault(.labelTooLong, at: line.keyStart, lineEnd: lineEnd)
      }
    }
  }

  /// Puts the line's samples into the columns and teaches the table what follows what.
  private mutating func commit(
    _ bytes: RawSpan, group: UInt32, _ run: Run, _ keys: inout SeriesKeyTable,
    _ batch: inout LineBatch
  ) {
    let time = line.time ?? run.receivedAt
    let first = batch.sampleCount
    var previous = SeriesKeyTable.none
    for part in line.fields {
      let known = keys.field(bytes, from: part.nameStart, to: part.nameEnd, group: group)
      let field =
        known ?? keys.addField(bytes, from: part.nameStart, to: part.nameEnd, group: group)
      keys.predict(field: field, after: previous, in: group)
      previous = field
      if part.kind == .string {
        batch.ignoredStringFields += 1
        continue
      }
      if part.kind == .roundedInteger { batch.roundedIntegers += 1 }
      let key = keys.key(ofField: field)
      batch.stage(batch.sampleCount, key: key, time: time, value: part.value)
      batch.sampleCount += 1
    }
    keys.predict(group: group, after: lastGroup)
    lastGroup = group
    batch.lines.append(
      AcceptedLine(
        number: lineNumber,
        bytes: (consumedBytes + run.cursor)..<(consumedBytes + line.textEnd),
        samples: first..<batch.sampleCount))
  }
}

extension SeriesKeyTable {
  /// Notes which field followed which in a group's last line.
  mutating func predict(field: UInt32, after previous: UInt32, in group: UInt32) {
    if previous == Self.none {
      groups[Int(group)].firstField = field
    } else {
      fields[Int(previous)].next = field
    }
  }

  /// Notes which group's line followed which group's.
  mutating func predict(group: UInt32, after previous: UInt32) {
    // A parser may remember a group from before the table was emptied.
    if Int(previous) < groups.count { groups[Int(previous)].nextGroup = group }
  }
}
