/// Memory that encoding and decoding keep from block to block, so that neither allocates per block.
///
/// A reader or writer of many frames owns one and passes it along; its contents mean nothing between
/// calls. One at a time per task: it is a value, and a copy would only copy memory.
public struct ColumnScratch: Sendable {
  /// The integers a column of values is made from, or is being decoded to.
  var integers: [Int64] = []
  /// The second integers of a value: residuals in units of last place, or the low bits of a split.
  var seconds: [Int64] = []
  /// Integers less the first one, divided by their common divisor.
  var quotients: [Int64] = []
  /// What the predictor leaves over.
  var residuals: [Int64] = []
  /// Children of run length and dictionary.
  var children: [Int64] = []
  var childIndices: [Int64] = []
  /// Interleaved words being packed.
  var words: [UInt64] = []
  /// Positions that a transform cannot express, ascending.
  var exceptions: [Int] = []
  /// The payload being written and its rivals.
  var payload = ByteWriter()
  var rival = ByteWriter()
  var trial = ByteWriter()
  var child = ByteWriter()
  /// A payload with LZ4 around it, and without.
  var compressed: [UInt8] = []
  var plain: [UInt8] = []
  /// Tables of the cold tier.
  var entropy = EntropyCoding.Scratch()
  /// A column decoded again, to be compared with what was to be written.
  var checkTimes: [Int64] = []
  var checkValues: [Double] = []

  /// Scratch memory that has not grown yet.
  public init() {}
}

extension Array where Element: FixedWidthInteger {
  /// Makes the array hold exactly `count` elements of no meaning, without giving memory back.
  mutating func resizeScratch(_ count: Int) {
    if self.count > count {
      removeLast(self.count - count)
    } else {
      append(contentsOf: repeatElement(0, count: count - self.count))
    }
  }
}

/// Moves memory out of scratch, leaving none behind, so that it can be passed on without a copy.
func taken<Element>(_ memory: inout [Element]) -> [Element] {
  var moved: [Element] = []
  swap(&moved, &memory)
  return moved
}

/// Moves memory out of scratch, leaving none behind, so that it can be passed on without a copy.
func taken(_ writer: inout ByteWriter) -> ByteWriter {
  var moved = ByteWriter()
  swap(&moved, &writer)
  return moved
}
