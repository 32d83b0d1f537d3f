/// Run length: equal neighbours as one value and a length.
///
/// Layout: the code byte of `IntegerColumn.Packing.runs`, the number of runs (varint), the column of
/// values, the column of lengths; the lengths add up to the number of integers.
enum RunLength {
  /// Writes a column to `scratch.child`.
  static func encode(
    _ values: Span<Int64>, effort: EncodingEffort, scratch: inout ColumnScratch
  ) {
    var runValues = taken(&scratch.children)
    var runLengths = taken(&scratch.childIndices)
    var writer = taken(&scratch.child)
    defer {
      scratch.children = runValues
      scratch.childIndices = runLengths
      scratch.child = writer
    }
    runValues.removeAll(keepingCapacity: true)
    runLengths.removeAll(keepingCapacity: true)
    for index in values.indices {
      if index > 0, values[index] == values[index - 1] {
        runLengths[runLengths.count - 1] += 1
      } else {
        runValues.append(values[index])
        runLengths.append(1)
      }
    }
    writer.append(IntegerColumn.nestingCode(.runs))
    writer.append(varint: runValues.count)
    IntegerColumn.encodeLeaf(runValues.span, into: &writer, effort: effort, scratch: &scratch)
    IntegerColumn.encodeLeaf(runLengths.span, into: &writer, effort: effort, scratch: &scratch)
  }

  /// Reads what follows the code byte.
  static func decode(
    from reader: inout ByteReader, into values: inout MutableSpan<Int64>,
    scratch: inout ColumnScratch
  ) throws(ByteReadError) {
    let offset = reader.position
    let runCount = try reader.readCount(maximum: values.count)
    var valueMemory = taken(&scratch.children)
    var lengthMemory = taken(&scratch.childIndices)
    defer {
      scratch.children = valueMemory
      scratch.childIndices = lengthMemory
    }
    valueMemory.resizeScratch(runCount)
    lengthMemory.resizeScratch(runCount)
    var runValues = valueMemory.mutableSpan
    try IntegerColumn.decodeLeaf(from: &reader, into: &runValues, scratch: &scratch)
    var runLengths = lengthMemory.mutableSpan
    try IntegerColumn.decodeLeaf(from: &reader, into: &runLengths, scratch: &scratch)
    var done = 0
    for run in 0..<runCount {
      let length = runLengths[run]
      guard length > 0, length <= Int64(values.count - done) else {
        throw .countOutOfRange(
          offset: offset, count: UInt64(bitPattern: length), maximum: values.count - done)
      }
      let (end, value) = (done + Int(length), runValues[run])
      for index in done..<end { values[index] = value }
      done = end
    }
    guard done == values.count else {
      throw .truncated(offset: reader.position, missingBytes: values.count - done)
    }
  }
}
