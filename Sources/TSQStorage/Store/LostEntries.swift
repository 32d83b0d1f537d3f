import TSQCore

/// What a store remembers of log entries that are gone: a file in `quarantine/`.
///
/// Once a flush has moved on, nothing else shows that they ever were. Which samples they held nobody
/// knows, so answers about any time carry the warning until somebody removes the note.
struct LostEntriesNote: Codable {
  /// What the note's name begins with; the last number before the gap follows.
  private static let filePrefix = "wal-after-"
  private static let fileExtension = ".missing"

  var reason: String

  /// The note's path in the store's folder.
  static func file(after sequence: UInt64) -> String {
    StoreFolder.quarantineName + "/\(filePrefix)\(sequence)\(fileExtension)"
  }

  /// Whether a file in `quarantine/` is such a note.
  static func isNote(_ name: String) -> Bool {
    name.hasPrefix(filePrefix) && name.hasSuffix(fileExtension)
  }
}

extension StoreFolder {
  /// A report on entries that the log should have and does not.
  ///
  /// - Parameters:
  ///   - sequence: the last number before the gap.
  ///   - isReadOnly: whether nothing may be written, so that they cannot be remembered.
  /// - Returns: `nil` where they are remembered already.
  func note(lostEntriesAfter sequence: UInt64, isReadOnly: Bool) -> DamageReport? {
    let file = LostEntriesNote.file(after: sequence)
    if fileSystem.exists(path + "/" + file) { return nil }
    let reason =
      "entries after number \(sequence) are missing that may have been acknowledged; samples of any "
      + "time may have been in them"
    if isReadOnly { return DamageReport(path: log, reason: reason, note: .pending(file)) }
    do throws(StoreError) { try writeNote(LostEntriesNote(reason: reason), to: file) } catch {
      return DamageReport(
        path: log,
        reason: reason + "; this is said only once, because it could not be noted: \(error)")
    }
    return DamageReport(path: log, reason: reason, note: .written(file))
  }

  /// Reports on the entries that are remembered as lost.
  ///
  /// - Parameter names: the files in `quarantine/`.
  /// - Returns: one a note, in order of their names.
  func lostEntries(_ names: [String]) -> [DamageReport] {
    names.filter(LostEntriesNote.isNote).sorted().map { name in
      let file = Self.quarantineName + "/" + name
      let note = try? readNote(LostEntriesNote.self, from: file)
      return DamageReport(
        path: log, reason: note?.reason ?? "entries are missing that may have been acknowledged",
        note: .written(file))
    }
  }
}
