internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQStorage

/// `tsq backup`: copies a store while it is written.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Copy the store into a new folder, consistent while it is being written.",
    discussion: """
      Everything acknowledged before the call is in the copy. On the same file system segments are \
      linked and take neither time nor space; elsewhere they are copied. The copy is a whole \
      store: every command reads it with --data. A running server makes the backup itself, so it \
      must be on this machine.

      Examples:
        tsq backup /backup/metrics-2026-01-01 --data metrics
        tsq backup nightly --server http://127.0.0.1:9010
      """)

  @Argument(help: "The copy's folder; missing or empty.", completion: .directory)
  var directory: String

  @OptionGroup var source: SourceOptions

  func run() async throws {
    let target = URL(fileURLWithPath: directory).path
    let note =
      if let client = try source.client() {
        try UpkeepAnswer.decode(BackupNote.self, await client.backup(to: target))
      } else {
        try backupFolder(to: target)
      }
    StandardError.writeLine(
      "backed up \(note.segments) segments of \(note.bytes) bytes, \(note.linked) of them by links, "
        + "through sequence \(note.throughSequence), to \(directory)")
  }

  private func backupFolder(to target: String) throws -> BackupNote {
    let progress = JobMeter("backing up")
    defer { progress.finish() }
    return BackupNote(
      try source.whileWriting { try $0.backup(to: target) { progress.show($0) } })
  }
}

/// `tsq restore`: makes a store from a backup.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Make a store from a backup, which stays as it is.",
    discussion: """
      The new store's folder is missing or empty; nothing is ever overwritten. A backup with a \
      damaged file is refused, because what is left out would be lost silently.

      Example:
        tsq restore /backup/metrics-2026-01-01 --data metrics
      """)

  @Argument(help: "The backup's folder.", completion: .directory)
  var backup: String

  @Option(help: "The new store's folder; by default `TSQ_DATA`, else `tsq-data`.")
  var data: String?

  func run() throws {
    var source = SourceOptions()
    source.data = data
    source.server = nil
    let note = BackupNote(try Store.restore(from: backup, to: source.directory))
    StandardError.writeLine(
      "restored \(note.segments) segments of \(note.bytes) bytes, \(note.linked) of them by links, "
        + "through sequence \(note.throughSequence), to \(source.directory)")
  }
}
