internal import GRDB
import TSQCodec

/// The checksum of one row of a table: CRC-32C over the table's name and the row's values.
///
/// The canonical bytes: the name as varint length and UTF-8, then each value in the order of the
/// table's columns: a byte for its kind (0 null, 1 integer, 2 real, 3 text, 4 blob), then nothing, a
/// zigzag varint, 8 bytes of the bit pattern, or a varint length and the bytes.
enum RowChecksum {
  static func checksum(table: String, _ values: some Sequence<DatabaseValue>) -> UInt32 {
    var writer = ByteWriter(capacity: 128)
    append(Array(table.utf8), to: &writer)
    for value in values {
      switch value.storage {
      case .null: writer.append(UInt8(0))
      case .int64(let integer):
        writer.append(UInt8(1))
        writer.append(zigzag: integer)
      case .double(let real):
        writer.append(UInt8(2))
        writer.append(littleEndian: real.bitPattern)
      case .string(let text):
        writer.append(UInt8(3))
        append(Array(text.utf8), to: &writer)
      case .blob(let data):
        writer.append(UInt8(4))
        append(Array(data), to: &writer)
      }
    }
    return CRC32C.checksum(writer.bytes.rawSpan)
  }

  private static func append(_ bytes: [UInt8], to writer: inout ByteWriter) {
    writer.append(varint: bytes.count)
    writer.append(contentsOf: bytes)
  }
}

/// Rows that are not what was written: too many, too few, or changed.
struct DamagedTable: Error, CustomStringConvertible {
  let table: String
  let reason: String

  var description: String { "table `\(table)`: \(reason)" }
}
