internal import CTSQKernels

extension BitPacking {
  /// Packs integers less `base` to `width` bits each and appends the bytes.
  ///
  /// - Parameters:
  ///   - values: any number; bits above `width` are dropped.
  ///   - base: what is taken from each of them, modulo 2^64.
  ///   - width: bits per value, `0...64`.
  ///   - writer: receives `byteCount(count:width:)` bytes.
  ///   - words: memory that is kept from call to call; its contents do not matter.
  /// - Complexity: O(n), no allocation once `words` has grown.
  static func pack(
    _ values: Span<Int64>, base: Int64 = 0, width: Int, into writer: inout ByteWriter,
    words: inout [UInt64]
  ) {
    precondition((0...64).contains(width), "a width is 0 to 64 bits")
    if width == 0 { return }
    var done = 0
    while done < values.count {
      let group = min(groupCount, values.count - done)
      let interleaved = interleavedCount(of: group)
      packLanes(
        values.extracting(done..<done + interleaved), base, width, into: &writer, words: &words)
      packStream(values.extracting(done + interleaved..<done + group), base, width, into: &writer)
      done += group
    }
  }

  /// Packs whole rows into interleaved lanes.
  private static func packLanes(
    _ values: Span<Int64>, _ base: Int64, _ width: Int, into writer: inout ByteWriter,
    words: inout [UInt64]
  ) {
    let rows = values.count / laneCount
    if rows == 0 { return }
    let wholeWords = rows * width / 64
    let tailBytes = rows * width % 64 / 8
    words.removeAll(keepingCapacity: true)
    // One row more than is used: a value that ends on a word's end touches no next word.
    words.append(contentsOf: repeatElement(0, count: (wholeWords + 2) * laneCount))
    var target = words.mutableSpan
    unsafe values.withUnsafeBufferPointer { source in
      unsafe target.withUnsafeMutableBufferPointer { packed in
        guard let first = source.baseAddress, let word = packed.baseAddress else { return }
        unsafe tsq_pack_rows(first, rows, UInt32(width), base, word)
      }
    }
    writer.append(littleEndian: words.span.extracting(0..<wholeWords * laneCount))
    for lane in 0..<laneCount {
      writer.appendLow(bytes: tailBytes, of: words[wholeWords * laneCount + lane])
    }
  }

  /// Packs a plain bit stream, lowest bits first, padded with zero bits to a whole byte.
  private static func packStream(
    _ values: Span<Int64>, _ base: Int64, _ width: Int, into writer: inout ByteWriter
  ) {
    let mask = UInt64.max >> UInt64(64 - width)
    var (pending, pendingBits): (UInt64, Int) = (0, 0)
    for index in values.indices {
      let value = UInt64(bitPattern: values[index] &- base) & mask
      pending |= value << UInt64(pendingBits)
      pendingBits += width
      guard pendingBits >= 64 else { continue }
      writer.appendLow(bytes: 8, of: pending)
      pendingBits -= 64
      pending = pendingBits == 0 ? 0 : value >> UInt64(width - pendingBits)
    }
    writer.appendLow(bytes: (pendingBits + 7) / 8, of: pending)
  }
}
