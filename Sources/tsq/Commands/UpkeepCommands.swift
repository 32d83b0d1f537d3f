internal import ArgumentParser
internal import Foundation
internal import TSQCapacity
internal import TSQClient
internal import TSQCore
internal import TSQQuery
internal import TSQStorage

/// `tsq flush`: makes segments of everything that is still only in the log.
struct FlushCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flush",
    abstract: "Write everything received so far into segments.",
    discussion: """
      Examples:
        tsq flush --data metrics
        tsq flush --server http://127.0.0.1:9010
      """)

  @OptionGroup var source: SourceOptions

  func run() async throws {
    let note =
      if let client = try source.client() {
        try UpkeepAnswer.decode(FlushNote.self, await client.flush())
      } else {
        FlushNote(try source.whileWriting { try $0.flush() })
      }
    StandardError.writeLine(
      "flushed \(note.samples) samples into \(note.segments) segments, \(note.bytes) bytes")
  }
}

/// `tsq compact`: merges segments until nothing is left to merge.
struct CompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Merge segments and fill their blocks; returns when the store has settled.",
    discussion: """
      Drops samples that were superseded or deleted and packs the rest tightly. A segment with a \
      damaged block is left as it is, named, and the exit code is 1; those around it are merged. A \
      running server goes on taking samples and answering meanwhile.

      Examples:
        tsq compact --data metrics
        tsq compact --server http://127.0.0.1:9010
      """)

  @OptionGroup var source: SourceOptions

  func run() async throws {
    let note =
      if let client = try source.client() {
        try UpkeepAnswer.decode(CompactionNote.self, await client.compact())
      } else {
        try compactFolder()
      }
    StandardError.writeLine(
      "compacted \(note.segmentsBefore) segments of \(note.bytesBefore) bytes into "
        + "\(note.segmentsAfter) of \(note.bytesAfter) bytes; \(note.samplesDropped) samples "
        + "were superseded or deleted")
    UpkeepAnswer.warn(of: note.damage)
    if !note.damage.isEmpty { throw ExitCode(1) }
  }

  private func compactFolder() throws -> CompactionNote {
    let progress = JobMeter("compacting")
    defer { progress.finish() }
    return CompactionNote(try source.whileWriting { try $0.compact { progress.show($0) } })
  }
}

/// `tsq delete`: deletes the samples of matching series.
struct DeleteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete the samples of matching series in a range of time.",
    discussion: """
      Without a range every sample of the series goes. What arrives later is not touched.

      Examples:
        tsq delete 'cpu_usage{host="retired"}' --yes
        tsq delete cpu_usage --from 2026-01-01 --to 2026-02-01 --yes
      """)

  @Argument(help: "A PromQL selector.")
  var selector: String

  @OptionGroup var window: WindowOptions
  @OptionGroup var source: SourceOptions

  @Flag(help: "Delete without being asked; without it, only say what would be deleted.")
  var yes = false

  func run() async throws {
    let range = try AllTimeWindow.range(window)
    guard yes else {
      let opened = try await source.open()
      let series = try await opened.whileOpen { try await $0.series(matching: selector, in: range) }
      guard !series.isEmpty else {
        throw CommandFailure(
          "no series matches `\(selector)`", hint: "`tsq series` lists what there is")
      }
      for labels in series.prefix(20) { StandardError.writeLine("would delete \(labels)") }
      if series.count > 20 { StandardError.writeLine("and \(series.count - 20) more") }
      throw CommandFailure(
        "nothing deleted: \(series.count) series match", hint: "--yes deletes their samples")
    }
    let series =
      if let client = try source.client() {
        try await client.delete(
          matching: [selector], start: range.start == .distantPast ? nil : range.start,
          end: range.end == .distantFuture ? nil : range.end)
      } else {
        try await deleteInFolder(range)
      }
    StandardError.writeLine("deleted samples of \(series) series")
  }

  private func deleteInFolder(_ range: TimeRange) async throws -> Int {
    let matchers = try QueryEngine.matchers(of: selector)
    return try await source.whileWriting { try await $0.delete(matchers, range: range).series }
  }
}
