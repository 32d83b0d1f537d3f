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
  /// The log file that is gone, where that is known.
  var file: String?

  /// The note's path in the store's folder.
  static func file(after sequence: UInt64) -> String {
    StoreFolder.quarantineName + "/\(filePrefix)\(sequence)\(fileExtension)"
  }

  /// Whether a file in `quarantine/` is such a note.
  static func isNote(_ name: String) -> Bool {
    name.hasPrefix(filePrefix) && name.hasSuffix(fileExtension)
  }
}

/// Who finds out that files at the end of the log are gone.
enum LogLook {
  /// Somebody who opens the store to write, and leaves a note.
  case opening
  /// Somebody who changes nothing.
  case reading
  /// The open store itself, which has in memory what its log is to have.
  case writing
}

extension StoreFolder {
  /// A report on the newest log file where that is gone and no later one is there.
  ///
  /// - Parameters:
  ///   - file: a file that was begun, as the manifest says.
  ///   - sequence: the last number that the log, or the manifest, has.
  ///   - look: who asks.
  /// - Returns: `nil` where the log goes as far, or what is gone is remembered already.
  func lostLogEnd(
    expecting file: UInt64?, after sequence: UInt64, _ look: LogLook
  ) -> DamageReport? {
    // A folder that cannot be listed is told of by whoever reads the log.
    guard let file, (try? WALDirectory.reaches(file, fileSystem, log)) == false else { return nil }
    let name = WALFormat.fileName(file)
    let path = log + "/" + name
    let reason =
      "it was begun, and no later log file is there; entries after number \(sequence) may have been in "
      + "it and acknowledged, with samples of any time"
    if look == .writing { return DamageReport(path: path, reason: reason, isMissing: true) }
    let note = LostEntriesNote.file(after: sequence)
    if fileSystem.exists(self.path + "/" + note) { return nil }
    if look == .reading {
      return DamageReport(path: path, reason: reason, isMissing: true, note: .pending(note))
    }
    do throws(StoreError) {
      try writeNote(LostEntriesNote(reason: reason, file: name), to: note)
    } catch {
      return DamageReport(
        path: log,
        reason: "`\(name)` is gone: \(reason); this is said only once, because it could not be "
          + "noted: \(error)")
    }
    return DamageReport(path: path, reason: reason, isMissing: true, note: .written(note))
  }

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
        path: note?.file.map { log + "/" + $0 } ?? log,
        reason: note?.reason ?? "entries are missing that may have been acknowledged",
        isMissing: note?.file != nil, note: .written(file))
    }
  }
}
