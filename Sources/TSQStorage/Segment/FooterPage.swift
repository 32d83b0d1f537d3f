import TSQCodec

/// The packing around every page of the footer: one byte that says how, then the page.
///
///     0   the page as it is
///     1   varint size of the page, then LZ4
enum FooterPage {
  /// LZ4 is kept where it saves at least this part of a page, in percent: unpacking costs time at
  /// every read.
  static let compressionGainPercentMin = 10

  static func pack(_ page: [UInt8]) -> [UInt8] {
    var writer = ByteWriter(capacity: page.count + 1)
    let most = page.count * (100 - compressionGainPercentMin) / 100
    if let compressed = LZ4.compress(page.rawSpan), compressed.count + 5 <= most {
      writer.append(UInt8(1))
      writer.append(varint: page.count)
      writer.append(contentsOf: compressed)
    } else {
      writer.append(UInt8(0))
      writer.append(contentsOf: page)
    }
    return writer.bytes
  }

  /// The page inside a packing whose checksum has been compared.
  static func unpack(_ packed: [UInt8]) throws -> [UInt8] {
    var reader = ByteReader(packed.rawSpan)
    switch try reader.readByte() {
    case 0: return Array(packed[1...])
    case 1:
      let size = try reader.readCount(maximum: SegmentFormat.pageBytesMax)
      return try LZ4.decompress(try reader.readBytes(reader.remaining), expectedCount: size)
    case let other: throw InvalidPart("a page is packed in the unknown way \(other)")
    }
  }
}
