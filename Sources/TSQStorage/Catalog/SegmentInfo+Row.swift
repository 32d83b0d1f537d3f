internal import Foundation
internal import GRDB
import TSQCore

extension SegmentInfo {
  /// The row of a segment, in the order of the table's columns.
  ///
  /// Sequences are stored as the signed number with the same bits.
  func row(id: Int64) throws -> [DatabaseValue] {
    let names = String(decoding: try JSONEncoder().encode(supersedes), as: UTF8.self)
    return [
      id.databaseValue, name.databaseValue, Data(storeID.bytes).databaseValue,
      Int64(bitPattern: sequences.lowerBound).databaseValue,
      Int64(bitPattern: sequences.upperBound).databaseValue, partition.databaseValue,
      names.databaseValue, timeRange?.start.nanoseconds.databaseValue ?? .null,
      timeRange?.end.nanoseconds.databaseValue ?? .null, seriesCount.databaseValue,
      blockCount.databaseValue, sampleCount.databaseValue, fileSize.databaseValue,
      Int64(rootChecksum).databaseValue,
    ]
  }

  /// Reads a row whose checksum was compared.
  static func decode(_ row: [DatabaseValue]) throws -> (id: Int64, info: SegmentInfo) {
    let numbers = row.map { Int64.fromDatabaseValue($0) }
    guard row.count == 14, let id = numbers[0], let name = String.fromDatabaseValue(row[1]),
      let bytes = Data.fromDatabaseValue(row[2]), let storeID = StoreID(bytes: Array(bytes)),
      let first = numbers[3], let last = numbers[4], let partition = numbers[5],
      UInt64(bitPattern: first) <= UInt64(bitPattern: last),
      let supersedes = String.fromDatabaseValue(row[6]), let series = numbers[9],
      let blocks = numbers[10], let samples = numbers[11], let size = numbers[12],
      let checksum = numbers[13].flatMap({ UInt32(exactly: $0) })
    else { throw DamagedTable(table: "segments", reason: "a row makes no sense") }
    var range: TimeRange?
    if let start = numbers[7], let end = numbers[8], start <= end {
      range = TimeRange(
        start: Timestamp(nanoseconds: start), end: Timestamp(nanoseconds: end))
    }
    let info = SegmentInfo(
      name: name, storeID: storeID,
      sequences: UInt64(bitPattern: first)...UInt64(bitPattern: last), partition: partition,
      supersedes: try JSONDecoder().decode([String].self, from: Data(supersedes.utf8)),
      timeRange: range, seriesCount: Int(series), blockCount: Int(blocks),
      sampleCount: Int(samples), fileSize: size, rootChecksum: checksum)
    return (id, info)
  }
}
