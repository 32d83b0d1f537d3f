import TSQCodec
import TSQCore

/// What is known about metrics, so that it outlives the log it arrived in.
///
/// A row: metric name, kind, unit and help, each as varint length and UTF-8 bytes. A kind that this
/// version does not know is read as `unknown`.
enum MetadataPart {
  /// Longest text, bytes.
  static let textBytesMax = 16 << 20

  static func encode(_ metadata: [MetricMetadata]) -> [UInt8] {
    var writer = ByteWriter()
    for entry in metadata {
      for text in [entry.metric, entry.kind.rawValue, entry.unit, entry.help] {
        writer.append(varint: text.utf8.count)
        writer.append(contentsOf: Array(text.utf8))
      }
    }
    return writer.bytes
  }

  static func decode(_ bytes: [UInt8]) throws -> [MetricMetadata] {
    var reader = ByteReader(bytes.rawSpan)
    var metadata: [MetricMetadata] = []
    while !reader.isAtEnd {
      var texts: [String] = []
      for _ in 0..<4 {
        let length = try reader.readCount(maximum: textBytesMax)
        let bytes = SegmentFormat.copy(try reader.readBytes(length))
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw InvalidPart("a text is not UTF-8")
        }
        texts.append(text)
      }
      metadata.append(
        MetricMetadata(
          metric: texts[0], kind: MetricMetadata.Kind(rawValue: texts[1]) ?? .unknown,
          unit: texts[2], help: texts[3]))
    }
    return metadata
  }
}
