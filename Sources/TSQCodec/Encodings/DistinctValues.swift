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
    guard collect(values, into: &entries) else { return }
    indices.resizeScratch(values.count)
    for index in values.indices {
      indices[index] = Int64(position(of: values[index], in: entries.span))
    }
    writer.append(IntegerColumn.nestingCode(.dictionary))
    writer.append(varint: entries.count)
    IntegerColumn.encodeLeaf(entries.span, into: &writer, effort: effort, scratch: &scratch)
    IntegerColumn.encodeLeaf(indices.span, into: &writer, effort: effort, scratch: &scratch)
  }

  /// Gathers the distinct values, ascending; `false` as soon as there are too many.
  private static func collect(_ values: Span<Int64>, into entries: inout [Int64]) -> Bool {
    entries.removeAll(keepingCapacity: true)
    // A dictionary with few repeats saves nothing.
    let most = min(entryCountMax, values.count / 2)
    for index in values.indices {
      let value = values[index]
      let place = position(of: value, in: entries.span)
      if place < entries.count, entries[place] == value { continue }
      if entries.count == most { return false }
      entries.insert(value, at: place)
    }
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
