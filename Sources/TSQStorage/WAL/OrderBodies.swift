internal import TSQCodec
internal import TSQCore

/// The bodies of frames that hold no samples.
enum OrderBodies {
  /// The number a matcher's kind has in the file.
  private static let kinds: [LabelMatcher.Kind] = [.equal, .notEqual, .regex, .notRegex]

  static func append(_ tombstone: Tombstone, to writer: inout ByteWriter) {
    writer.append(littleEndian: tombstone.range.start.nanoseconds)
    writer.append(littleEndian: tombstone.range.end.nanoseconds)
    writer.append(varint: tombstone.matchers.count)
    for matcher in tombstone.matchers {
      writer.append(UInt8(kinds.firstIndex(of: matcher.kind) ?? 0))
      writer.append(text: matcher.name)
      writer.append(text: matcher.value)
    }
  }

  static func tombstone(_ reader: inout ByteReader) throws(WALBodyError) -> Tombstone {
    var matchers: [LabelMatcher] = []
    let start: Int64
    let end: Int64
    do {
      start = try reader.read(littleEndian: Int64.self)
      end = try reader.read(littleEndian: Int64.self)
      for _ in 0..<(try WALText.count(&reader)) {
        let kind = Int(try reader.readByte())
        guard kind < kinds.count else { throw WALBodyError.malformed("unknown matcher \(kind)") }
        let name = try WALText.text(&reader)
        let value = try WALText.text(&reader)
        matchers.append(try LabelMatcher(name: name, kind: kinds[kind], value: value))
      }
    } catch let error as WALBodyError {
      throw error
    } catch {
      throw .malformed("\(error)")
    }
    guard start <= end, !matchers.isEmpty else { throw .malformed("a deletion of nothing") }
    let range = TimeRange(
      start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    return Tombstone(matchers: matchers, range: range)
  }

  static func append(_ metadata: MetricMetadata, to writer: inout ByteWriter) {
    writer.append(text: metadata.metric)
    writer.append(text: metadata.kind.rawValue)
    writer.append(text: metadata.unit)
    writer.append(text: metadata.help)
  }

  static func metadata(_ reader: inout ByteReader) throws(WALBodyError) -> MetricMetadata {
    let metric = try WALText.text(&reader)
    // A kind that a later version knows is still a described metric.
    let kind = MetricMetadata.Kind(rawValue: try WALText.text(&reader)) ?? .unknown
    let unit = try WALText.text(&reader)
    return MetricMetadata(metric: metric, kind: kind, unit: unit, help: try WALText.text(&reader))
  }
}
