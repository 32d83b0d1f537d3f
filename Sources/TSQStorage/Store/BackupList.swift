internal import Foundation
import TSQCore

/// The segments of a backup, as the file `BACKUP` in it says: what nobody can see missing otherwise.
///
/// Goes when the backup is opened to write: from then on it is a store like any other, whose catalog is
/// the list.
struct BackupList: Hashable, Codable, Sendable {
  static let fileName = "BACKUP"
  static let magic = Array("TSQBACKP".utf8)
  static let version: UInt32 = 1

  /// One segment as it was taken over.
  struct Segment: Hashable, Codable, Sendable {
    var name: String
    /// Its size.
    var bytes: Int64
    /// CRC-32C of its root, which has the checksums of everything but the samples' own.
    var checksum: UInt32
    var samples: Int
    /// Times of its first and last sample, nanoseconds; both missing where it has none.
    var firstTime: Int64?
    var lastTime: Int64?

    init(_ info: SegmentInfo) {
      name = info.name
      bytes = info.fileSize
      checksum = info.rootChecksum
      samples = info.sampleCount
      firstTime = info.timeRange?.start.nanoseconds
      lastTime = info.timeRange?.end.nanoseconds
    }

    /// The time of its samples.
    var range: TimeRange? {
      guard let firstTime, let lastTime, firstTime <= lastTime else { return nil }
      return TimeRange(
        start: Timestamp(nanoseconds: firstTime), end: Timestamp(nanoseconds: lastTime))
    }

    /// Whether a segment is the one that was taken over.
    func isThat(_ info: SegmentInfo) -> Bool {
      info.name == name && info.fileSize == bytes && info.rootChecksum == checksum
    }
  }

  var segments: [Segment]

  init(_ handles: [SegmentHandle]) { segments = handles.map { Segment($0.info) } }

  /// Writes the list durably.
  func write(to folder: StoreFolder) throws(StoreError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let payload: Data
    do { payload = try encoder.encode(self) } catch {
      throw .invalidArgument("the list of segments cannot be written as JSON: \(error)")
    }
    try CheckedFile.write(
      folder.fileSystem, directory: folder.path, name: Self.fileName, magic: Self.magic,
      version: Self.version, payload: Array(payload))
  }

  /// The list of a folder; `nil` where it has none, because it is no backup.
  ///
  /// - Throws: `.damaged` where it cannot be read; `.newerFormat`.
  static func read(_ folder: StoreFolder) throws(StoreError) -> BackupList? {
    let path = folder.path + "/" + fileName
    guard
      let content = try CheckedFile.read(
        folder.fileSystem, path, magic: magic, supported: version)
    else { return nil }
    guard let list = try? JSONDecoder().decode(BackupList.self, from: Data(content.payload)) else {
      throw .damaged(DamageReport(path: path, reason: "its content is no list of segments"))
    }
    return list
  }
}

extension StoreFolder {
  /// What is missing of a backup, by its list; a folder without one is no backup.
  ///
  /// - Parameter held: the segments that are there and can be opened.
  /// - Returns: a report on each segment that is not there, or is another one.
  func missingOfBackup(_ held: [SegmentInfo]) -> [DamageReport] {
    let list: BackupList?
    do throws(StoreError) { list = try BackupList.read(self) } catch {
      return [
        DamageReport(
          path: path + "/" + BackupList.fileName,
          reason: "\(error.reason); whether a segment of the backup is missing is not known")
      ]
    }
    guard let list else { return [] }
    let found = Dictionary(uniqueKeysWithValues: held.map { ($0.name, $0) })
    return list.segments.compactMap { segment in
      let file = segments + "/" + segment.name
      guard let info = found[segment.name] else {
        // One that is there and cannot be opened has a report of its own.
        if accounts(for: segment.name) { return nil }
        return DamageReport(
          path: file, range: segment.range,
          reason: "its file is gone from the backup, with "
            + CountText.text(segment.samples, "sample"), isMissing: true,
          note: .pending(StoreFolder.lostSegmentNote(segment.name)))
      }
      if segment.isThat(info) { return nil }
      return DamageReport(
        path: file, range: segment.range, reason: "it is not the file that the backup was made with"
      )
    }
  }

  /// Makes a backup a store that can be written to: what it misses is remembered, its list goes.
  ///
  /// - Parameter missing: what `missingOfBackup` found.
  /// - Throws: `.file` where that cannot be made durable; the list stays then.
  func adoptBackup(_ missing: [DamageReport]) throws(StoreError) {
    let list = path + "/" + BackupList.fileName
    guard fileSystem.exists(list) else { return }
    for report in missing where report.isMissing {
      guard let name = report.path.split(separator: "/").last else { continue }
      try remember(report, of: String(name))
    }
    try fileOperation { () throws(FileError) in
      try fileSystem.remove(list)
      try fileSystem.syncDirectory(path)
    }
  }
}
