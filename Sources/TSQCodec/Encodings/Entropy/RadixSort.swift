/// Sorts integers byte by byte, the lowest first, in memory that is kept.
///
/// The library's sort allocates for every block, and compares; a block's integers lie in a narrow range,
/// of which one or two bytes differ.
enum RadixSort {
  /// Sorts ascending.
  ///
  /// - Parameters:
  ///   - values: any integers.
  ///   - buffer: memory as large, of no meaning before and after.
  /// - Complexity: O(n) for each byte of the difference of largest and smallest.
  static func sort(_ values: inout [Int64], buffer: inout [Int64]) {
    guard var smallest = values.first else { return }
    var largest = smallest
    for value in values {
      smallest = min(smallest, value)
      largest = max(largest, value)
    }
    let range = UInt64(bitPattern: largest &- smallest)
    buffer.resizeScratch(values.count)
    var shift: UInt64 = 0
    while shift < 64, range >> shift > 0 {
      distribute(values.span, above: smallest, shift: shift, into: &buffer)
      swap(&values, &buffer)
      shift += 8
    }
  }

  /// Orders by one byte and leaves equals as they are.
  private static func distribute(
    _ values: Span<Int64>, above smallest: Int64, shift: UInt64, into target: inout [Int64]
  ) {
    var places = InlineArray<256, Int>(repeating: 0)
    for index in values.indices { places[digit(values[index], smallest, shift)] += 1 }
    var before = 0
    for digit in places.indices {
      let count = places[digit]
      places[digit] = before
      before += count
    }
    for index in values.indices {
      let digit = digit(values[index], smallest, shift)
      target[places[digit]] = values[index]
      places[digit] += 1
    }
  }

  private static func digit(_ value: Int64, _ smallest: Int64, _ shift: UInt64) -> Int {
    Int(truncatingIfNeeded: UInt64(bitPattern: value &- smallest) &>> shift & 0xff)
  }
}
