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
    let widthMax = best.width
    improve(&best, values, skipping: skipped, base: lowest, highest: highest, widthMax)
    if bitWidth(sample.high &- sample.low) < bitWidth(sample.high &- lowest) {
      let base = nearMinimum(values, skipping: skipped, sample)
      improve(&best, values, skipping: skipped, base: base, highest: highest, widthMax)
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

  /// Takes the cheapest width up to `widthMax` for a given base, if that is cheaper.
  private static func improve(
    _ best: inout Plan, _ values: Span<Int64>, skipping skipped: Int, base: Int64, highest: Int64,
    _ widthMax: Int
  ) {
    let counted = values.extracting(skipped...)
    let width = bitWidth(highest &- base)
    var lengths = InlineArray<130, UInt32>(repeating: 0)
    var target = lengths.mutableSpan
    // Of a range of 2^63 and more the upper half looks like values below the base.
    let wide = width >= 2 && width < 64 ? wideCounts(counted, base: base, width: width) : [0, 0, 0]
    // So many may be nearly as wide as the widest that two bits less are out of the question. That is so for
    // most noise, and two comparisons a value tell it in place of its length.
    let isNoise = isTooMany(wide[1], of: values.count)
    if isNoise, wide[2] == 0 {
      target[width] = UInt32(wide[0])
      target[width - 1] = UInt32(wide[1] - wide[0])
    } else {
      // A patch takes two bytes at least.
      if isNoise,
        BitPacking.byteCount(count: values.count, width: width) + 2 * wide[2] >= best.byteCount,
        BitPacking.byteCount(count: values.count, width: width - 1) + 2 * wide[0] >= best.byteCount
      {
        return
      }
      countAll(counted, base: base, into: &target)
    }
    let found = lengths.span
    var longest = 64
    while longest > 0, found[longest] == 0, found[65 + longest] == 0 { longest -= 1 }
    let plan = plan(found, count: values.count, base: base, from: min(widthMax, longest, 63))
    if plan.byteCount < best.byteCount { best = plan }
  }

  /// How many values take all bits of a width, how many all but one or more, and how many are below the base.
  ///
  /// Those below are in all three.
  private static func wideCounts(
    _ values: Span<Int64>, base: Int64, width: Int
  ) -> InlineArray<3, Int> {
    var wide = InlineArray<3, Int>(repeating: 0)
    var target = wide.mutableSpan
    unsafe values.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { counts in
        guard let first = source.baseAddress, let slot = counts.baseAddress else { return }
        unsafe tsq_counts_from(first, source.count, base, 1 << (width - 1), 1 << (width - 2), slot)
      }
    }
    return wide
  }

  /// Counts of bit lengths: of values at or above the base, then of the complements of those below.
  private static func countAll(
    _ values: Span<Int64>, base: Int64, into lengths: inout MutableSpan<UInt32>
  ) {
    unsafe values.withUnsafeBufferPointer { source in
      unsafe lengths.withUnsafeMutableBufferPointer { slots in
        guard let first = source.baseAddress, let slot = slots.baseAddress else { return }
        unsafe tsq_bit_lengths(first, source.count, base, slot)
      }
    }
  }

  /// Whether every further bit less would patch more than it saves.
  private static func isTooMany(_ patches: Int, of count: Int) -> Bool { patches * 3 > count }

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
      if isTooMany(patches, of: count) { break }
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
    var places = InlineArray<1024, UInt16>(repeating: 0)
    var target = places.mutableSpan
    var next = 0
    for start in stride(from: 0, to: values.count, by: target.count) {
      let part = values.extracting(start..<min(start + target.count, values.count))
      let found = widePlaces(part, plan, into: &target)
      for rank in 0..<found {
        let place = Int(target[rank])
        writer.append(varint: start + place - next)
        writer.append(zigzag: (part[place] &- plan.base) >> Int64(plan.width))
        next = start + place + 1
      }
    }
  }

  /// Where the values of a part lie that the width does not hold.
  private static func widePlaces(
    _ part: Span<Int64>, _ plan: Plan, into places: inout MutableSpan<UInt16>
  ) -> Int {
    precondition(part.count <= places.count, "a place a value")
    return unsafe part.withUnsafeBufferPointer { source in
      unsafe places.withUnsafeMutableBufferPointer { target in
        guard let first = source.baseAddress, let place = target.baseAddress else { return 0 }
        return unsafe tsq_wide_places(
          first, source.count, plan.base, UInt32(plan.width), place)
      }
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
