import TSQCodec
import TSQCore

/// The labels of a run of series, in `LabelOrder`, each written as what differs from the one before.
///
/// A label set becomes one key: for each label its name, 0xFF, its value, 0xFF. The byte 0xFF never
/// stands in UTF-8, so that no text needs an escape. A row is: varint bytes in common with the key
/// before, varint bytes that follow, those bytes.
enum LabelPage {
  static let terminator: UInt8 = 0xFF
  /// Longest key: what one series' labels can make a reader take.
  static let keyBytesMax = 32 << 20

  static func encode(_ series: some Sequence<Labels>) -> [UInt8] {
    var writer = LabelPageWriter()
    for labels in series { writer.append(labels) }
    return writer.bytes
  }

  /// Reads a page that should hold `count` series; stops after `limit` of them.
  static func decode(_ page: [UInt8], count: Int, limit: Int = .max) throws -> [Labels] {
    var reader = ByteReader(page.rawSpan)
    var series: [Labels] = []
    series.reserveCapacity(min(count, limit, page.count))
    var row = LabelRow()
    var pairs: [Label] = []
    for _ in 0..<min(count, limit) {
      try row.read(&reader)
      // Most labels are those of the row before, whose texts are used again.
      pairs.removeLast(pairs.count - row.keptCount)
      for cut in row.cuts[row.keptCount...] {
        guard let name = String(validating: row.key[cut.name], as: UTF8.self),
          let value = String(validating: row.key[cut.value], as: UTF8.self)
        else { throw InvalidPart("a label is not UTF-8") }
        pairs.append(Label(name: name, value: value))
      }
      guard let labels = Labels(pairs), labels.pairs == pairs else {
        throw InvalidPart("a label is empty, stands twice or out of order")
      }
      if let last = series.last, LabelOrder.compare(last, labels) >= 0 {
        throw InvalidPart("its series are not in order")
      }
      series.append(labels)
    }
    guard reader.isAtEnd || limit < count else {
      throw InvalidPart("\(reader.remaining) bytes follow its last row")
    }
    return series
  }
}

/// A page of labels being written, row by row.
struct LabelPageWriter {
  private var writer = ByteWriter()
  private var key: [UInt8] = []
  private var previous: [UInt8] = []
  /// Bytes of all names and values so far.
  private(set) var textByteCount = 0

  /// The page so far.
  var bytes: [UInt8] { writer.bytes }

  /// Adds the row of a series.
  mutating func append(_ labels: Labels) {
    key.removeAll(keepingCapacity: true)
    for pair in labels.pairs {
      key.append(contentsOf: pair.name.utf8)
      key.append(LabelPage.terminator)
      key.append(contentsOf: pair.value.utf8)
      key.append(LabelPage.terminator)
    }
    textByteCount += key.count - 2 * labels.pairs.count
    var shared = 0
    while shared < min(previous.count, key.count), previous[shared] == key[shared] { shared += 1 }
    writer.append(varint: shared)
    writer.append(varint: key.count - shared)
    let row = key
    writer.append(row.rawSpan.extracting(shared..<row.count))
    swap(&key, &previous)
  }

  /// Begins the next page.
  mutating func removeAllKeepingCapacity() {
    writer.removeAllKeepingCapacity()
    previous.removeAll(keepingCapacity: true)
    textByteCount = 0
  }
}

/// The row of a label page that was read last: its key, and where the labels in it lie.
struct LabelRow {
  /// Where a label's texts lie in the key.
  struct Cut {
    var name: Range<Int>
    var value: Range<Int>
  }

  private(set) var key: [UInt8] = []
  private(set) var cuts: [Cut] = []
  /// How many labels, the first ones, are those of the row before.
  private(set) var keptCount = 0

  /// Reads the next row.
  ///
  /// - Throws: `InvalidPart` or `ByteReadError` where the bytes are no row.
  @_lifetime(reader: copy reader)
  mutating func read(_ reader: inout ByteReader) throws {
    let shared = try reader.readCount(maximum: key.count)
    let rest = try reader.readCount(
      maximum: min(reader.remaining, LabelPage.keyBytesMax - shared))
    while let last = cuts.last, last.value.upperBound >= shared { cuts.removeLast() }
    keptCount = cuts.count
    key.removeLast(key.count - shared)
    let bytes = try reader.readBytes(rest)
    unsafe bytes.withUnsafeBytes { unsafe key.append(contentsOf: $0) }
    var start = cuts.last.map { $0.value.upperBound + 1 } ?? 0
    var name: Range<Int>?
    for index in start..<key.count where key[index] == LabelPage.terminator {
      if let known = name {
        cuts.append(Cut(name: known, value: start..<index))
        name = nil
      } else {
        name = start..<index
      }
      start = index + 1
    }
    guard start == key.count, name == nil else { throw InvalidPart("a label key is cut short") }
  }
}
