internal import CTSQKernels

/// Fixed-width unsigned integers packed without padding, most of them in interleaved lanes.
///
/// A run of values is cut into groups of 1,024, 16 lanes of 64 rows each: value `i` of a group sits
/// in lane `i % 16`, row `i / 16`, and a lane is a little-endian bit stream of its own, lowest bits
/// first, whose 64-bit words stand interleaved with those of the other lanes. One shift then serves a
/// whole row, so that the loops run at SIMD width. The last group keeps as many rows as are full, in
/// eights: its lanes end on whole bytes, which follow the whole words lane by lane. What is left,
/// fewer than 128 values, is one plain bit stream. So `n` values of `w` bits take exactly
/// `ceil(n * w / 8)` bytes, whatever `n` is.
///
/// Source: Afroozeh & Boncz, "The FastLanes Compression Layout", PVLDB 16(9), 2023.
enum BitPacking {
  static let laneCount = 16
  static let groupCount = 1_024
  /// Rows come in eights, so that a lane's bits are whole bytes at any width.
  static let rowQuantum = 8

  /// Bytes that `count` values of `width` bits take.
  static func byteCount(count: Int, width: Int) -> Int { (count * width + 7) / 8 }

  /// How many of a group's values stand in interleaved lanes.
  static func interleavedCount(of count: Int) -> Int {
    let quantum = laneCount * rowQuantum
    return count / quantum * quantum
  }

  // MARK: - Unpacking

  /// Unpacks `values.count` integers of `width` bits.
  ///
  /// - Parameters:
  ///   - packed: at least `byteCount(count:width:)` bytes; nothing past them is used.
  ///   - width: bits per value, `0...64`.
  ///   - values: receives every value, zero-extended, in order.
  /// - Precondition: the sizes above, which the caller has checked against the input.
  /// - Complexity: O(n), no allocation.
  static func unpack(_ packed: RawSpan, width: Int, into values: inout MutableSpan<Int64>) {
    precondition((0...64).contains(width), "a width is 0 to 64 bits")
    precondition(packed.byteCount >= byteCount(count: values.count, width: width))
    unsafe packed.withUnsafeBytes { source in
      unsafe values.withUnsafeMutableBufferPointer { target in
        guard let out = target.baseAddress else { return }
        guard width > 0, let input = source.baseAddress else {
          unsafe out.update(repeating: 0, count: target.count)
          return
        }
        var (done, offset) = (0, 0)
        while done < target.count {
          let group = min(groupCount, target.count - done)
          let interleaved = interleavedCount(of: group)
          unsafe unpackLanes(input + offset, rows: interleaved / laneCount, width, out + done)
          offset += interleaved * width / 8
          let rest = group - interleaved
          if rest > 0 {
            unsafe unpackStream(
              UnsafeRawBufferPointer(rebasing: source[offset...]), rest, width,
              out + done + interleaved)
          }
          done += group
        }
      }
    }
  }

  /// Unpacks whole rows of interleaved lanes.
  private static func unpackLanes(
    _ input: UnsafeRawPointer, rows: Int, _ width: Int, _ out: UnsafeMutablePointer<Int64>
  ) {
    let wholeWords = rows * width / 64
    let tailBytes = rows * width % 64 / 8
    let rowBytes = laneCount * 8
    if tailBytes == 0 {
      unsafe tsq_unpack_rows(
        input.assumingMemoryBound(to: UInt8.self), rows, UInt32(width), out)
      return
    }
    // The last, partial words of the lanes, widened to whole ones after a copy of the words before,
    // since a value may straddle the two.
    var seam = InlineArray<32, UInt64>(repeating: 0)
    let rowsBefore = wholeWords * 64 / width
    unsafe tsq_unpack_rows(
      input.assumingMemoryBound(to: UInt8.self), rowsBefore, UInt32(width), out)
    for lane in 0..<laneCount {
      if wholeWords > 0 {
        seam[lane] = unsafe UInt64(
          littleEndian: (input + (wholeWords - 1) * rowBytes).loadUnaligned(
            fromByteOffset: lane * 8, as: UInt64.self))
      }
      let tail = unsafe input + wholeWords * rowBytes + lane * tailBytes
      for byte in 0..<tailBytes {
        seam[16 + lane] |=
          unsafe UInt64(tail.load(fromByteOffset: byte, as: UInt8.self))
          << (8 * byte)
      }
    }
    let mask = UInt64.max >> UInt64(64 - width)
    for row in rowsBefore..<rows {
      let bit = row * width - (wholeWords - 1) * 64
      let (word, shift) = (bit >> 6, UInt64(bit & 63))
      for lane in 0..<laneCount {
        var value = seam[word * 16 + lane] &>> shift
        if word == 0, shift > 0 { value |= seam[16 + lane] &<< (64 - shift) }
        unsafe out[row * laneCount + lane] = Int64(bitPattern: value & mask)
      }
    }
  }

  /// Unpacks a plain bit stream, lowest bits first.
  private static func unpackStream(
    _ input: UnsafeRawBufferPointer, _ count: Int, _ width: Int, _ out: UnsafeMutablePointer<Int64>
  ) {
    let mask = UInt64.max >> UInt64(64 - width)
    for index in 0..<count {
      let bit = index * width
      let (byte, shift) = (bit >> 3, UInt64(bit & 7))
      var value: UInt64
      if byte + 8 <= input.count {
        value = unsafe UInt64(
          littleEndian: input.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
        value &>>= shift
        if Int(shift) + width > 64 { unsafe value |= UInt64(input[byte + 8]) &<< (64 - shift) }
      } else {
        value = 0
        for next in byte..<input.count {
          unsafe value |= UInt64(input[next]) << UInt64((next - byte) * 8)
        }
        value &>>= shift
      }
      unsafe out[index] = Int64(bitPattern: value & mask)
    }
  }
}
