internal import TSQCodec
internal import TSQCore

extension ByteWriter {
  /// Writes a text as its length in bytes and its UTF-8.
  mutating func append(text: String) {
    var text = text
    text.makeContiguousUTF8()
    append(varint: text.utf8.count)
    unsafe append(text.utf8Span.span.bytes)
  }

  /// Writes a label set: the number of labels, then name and value of each.
  mutating func append(labels: Labels) {
    append(varint: labels.pairs.count)
    for pair in labels.pairs {
      append(text: pair.name)
      append(text: pair.value)
    }
  }
}

/// Reads what the writer's text methods wrote.
enum WALText {
  /// Reads a text.
  static func text(_ reader: inout ByteReader) throws(WALBodyError) -> String {
    let text: String?
    do {
      let count = try reader.readCount(maximum: reader.remaining)
      let bytes = try reader.readBytes(count)
      text = unsafe bytes.withUnsafeBytes { unsafe String(validating: $0, as: UTF8.self) }
    } catch {
      throw .malformed("\(error)")
    }
    guard let text else { throw .malformed("a text is not UTF-8") }
    return text
  }

  /// Reads a label set.
  static func labels(_ reader: inout ByteReader) throws(WALBodyError) -> Labels {
    let count = try WALText.count(&reader)
    var pairs: [Label] = []
    for _ in 0..<count {
      pairs.append(Label(name: try text(&reader), value: try text(&reader)))
    }
    guard let labels = Labels(pairs) else { throw .malformed("a label name is empty or doubled") }
    return labels
  }

  /// Reads a count of things that take at least one byte each.
  static func count(_ reader: inout ByteReader) throws(WALBodyError) -> Int {
    do {
      return try reader.readCount(maximum: reader.remaining)
    } catch {
      throw .malformed("\(error)")
    }
  }
}
