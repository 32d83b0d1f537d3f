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
    discussion: "Example:\n  tsq flush --data metrics")

  @OptionGroup var source: SourceOptions

  func run() async throws {
    if let client = try source.client() {
      try await ServerAnswer.print(client.flush())
      return
    }
    let report = try source.whileWriting { try $0.flush() }
    StandardError.writeLine(
      "flushed \(report.samples) samples into \(report.segments) segments, \(report.bytes) bytes")
  }
}

/// `tsq compact`: merges segments until nothing is left to merge.
struct CompactCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact",
    abstract: "Merge segments and fill their blocks; returns when the store has settled.",
    discussion: "Example:\n  tsq compact --server http://127.0.0.1:9010")

  @OptionGroup var source: SourceOptions

  func run() async throws {
    if let client = try source.client() {
      try await ServerAnswer.print(client.compact())
      return
    }
    let report = try source.whileWriting { store in
      _ = try store.flush()
      return try store.compact()
    }
    StandardError.writeLine(
      "compacted \(report.segmentsBefore) segments of \(report.bytesBefore) bytes into "
        + "\(report.segmentsAfter) of \(report.bytesAfter) bytes; \(report.samplesDropped) samples "
        + "were superseded or deleted")
    for damage in report.damage { Diagnostic.warn("\(damage)") }
    if !report.damage.isEmpty { throw ExitCode(1) }
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
      for labels in series.prefix(20) { StandardError.writeLine("would delete \(labels)") }
      if series.count > 20 { StandardError.writeLine("and \(series.count - 20) more") }
      throw CommandFailure(
        "nothing deleted: \(series.count) series match", hint: "--yes deletes their samples")
    }
    if let client = try source.client() {
      try await client.delete(
        matching: [selector], start: range.start == .distantPast ? nil : range.start,
        end: range.end == .distantFuture ? nil : range.end)
      StandardError.writeLine("deleted on \(client.address)")
      return
    }
    let matchers = try QueryEngine.matchers(of: selector)
    let store = try Store.open(source.directory)
    do {
      let receipt = try await store.delete(matchers, range: range)
      try store.close()
      StandardError.writeLine("deleted samples of \(receipt.series) series")
    } catch {
      try? store.close()
      throw error
    }
  }
}

/// What a server answered to an order, passed on as it is.
enum ServerAnswer {
  static func print(_ body: Data) throws {
    let out = StandardOutput()
    try out.write(body)
    if body.last != UInt8(ascii: "\n") { try out.writeLine() }
    try out.flush()
  }
}

extension SourceOptions {
  /// Opens the folder to write, runs the work, and closes it whatever happens.
  func whileWriting<Answer>(_ body: (Store) throws -> Answer) throws -> Answer {
    let store = try Store.open(directory)
    do {
      let answer = try body(store)
      try store.close()
      return answer
    } catch {
      try? store.close()
      throw error
    }
  }
}
