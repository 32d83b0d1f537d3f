internal import TSQCore

/// Keys that name a whole series, where line protocol's name a group of fields.
///
/// Each starts with a line feed and a letter for its form: `P` label pairs, `T` a series as
/// exposition text, `R` the label messages of remote write. One table holds all of them beside
/// those of line protocol, so that a series is resolved once for each way it is written.
extension SeriesKeyTable {
  /// The key of a whole series, or `nil` when it was never seen.
  ///
  /// - Complexity: O(length): one hash and, mostly, one comparison.
  func wholeKey(_ bytes: RawSpan, hash: UInt64) -> UInt32? {
    guard let group = group(bytes, from: 0, to: bytes.byteCount, hash: hash) else { return nil }
    return fields[Int(groups[Int(group)].firstField)].key
  }

  /// Keeps the key of a whole series; `nil` where the table is full.
  mutating func addWholeKey(_ bytes: RawSpan, hash: UInt64) -> UInt32? {
    guard hasRoom(keyBytes: bytes.byteCount + Self.bareName.count, fieldCount: 1) else {
      return nil
    }
    let group = addGroup(bytes, from: 0, to: bytes.byteCount, hash: hash)
    let name = unsafe Self.bareName.span.bytes
    let field = addField(name, from: 0, to: name.byteCount, group: group)
    groups[Int(group)].firstField = field
    return key(ofField: field)
  }

  private static let bareName = Array(bareField.utf8)

  /// The labels of a whole series' key.
  ///
  /// - Parameter range: where the key stands in `text`, its two leading bytes included.
  /// - Returns: `nil` where the bytes are no such key.
  func wholeLabels(_ range: Range<Int>) -> Labels? {
    let bytes = unsafe text.span.bytes
    let content = (range.lowerBound + 2)..<range.upperBound
    switch bytes.octet(range.lowerBound + 1) {
    case LabelKey.form: return LabelKey.labels(bytes, content)
    case SeriesText.form: return SeriesText.labels(bytes, content)
    case RemoteLabels.form: return RemoteLabels.labels(bytes, content)
    default: return nil
    }
  }
}
