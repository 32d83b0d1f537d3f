/// Dictionary: the distinct values once, and an index for each integer.
///
/// Layout: the code byte of `IntegerColumn.Packing.dictionary`, the number of distinct values
/// (varint), the column of distinct values, ascending, and the column of indices.
enum DistinctValues {
  /// Most distinct values worth a dictionary: beyond, an index takes a byte and more.
  static let entryCountMax = 256

  /// Writes a column to `scratch.child`, or nothing where there are too many distinct values.
  static func encode(
    _ values: Span<Int64>, effort: EncodingEffort, scratch: inout ColumnScratch
  ) {
    var entries = taken(&scratch.children)
    var indices = taken(&scratch.childIndices)
    var writer = taken(&scratch.child)
    defer {
      scratch.children = entries
      scratch.childIndices = indices
      scratch.child = writer
    }
    indices.resizeScratch(values.count)
    guard collect(values, into: &entries, &indices) else { return }
    writer.append(IntegerColumn.nestingCode(.dictionary))
    writer.append(varint: entries.count)
    IntegerColumn.encodeLeaf(entries.span, into: &writer, effort: effort, scratch: &scratch)
    IntegerColumn.encodeLeaf(indices.span, into: &writer, effort: effort, scratch: &scratch)
  }

  /// Places of the table that finds a value again: four times as many as there may be.
  private static let slotBits = 10

  /// Gathers the distinct values, ascending, and the place of each integer among them; `false` as soon
  /// as there are too many.
  ///
  /// - Complexity: O(values), and O(log entries + entries) for each distinct value.
  private static func collect(
    _ values: Span<Int64>, into entries: inout [Int64], _ indices: inout [Int64]
  ) -> Bool {
    entries.removeAll(keepingCapacity: true)
    // A dictionary with few repeats saves nothing.
    let most = min(entryCountMax, values.count / 2)
    // The values in order of appearance, and where the table has them; 0 where it has none.
    var seen = InlineArray<256, Int64>(repeating: 0)
    var slots = InlineArray<1024, UInt16>(repeating: 0)
    for index in values.indices {
      let value = values[index]
      let mixed = UInt64(bitPattern: value) &* 0x9e37_79b9_7f4a_7c15
      var slot = Int(truncatingIfNeeded: mixed >> UInt64(64 - slotBits))
      while slots[slot] > 0, seen[Int(slots[slot]) - 1] != value { slot = (slot + 1) & 1023 }
      if slots[slot] == 0 {
        if entries.count == most { return false }
        seen[entries.count] = value
        entries.insert(value, at: position(of: value, in: entries.span))
        slots[slot] = UInt16(entries.count)
      }
      indices[index] = Int64(slots[slot]) - 1
    }
    for place in entries.indices {
      seen[place] = Int64(position(of: seen[place], in: entries.span))
    }
    for index in indices.indices { indices[index] = seen[Int(indices[index])] }
    return true
  }

  /// The first index whose entry is not below a value, found in O(log n).
  private static func position(of value: Int64, in entries: Span<Int64>) -> Int {
    var (low, high) = (0, entries.count)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Reads what follows the code byte.
  static func decode(
    from reader: inout ByteReader, into values: inout MutableSpan<Int64>,
    scratch: inout ColumnScratch
  ) throws(ByteReadError) {
    let offset = reader.position
    let entryCount = try reader.readCount(maximum: values.count)
    var memory = taken(&scratch.children)
    defer { scratch.children = memory }
    memory.resizeScratch(entryCount)
    var entries = memory.mutableSpan
    try IntegerColumn.decodeLeaf(from: &reader, into: &entries, scratch: &scratch)
    try IntegerColumn.decodeLeaf(from: &reader, into: &values, scratch: &scratch)
    for index in values.indices {
      let place = values[index]
      guard place >= 0, place < Int64(entryCount) else {
        throw .countOutOfRange(
          offset: offset, count: UInt64(bitPattern: place), maximum: entryCount - 1)
      }
      values[index] = entries[Int(place)]
    }
  }
}
