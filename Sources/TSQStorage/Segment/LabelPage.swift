import TSQCodec
import TSQCore

/// The labels of a run of series, in `LabelOrder`, each written as what differs from the one before.
///
/// A label set becomes one key: for each label its name, 0xFF, its value, 0xFF. The byte 0xFF never
/// stands in UTF-8, so that no text needs an escape. A row is: varint bytes in common with the key
/// before, varint bytes that follow, those bytes.
enum LabelPage {
  private static let terminator: UInt8 = 0xFF
  /// Longest key: what one series' labels can make a reader take.
  static let keyBytesMax = 32 << 20

  static func encode(_ series: some Sequence<Labels>) -> [UInt8] {
    var writer = ByteWriter()
    var previous: [UInt8] = []
    for labels in series {
      let key = key(of: labels)
      var shared = 0
      while shared < min(previous.count, key.count), previous[shared] == key[shared] { shared += 1 }
      writer.append(varint: shared)
      writer.append(varint: key.count - shared)
      writer.append(contentsOf: Array(key[shared...]))
      previous = key
    }
    return writer.bytes
  }

  /// Reads a page that should hold `count` series; stops after `limit` of them.
  static func decode(_ page: [UInt8], count: Int, limit: Int = .max) throws -> [Labels] {
    var reader = ByteReader(page.rawSpan)
    var series: [Labels] = []
    series.reserveCapacity(min(count, limit, page.count))
    var row = Row()
    for _ in 0..<min(count, limit) {
      let shared = try reader.readCount(maximum: row.key.count)
      let rest = try reader.readCount(maximum: min(reader.remaining, keyBytesMax - shared))
      try row.replace(after: shared, by: try reader.readBytes(rest))
      guard let labels = Labels(row.labels), labels.pairs.count == row.labels.count else {
        throw InvalidPart("a label is empty or stands twice")
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

  static func key(of labels: Labels) -> [UInt8] {
    var key: [UInt8] = []
    for pair in labels.pairs {
      key += pair.name.utf8
      key.append(terminator)
      key += pair.value.utf8
      key.append(terminator)
    }
    return key
  }

  /// The row being read: its key, and the labels in it with where each ends.
  ///
  /// Most labels are those of the row before, whose texts are used again.
  private struct Row {
    private var bytes = ByteWriter()
    var labels: [Label] = []
    private var ends: [Int] = []

    var key: [UInt8] { bytes.bytes }

    mutating func replace(after shared: Int, by rest: RawSpan) throws {
      while let end = ends.last, end > shared {
        ends.removeLast()
        labels.removeLast()
      }
      bytes.truncate(to: shared)
      bytes.append(rest)
      let key = bytes.bytes
      var start = ends.last ?? 0
      var name: String?
      var index = start
      while index < key.count {
        defer { index += 1 }
        guard key[index] == terminator else { continue }
        guard let text = String(validating: key[start..<index], as: UTF8.self) else {
          throw InvalidPart("a label is not UTF-8")
        }
        start = index + 1
        if let known = name {
          labels.append(Label(name: known, value: text))
          ends.append(start)
          name = nil
        } else {
          name = text
        }
      }
      guard start == key.count, name == nil else { throw InvalidPart("a label key is cut short") }
    }
  }
}
