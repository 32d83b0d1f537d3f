internal import TSQCodec

/// Integers of one frame as deltas: series numbers and times.
///
/// Three layouts, named by the first byte. Runs of equal deltas hold whole scrapes in a few bytes;
/// single deltas hold what is merely close together; raw words hold the rest, so that no input
/// makes the column larger than 8 bytes a number.
enum IntegerColumn {
  private static let runs: UInt8 = 0
  private static let deltas: UInt8 = 1
  private static let raw: UInt8 = 2
  /// Numbers are divided by ten to this power times three: times of coarse clocks.
  private static let units: [Int64] = [1, 1_000, 1_000_000, 1_000_000_000]
  /// A run costs at least two bytes and a branch more to decode than the deltas it stands for.
  private static let numbersPerRunMin = 3

  /// Writes a column.
  ///
  /// - Complexity: O(n), two passes at most, no allocation but the writer's.
  static func encode(_ numbers: Span<Int64>, into writer: inout ByteWriter) {
    guard numbers.count > 0 else { return }
    let runCount = countRuns(numbers)
    if runCount * numbersPerRunMin <= numbers.count {
      writer.append(runs)
      appendRuns(numbers, into: &writer)
      return
    }
    let unit = commonUnit(numbers)
    if widestDelta(numbers, divisor: units[unit]) >> 49 != 0 {
      writer.append(raw)
      unsafe writer.append(numbers.bytes)
      return
    }
    writer.append(deltas | UInt8(unit) << 4)
    // Dividing by one takes as long as by any other number.
    if unit == 0 { return writer.append(deltasOf: numbers) }
    let divisor = units[unit]
    var previous: Int64 = 0
    for index in numbers.indices {
      let number = numbers[index] / divisor
      writer.append(zigzag: number &- previous)
      previous = number
    }
  }

  /// How many runs of equal deltas there are; the first number is no delta.
  private static func countRuns(_ numbers: Span<Int64>) -> Int {
    var count = 0
    var (last, delta): (Int64, Int64) = (numbers[0], 0)
    for index in 1..<max(1, numbers.count) {
      let next = numbers[index] &- last
      if next != delta || index == 1 { count += 1 }
      delta = next
      last = numbers[index]
    }
    return count
  }

  private static func appendRuns(_ numbers: Span<Int64>, into writer: inout ByteWriter) {
    writer.append(zigzag: numbers[0])
    var start = 1
    while start < numbers.count {
      let delta = numbers[start] &- numbers[start - 1]
      var end = start + 1
      while end < numbers.count, numbers[end] &- numbers[end - 1] == delta { end += 1 }
      writer.append(zigzag: delta)
      writer.append(varint: end - start)
      start = end
    }
  }

  /// The largest unit, by index, that divides every number.
  private static func commonUnit(_ numbers: Span<Int64>) -> Int {
    var unit = units.count - 1
    for index in numbers.indices {
      while unit > 0, numbers[index] % units[unit] != 0 { unit -= 1 }
      if unit == 0 { return 0 }
    }
    return unit
  }

  /// All bits that any zigzag delta but the first sets.
  private static func widestDelta(_ numbers: Span<Int64>, divisor: Int64) -> UInt64 {
    var bits: UInt64 = 0
    if divisor == 1 {
      for index in 1..<max(1, numbers.count) {
        bits |= ZigZag.encode(numbers[index] &- numbers[index - 1])
      }
      return bits
    }
    for index in 1..<max(1, numbers.count) {
      bits |= ZigZag.encode(numbers[index] / divisor &- numbers[index - 1] / divisor)
    }
    return bits
  }

  /// Reads a column of a known number of integers.
  ///
  /// - Throws: `WALBodyError` where the bytes are no column of that many.
  static func decode(
    count: Int, from reader: inout ByteReader, into numbers: inout [Int64]
  ) throws(WALBodyError) {
    numbers.removeAll(keepingCapacity: true)
    guard count > 0 else { return }
    do {
      let layout = try reader.readByte()
      switch layout & 0x0f {
      case runs where layout == runs: try decodeRuns(count, &reader, &numbers)
      case deltas where layout >> 4 < units.count:
        try decodeDeltas(count, unit: units[Int(layout >> 4)], &reader, &numbers)
      case raw where layout == raw:
        for _ in 0..<count { numbers.append(try reader.read(littleEndian: Int64.self)) }
      default: throw WALBodyError.malformed("unknown column layout \(layout)")
      }
    } catch let error as WALBodyError {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
  }

  private static func decodeRuns(
    _ count: Int, _ reader: inout ByteReader, _ numbers: inout [Int64]
  ) throws {
    var number = try reader.readZigzag()
    numbers.reserveCapacity(count)
    numbers.append(number)
    while numbers.count < count {
      let delta = try reader.readZigzag()
      let length = try reader.readCount(maximum: count - numbers.count)
      if length == 0 { throw WALBodyError.malformed("an empty run") }
      if delta == 0 {
        numbers.append(contentsOf: repeatElement(number, count: length))
        continue
      }
      for _ in 0..<length {
        number &+= delta
        numbers.append(number)
      }
    }
  }

  private static func decodeDeltas(
    _ count: Int, unit: Int64, _ reader: inout ByteReader, _ numbers: inout [Int64]
  ) throws {
    var number: Int64 = 0
    // At least a byte each, so that the count cannot outgrow the bytes.
    guard count <= reader.remaining else {
      throw WALBodyError.malformed("\(count) deltas in \(reader.remaining) bytes")
    }
    numbers.reserveCapacity(count)
    for _ in 0..<count {
      number &+= try reader.readZigzag()
      numbers.append(number &* unit)
    }
  }
}
