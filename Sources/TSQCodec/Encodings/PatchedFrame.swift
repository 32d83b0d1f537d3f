internal import CTSQKernels

/// Frame of reference with patches: integers as a base plus a few bits, and a list of the rest.
///
/// Layout: width (1 byte), base (zigzag varint), the low `width` bits of `value - base` packed (see
/// `BitPacking`); where patched, then the number of patches and for each the gap since the patch
/// before (varint) and the bits above `width` (zigzag varint, so that a value below the base costs
/// little as well). Differences wrap modulo 2^64, so every integer can be expressed.
///
/// Source: Zukowski et al., "Super-Scalar RAM-CPU Cache Compression", ICDE 2006 (PFOR).
enum PatchedFrame {
  /// How a run of integers will be written, and what that takes.
  struct Plan: Equatable {
    var base: Int64 = 0
    var width = 0
    var patchCount = 0
    var byteCount = 0
  }

  // MARK: - Choosing

  /// The cheapest plan for some integers.
  ///
  /// The base is the minimum, or the least value that is no outlier where a few lie far below; the width
  /// is the cheapest for that base by a count of bit lengths: exact, one pass per base.
  static func plan(_ values: Span<Int64>, skipping skipped: Int) -> Plan {
    let count = values.count
    guard count > skipped else { return Plan(byteCount: 2) }
    let (lowest, highest) = range(of: values.extracting(skipped...))
    var best = Plan(base: lowest, width: bitWidth(highest &- lowest))
    best.byteCount = headerCount(best) + BitPacking.byteCount(count: count, width: best.width)
    // Narrower than two bits, no patch can pay for itself.
    if best.width < 2 { return best }
    let sample = SampledRange(of: values.extracting(skipped...))
    let plain = plan(values, skipping: skipped, base: lowest, widthMax: best.width)
    if plain.byteCount < best.byteCount { best = plain }
    if bitWidth(sample.high &- sample.low) < bitWidth(sample.high &- lowest) {
      let base = nearMinimum(values, skipping: skipped, sample)
      let raised = plan(values, skipping: skipped, base: base, widthMax: best.width)
      if raised.byteCount < best.byteCount { best = raised }
    }
    return best
  }

