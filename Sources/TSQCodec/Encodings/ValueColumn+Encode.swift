extension ValueColumn {
  /// Writes a column by the cheapest transform that gives back every bit.
  static func encode(
    _ values: Span<Double>, into writer: inout ByteWriter, effort: EncodingEffort,
    scratch: inout ColumnScratch
  ) {
    if values.isEmpty { return }
    var best = taken(&scratch.rival)
    var trial = ByteWriter()
    defer { scratch.rival = best }
    best.removeAllKeepingCapacity()
    for digits in Decimal.candidates(for: values) {
      trial.removeAllKeepingCapacity()
      guard encode(values, digits: digits, into: &trial, effort: effort, scratch: &scratch) else {
        continue
      }
      if best.count == 0 || trial.count < best.count { swap(&best, &trial) }
    }
    // Bit patterns of decimals are noise; try them only where decimals do poorly.
    if best.count == 0 || best.count * 2 > values.count * 8 {
      trial.removeAllKeepingCapacity()
      encodeBits(values, into: &trial, effort: effort, scratch: &scratch)
      if best.count == 0 || trial.count < best.count { swap(&best, &trial) }
    }
    writer.append(best.rawSpan)
  }

  /// Writes values as decimals of so many digits; `false` where too many are not.
  private static func encode(
    _ values: Span<Double>, digits: Int, into writer: inout ByteWriter,
    effort: EncodingEffort, scratch: inout ColumnScratch
  ) -> Bool {
    var integers = taken(&scratch.integers)
    var exceptions = scratch.exceptions
    defer {
      scratch.integers = integers
      scratch.exceptions = exceptions
    }
    integers.resizeScratch(values.count)
    exceptions.removeAll(keepingCapacity: true)
    var target = integers.mutableSpan
    guard Decimal.split(values, digits: digits, into: &target, exceptions: &exceptions) else {
      return false
    }
    let flag = exceptions.isEmpty ? 0 : exceptionsFlag
    if digits == 0 {
      writer.append(Transform.integers.rawValue | flag)
    } else {
      writer.append(Transform.decimals.rawValue | flag)
      writer.append(UInt8(digits))
    }
    IntegerColumn.encode(integers.span, into: &writer, effort: effort, scratch: &scratch)
    if flag != 0 { Exceptions.encode(exceptions, of: values, into: &writer) }
    return true
  }

  private static func encodeBits(
    _ values: Span<Double>, into writer: inout ByteWriter, effort: EncodingEffort,
    scratch: inout ColumnScratch
  ) {
    var integers = taken(&scratch.integers)
    defer { scratch.integers = integers }
    integers.resizeScratch(values.count)
    for index in values.indices { integers[index] = OrderedBits.integer(values[index]) }
    writer.append(Transform.bits.rawValue)
    IntegerColumn.encode(integers.span, into: &writer, effort: effort, scratch: &scratch)
  }
}
