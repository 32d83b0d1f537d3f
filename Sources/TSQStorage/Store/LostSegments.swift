internal import Foundation
import TSQCore

/// What a store remembers of a segment whose file was removed by hand.
///
/// A small file of its own in `quarantine/`, because the catalog is made to agree with what is left,
/// and because readers do not open the catalog. It goes when the segment is put back; removing it by
/// hand means living without those samples.
struct LostSegmentNote: Codable {
  /// What follows the segment's name in the note's.
  static let fileExtension = ".missing"

  var reason: String
  var firstTime: Int64?
  var lastTime: Int64?

  enum CodingKeys: String, CodingKey {
    case reason
    case firstTime = "first_time"
    case lastTime = "last_time"
  }

  var range: TimeRange? {
    guard let firstTime, let lastTime, firstTime <= lastTime else { return nil }
    return TimeRange(
      start: Timestamp(nanoseconds: firstTime), end: Timestamp(nanoseconds: lastTime))
  }

  init(_ report: DamageReport) {
    reason = report.reason
    firstTime = report.range?.start.nanoseconds
    lastTime = report.range?.end.nanoseconds
  }
}

extension StoreFolder {
  /// Whether a segment is where it belongs, or was set aside, or is already known to be lost.
  func accounts(for name: String) -> Bool {
    fileSystem.exists(segments + "/" + name) || fileSystem.exists(quarantine + "/" + name)
      || fileSystem.exists(notePath(name))
  }

  /// Segments that the catalog lists and that are gone, as the next writer will find them.
  ///
  /// - Parameters:
  ///   - segments: every segment there is.
  ///   - generation: that of the manifest in force.
  ///   - deep: whether the whole catalog is checked before it is believed, instead of the rows read.
  /// - Returns: a report on each, in order of name.
  func lostSegments(
    beside segments: [SegmentReader], generation: UInt64, deep: Bool
  ) -> [DamageReport] {
    guard hasDatabases else { return [] }
    return Catalog.lost(
      inCopyOf: catalog, beside: segments, generation: generation, deep: deep
    ).filter { !accounts(for: $0.info.name) }.map { lost in
      DamageReport(
        path: self.segments + "/" + lost.info.name, range: lost.info.timeRange,
        reason: lost.description, isMissing: true,
        note: .pending(Self.lostSegmentNote(lost.info.name)))
    }
  }

  /// Remembers that a segment is lost.
  ///
  /// - Returns: the report on it; it says so where it could not be remembered.
  func note(_ lost: LostSegment) -> DamageReport {
    var report = DamageReport(
      path: segments + "/" + lost.info.name, range: lost.info.timeRange, reason: lost.description,
      isMissing: true, note: .written(StoreFolder.lostSegmentNote(lost.info.name)))
    do throws(StoreError) { try remember(report, of: lost.info.name) } catch {
      report = DamageReport(
        path: report.path, range: report.range,
        reason: report.reason + "; this is said only once, because it could not be noted: \(error)",
        isMissing: true)
    }
    return report
  }

  /// Remembers durably what is known of a segment that is gone.
  func remember(_ report: DamageReport, of name: String) throws(StoreError) {
    try writeNote(LostSegmentNote(report), to: Self.lostSegmentNote(name))
  }

  /// Writes a note durably.
  ///
  /// - Parameters:
  ///   - note: what it says.
  ///   - file: its path in the store's folder.
  /// - Throws: `.file`; `.invalidArgument` where it is no JSON.
  func writeNote(_ note: some Encodable, to file: String) throws(StoreError) {
    let bytes: Data
    do { bytes = try JSONEncoder().encode(note) } catch {
      throw .invalidArgument("a note cannot be written as JSON: \(error)")
    }
    try fileOperation { () throws(FileError) in
      try fileSystem.createDirectory(quarantine)
      let path = path + "/" + file
      if fileSystem.exists(path) { try fileSystem.remove(path) }
      let file = try fileSystem.create(path)
      defer { file.close() }
      try file.append(Array(bytes))
      try file.sync()
      try fileSystem.syncDirectory(quarantine)
    }
  }

  /// The lost segments that are remembered.
  ///
  /// - Parameter names: the files in `quarantine/`.
  /// - Returns: the segments' names, and what is known of each.
  func lostSegments(_ names: [String]) -> [(name: String, report: DamageReport)] {
    names.filter { $0.hasSuffix(LostSegmentNote.fileExtension) }.compactMap { file in
      let name = String(file.dropLast(LostSegmentNote.fileExtension.count))
      guard SegmentName(fileName: name) != nil else { return nil }
      let note = try? readNote(LostSegmentNote.self, from: Self.lostSegmentNote(name))
      let report = DamageReport(
        path: segments + "/" + name, range: note?.range,
        reason: note?.reason ?? "its file is gone", isMissing: true,
        note: .written(StoreFolder.lostSegmentNote(name)))
      return (name, report)
    }
  }

  /// Reads a note.
  ///
  /// - Parameters:
  ///   - type: what it says.
  ///   - file: its path in the store's folder.
  /// - Returns: the note.
  /// - Throws: `FileError`, or what decoding throws.
  func readNote<Note: Decodable>(_ type: Note.Type, from file: String) throws -> Note {
    let file = try fileSystem.openForReading(path + "/" + file)
    defer { file.close() }
    let bytes = try file.read(at: 0, count: Int(clamping: file.size))
    return try JSONDecoder().decode(type, from: Data(bytes))
  }

  /// Forgets that a segment was lost: it is back.
  func forgetLost(_ name: String) throws(FileError) {
    try fileSystem.remove(notePath(name))
    try fileSystem.syncDirectory(quarantine)
  }

  /// The file of a lost segment's note, by its path in the store's folder.
  static func lostSegmentNote(_ name: String) -> String {
    quarantineName + "/" + name + LostSegmentNote.fileExtension
  }

  private func notePath(_ name: String) -> String { path + "/" + Self.lostSegmentNote(name) }
}
