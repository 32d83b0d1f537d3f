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
  /// The base is the minimum or one of a few low quantiles of a sample, and the width the cheapest
  /// for that base by a count of bit lengths: exact, one pass per base.
  static func plan(_ values: Span<Int64>, skipping skipped: Int) -> Plan {
    let count = values.count
    guard count > skipped else { return Plan(byteCount: 2) }
    var (lowest, highest) = (values[skipped], values[skipped])
    for index in skipped..<count {
      lowest = min(lowest, values[index])
      highest = max(highest, values[index])
    }
    var best = Plan(
      base: lowest, width: 64 - (highest &- lowest).leadingZeroBitCount, patchCount: 0)
    best.byteCount = headerCount(best) + BitPacking.byteCount(count: count, width: best.width)
    // Narrower than two bits, no patch can pay for itself.
    if best.width < 2 { return best }
    var sample = InlineArray<64, Int64>(repeating: 0)
    let sampleCount = min(64, count - skipped)
    for index in 0..<sampleCount {
      sample[index] = values[skipped + index * (count - skipped) / sampleCount]
    }
    sort(&sample, sampleCount)
    var previous: Int64?
    for rank in [0, 1, 4] where rank < sampleCount {
      let base = rank == 0 ? lowest : sample[rank]
      if base == previous { continue }
      previous = base
      let plan = plan(values, skipping: skipped, base: base)
      if plan.byteCount < best.byteCount { best = plan }
    }
    return best
  }

  /// The cheapest width for a given base.
  private static func plan(_ values: Span<Int64>, skipping skipped: Int, base: Int64) -> Plan {
    // Counts of bit lengths: of values at or above the base, and of the complements of those below.
    var above = InlineArray<65, Int>(repeating: 0)
    var below = InlineArray<65, Int>(repeating: 0)
    for index in skipped..<values.count {
      let offset = values[index] &- base
      if offset >= 0 {
        above[64 - offset.leadingZeroBitCount] += 1
      } else {
        below[64 - (~offset).leadingZeroBitCount] += 1
      }
    }
    var best = Plan(byteCount: .max)
    for width in 0...63 {
      var (patches, patchBytes) = (0, 0)
      for length in 0...64 {
        let beyond = max(0, length - width)
        let highBytes = (beyond + 1 + 6) / 7
        // A gap takes one byte while fewer than 128 values lie between two patches.
        patches += below[length]
        patchBytes += below[length] * (1 + highBytes)
        if length > width {
          patches += above[length]
          patchBytes += above[length] * (1 + highBytes)
        }
      }
      var plan = Plan(base: base, width: width, patchCount: patches)
      plan.byteCount =
        headerCount(plan) + BitPacking.byteCount(count: values.count, width: width)
        + (patches == 0 ? 0 : varintCount(UInt64(patches)) + patchBytes)
      if plan.byteCount < best.byteCount { best = plan }
    }
    return best
  }

  private static func headerCount(_ plan: Plan) -> Int {
    1 + varintCount(ZigZag.encode(plan.base))
  }

  private static func sort(_ sample: inout InlineArray<64, Int64>, _ count: Int) {
    for index in 1..<max(1, count) {
      let value = sample[index]
      var position = index
      while position > 0, sample[position - 1] > value {
        sample[position] = sample[position - 1]
        position -= 1
      }
      sample[position] = value
    }
  }

  // MARK: - Writing and reading

  /// Writes integers by a plan.
  ///
  /// - Parameter values: overwritten: on return they are less the base.
  static func encode(
    _ values: inout [Int64], plan: Plan, into writer: inout ByteWriter, words: inout [UInt64]
  ) {
    writer.append(UInt8(plan.width))
    writer.append(zigzag: plan.base)
    for index in values.indices { values[index] &-= plan.base }
    BitPacking.pack(values.span, width: plan.width, into: &writer, words: &words)
    if plan.patchCount == 0 { return }
    writer.append(varint: plan.patchCount)
    var last = -1
    for index in values.indices {
      let high = values[index] >> Int64(plan.width)
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