  /// The least and the greatest of at least one integer.
  private static func range(of values: Span<Int64>) -> (least: Int64, greatest: Int64) {
    var (least, greatest): (Int64, Int64) = (0, 0)
    unsafe values.withUnsafeBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return }
      unsafe tsq_range(first, buffer.count, &least, &greatest)
    }
    return (least, greatest)
  }

  /// The least value that is not far below a sample: further down than the sample is wide.
  private static func nearMinimum(
    _ values: Span<Int64>, skipping skipped: Int, _ sample: SampledRange
  ) -> Int64 {
    let (floor, overflow) = sample.low.subtractingReportingOverflow(sample.high &- sample.low)
    if overflow { return sample.low }
    let least = unsafe values.extracting(skipped...).withUnsafeBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return sample.low }
      return unsafe tsq_least_from(first, buffer.count, floor, sample.low)
    }
    // A thin tail below the sample is cheaper patched than spanned.
    return (sample.low &- least) > (sample.high &- sample.low) / 8 ? sample.low : least
  }

  /// The cheapest width up to `widthMax` for a given base.
  private static func plan(
    _ values: Span<Int64>, skipping skipped: Int, base: Int64, widthMax: Int
  ) -> Plan {
    // Counts of bit lengths: of values at or above the base, then of the complements of those below.
    var counts = InlineArray<130, UInt32>(repeating: 0)
    var target = counts.mutableSpan
    unsafe values.extracting(skipped...).withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { slots in
        guard let first = source.baseAddress, let slot = slots.baseAddress else { return }
        unsafe tsq_bit_lengths(first, source.count, base, slot)
      }
    }
    let lengths = counts.span
    var highest = 64
    while highest > 0, lengths[highest] == 0, lengths[65 + highest] == 0 { highest -= 1 }
    return plan(lengths, count: values.count, base: base, from: min(widthMax, highest, 63))
  }

  /// The cheapest width up to `widest` for some bit lengths, in one step a width.
  private static func plan(
    _ lengths: Span<UInt32>, count: Int, base: Int64, from widest: Int
  ) -> Plan {
    // Patched values longer than the width by their length modulo 7: one bit less of width adds a
    // byte to those whose high bits and sign fill theirs.
    var longerCounts = InlineArray<7, Int>(repeating: 0)
    var longer = longerCounts.mutableSpan
    // Values below the base are patched at any width. A patch takes its gap and its high bits.
    var (patches, highBytes) = (0, 0)
    for length in 0...64 {
      let below = Int(lengths[65 + length])
      let above = length > widest ? Int(lengths[length]) : 0
      if below + above == 0 { continue }
      patches += below + above
      highBytes += (below + above) * ((max(0, length - widest) + 7) / 7)
      if length > widest { longer[length % 7] += below + above }
    }
    var best = Plan(byteCount: .max)
    var width = widest
    while true {
      // Every further bit less would patch more than it saves.
      if patches * 3 > count { break }
      var plan = Plan(base: base, width: width, patchCount: patches)
      // A gap takes one byte while fewer than 128 values lie between two patches.
      plan.byteCount =
        headerCount(plan) + BitPacking.byteCount(count: count, width: width)
        + (patches == 0 ? 0 : varintCount(UInt64(patches)) + patches + highBytes)
      if plan.byteCount < best.byteCount { best = plan }
      if width == 0 { break }
      let above = Int(lengths[width])
      patches += above
      highBytes += above + longer[(width + 6) % 7]
      longer[width % 7] += above + Int(lengths[65 + width])
      width -= 1
    }
    return best
  }

  /// Bits of a number taken as unsigned.
  static func bitWidth(_ value: Int64) -> Int { 64 - value.leadingZeroBitCount }

  private static func headerCount(_ plan: Plan) -> Int {
    1 + varintCount(ZigZag.encode(plan.base))
  }

  // MARK: - Writing and reading

  /// Writes integers by a plan.
  static func encode(
    _ values: Span<Int64>, plan: Plan, into writer: inout ByteWriter, words: inout [UInt64]
  ) {
    writer.append(UInt8(plan.width))
    writer.append(zigzag: plan.base)
    BitPacking.pack(values, base: plan.base, width: plan.width, into: &writer, words: &words)
    if plan.patchCount == 0 { return }
    writer.append(varint: plan.patchCount)
    var last = -1
    for index in values.indices {
      let high = (values[index] &- plan.base) >> Int64(plan.width)
      if high == 0 { continue }
      writer.append(varint: index - last - 1)
      writer.append(zigzag: high)
      last = index
    }
  }

  /// Reads integers less their base, and returns the base to be added.
  static func decode(
    from reader: inout ByteReader, patched: Bool, into values: inout MutableSpan<Int64>
  ) throws(ByteReadError) -> Int64 {
    let widthOffset = reader.position
    let width = Int(try reader.readByte())
    guard width <= 64 else { throw .unknownCode(offset: widthOffset, code: UInt8(width)) }
    let base = try reader.readZigzag()
    let packed = try reader.readBytes(BitPacking.byteCount(count: values.count, width: width))
    BitPacking.unpack(packed, width: width, into: &values)
    if !patched { return base }
    let patchCount = try reader.readCount(maximum: values.count)
    var index = -1
    for _ in 0..<patchCount {
      index += 1 + (try reader.readCount(maximum: values.count - index - 2))
      guard index < values.count else {
        throw .countOutOfRange(
          offset: reader.position, count: UInt64(index), maximum: values.count - 1)
      }
      // A shift by 64 gives 0: a foreign frame may patch values that are whole already.
      values[index] &+= (try reader.readZigzag()) << Int64(width)
    }
    return base
  }
}

/// Bytes that a varint takes.
func varintCount(_ value: UInt64) -> Int { max(1, (64 - value.leadingZeroBitCount + 6) / 7) }
