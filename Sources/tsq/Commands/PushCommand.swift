internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCore

/// `tsq push`: sends line protocol with acknowledgements.
struct PushCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Send line protocol to a server and wait until all of it is safe.",
    discussion: """
      What the server does not acknowledge is sent again; with --spool it survives an end of this \
      program too. The exit code is 1 when a line was rejected or not acknowledged in time.

      Examples:
        tsq push --to metrics:9009 --precision s history.lp
        vmstat-to-lines | tsq push -
        tsq push --precision s --end-at now data/sample.lp
      """)

  @Argument(help: "Files of line protocol; - is standard input.")
  var files: [String] = ["-"]

  @OptionGroup var sending: SendOptions

  @Option(help: "The unit of the timestamps: ns, us, ms, s, m, h.")
  var precision: PrecisionArgument = .ns

  @Option(help: "Shift all timestamps so that the latest falls on this instant; needs files.")
  var endAt: TimeArgument?

  @Option(help: "Give up after this long without an acknowledgement.")
  var timeout = DurationArgument(nanoseconds: 60_000_000_000)

  func validate() throws {
    if endAt != nil, files.contains("-") {
      throw ValidationError("--end-at reads its files twice, so it cannot take standard input")
    }
  }

  func run() async throws {
    let now = Clock.now()
    let rejections = RejectionPrinter()
    let sender = try LineSender(
      to: sending.to.address,
      options: try sending.options(precision: precision.rawValue, overflow: .refuse),
      onRejection: { rejections.print($0) },
      onTrouble: { [server = sending.to.address] trouble in
        if let trouble { Diagnostic.warn("no connection to \(server): \(trouble); trying again") }
      })
    let delta = try endAt.map { try shift(to: $0.resolve(now: now), now: now) }
    let running = Task { await sender.run() }
    defer { running.cancel() }
    for file in files {
      try await forEachBatch(of: file, now: now) { batch in
        try await sender.send(delta.map { TimeShift.shifted(batch, by: $0) } ?? batch)
      }
    }
    let totals = try await sender.finish(timeout: .nanoseconds(timeout.nanoseconds))
    StandardError.writeLine(
      "pushed \(totals.lines) lines, \(totals.samples) samples, acknowledged as durable; "
        + "\(totals.rejected) lines rejected, \(totals.resent) batches resent")
    if totals.rejected > 0 { throw ExitCode(1) }
  }

  /// What to add to each timestamp so that the latest of all files falls on an instant.
  private func shift(to end: Timestamp, now: Timestamp) throws -> Int64 {
    var shift = TimeShift()
    for file in files {
      var stream = try InputStream(file)
      var cutter = BatchCutter()
      while let piece = stream.next() {
        cutter.append(Array(piece))
        while let batch = cutter.next() { shift.observe(batch) }
      }
      if let rest = cutter.finish() { shift.observe(rest) }
      try stream.check()
    }
    guard let latest = shift.latest else {
      throw CommandFailure("--end-at: no line of the files has a timestamp to shift")
    }
    return end.nanoseconds / precision.unitNanoseconds - latest
  }

  private func forEachBatch(
    of file: String, now: Timestamp, _ body: ([UInt8]) async throws -> Void
  ) async throws {
    var stream = try InputStream(file)
    var cutter = BatchCutter()
    let stamp = now.nanoseconds / precision.unitNanoseconds
    while let piece = stream.next() {
      cutter.append(Array(piece))
      while let batch = cutter.next() {
        try await body(LineStamper.stamp(batch, timestamp: stamp))
      }
    }
    if let rest = cutter.finish() { try await body(LineStamper.stamp(rest, timestamp: stamp)) }
    try stream.check()
  }
}

/// Prints the first rejections and says when there are more.
final class RejectionPrinter: Sendable {
  /// Lines shown: enough to see the pattern, few enough to read.
  private static let shown = 20
  private let count = Counter()

  /// Prints one rejection on standard error.
  func print(_ rejection: Rejection) {
    let number = count.next()
    if number <= Self.shown {
      StandardError.writeLine(
        "rejected: batch \(rejection.batch) line \(rejection.line): \(rejection.reason): "
          + rejection.message)
    } else if number == Self.shown + 1 {
      StandardError.writeLine("rejected: more lines, not shown; the server's dead letters have all")
    }
  }
}
