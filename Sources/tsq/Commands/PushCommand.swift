internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCodec
internal import TSQCore

/// `tsq push`: sends line protocol with acknowledgements.
struct PushCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Send line protocol to a server and wait until all of it is safe.",
    discussion: """
      What the server does not acknowledge is sent again; with --spool it survives an end of this \
      program too. A stream arrives as it is written. Lines without a timestamp get the time they \
      are read, in nanoseconds each a time of its own. When it is interrupted it stops reading and \
      sends what was read; a second interruption ends it at once. The exit code is 1 when a line \
      was rejected or not acknowledged in time.

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

  @Option(help: "How many rejected lines to print; 0 prints all.")
  var rejected = 20

  @Option(help: "Give up after this long without an acknowledgement.")
  var timeout = DurationArgument(nanoseconds: 60_000_000_000)

  func validate() throws {
    if endAt != nil, files.contains("-") {
      throw ValidationError("--end-at reads its files twice, so it cannot take standard input")
    }
  }

  func run() async throws {
    let now = Clock.now()
    let rejections = RejectionPrinter(shown: rejected)
    var options = try sending.options(overflow: .refuse)
    options.patience = .nanoseconds(timeout.nanoseconds)
    // Whoever gives up early should still hear why nothing could be sent.
    options.connectTimeout = min(options.connectTimeout, .nanoseconds(timeout.nanoseconds / 2))
    options.givesUpWhenUnauthorized = true
    let sender = try LineSender(
      to: sending.to.address, options: options, onRejection: { rejections.print($0) },
      onTrouble: { [server = sending.to.address] trouble in
        if let trouble { Diagnostic.warn("cannot send to \(server): \(trouble); trying again") }
      })
    await SpoolFindings.tellTorn(sender)
    let damage = await SpoolFindings.tell(sender)
    let delta = try endAt.map { try shift(to: $0.resolve(now: now), now: now) }
    let running = Task { await sender.run() }
    defer { running.cancel() }
    let stop = await StopSignal.watch()
    var stamped = 0
    var untaken: BatchOrigin?
    let totals: SendTotals
    var failure: CommandFailure?
    do {
      for file in files where failure == nil && !stop.isAsked {
        do {
          try await forEachBatch(of: file, stamped: &stamped, until: stop) { batch, name in
            let origin = BatchOrigin(source: name, firstLine: batch.firstLine)
            untaken = origin
            try await sender.send(
              delta.map { TimeShift.shifted(batch.lines, by: $0) } ?? batch.lines,
              precision: batch.precision, origin: origin)
            untaken = nil
          }
        } catch let error as CommandFailure {
          // What was read before is on its way: it must arrive, and be accounted for.
          failure = error
        }
      }
      totals = try await sender.finish(timeout: .nanoseconds(timeout.nanoseconds))
    } catch {
      rejections.finish()
      guard let end = error as? SendError else { throw error }
      Self.tell(await sender.totals)
      throw givenUp(end, untaken: untaken)
    }
    rejections.finish()
    let later = await SpoolFindings.tell(sender, except: damage)
    if stamped > 0 {
      Diagnostic.note("\(stamped) lines had no timestamp and got the time they were read")
    }
    Self.tell(totals)
    if let failure { throw failure }
    if let code = stop.exitCode {
      StandardError.writeLine("stopped by a signal: what was read so far is sent, no more")
      throw ExitCode(code)
    }
    if totals.rejected > 0 || !later.isEmpty { throw ExitCode(1) }
  }

  /// Says what arrived.
  private static func tell(_ totals: SendTotals) {
    StandardError.writeLine(
      "pushed \(totals.lines) lines, \(totals.samples) samples, acknowledged as durable; "
        + "\(totals.rejected) lines rejected, \(totals.resent) batches resent")
  }

  /// Why the sending ended early, where the rest of the lines is now, and how it arrives after all.
  ///
  /// - Parameters:
  ///   - error: what ended it.
  ///   - untaken: the batch that was not taken any more, where the end came while files were read.
  /// - Returns: the failure in words for people.
  private func givenUp(_ error: SendError, untaken: BatchOrigin?) -> CommandFailure {
    let rest = untaken.map { "\($0.source):\($0.firstLine) and what follows" }
    guard let spool = sending.spool else {
      return CommandFailure(
        "\(error)" + (rest.map { "; \($0) was not sent at all" } ?? ""),
        hint: "nothing is kept of what did not arrive: push the files again, samples that are "
          + "there already replace themselves; --spool FOLDER would keep the rest")
    }
    return CommandFailure(
      "\(error)\nnote: what is not acknowledged is kept in the spool `\(spool)`"
        + (rest.map { "; \($0) is not in it" } ?? ""),
      hint: "`tsq push --to \(sending.to.address) --spool \(spool) /dev/null` sends them once the "
        + "server takes them" + (rest == nil ? "" : "; then push the lines that are not in it"))
  }

  /// What to add to each timestamp so that the latest of all files falls on an instant.
  private func shift(to end: Timestamp, now: Timestamp) throws -> Int64 {
    var shift = TimeShift()
    for file in files {
      var stream = try InputStream(file)
      var batcher = LineBatcher(precision: precision.unit)
      func observe(_ batches: [LineBatcher.Batch]) throws {
        for batch in batches {
          guard batch.precision == precision.unit else {
            throw CommandFailure(
              "--end-at: \(file):\(batch.firstLine) changes the precision",
              hint: "push files of another precision by themselves, with --precision")
          }
          shift.observe(batch.lines)
        }
      }
      while let piece = stream.next() { try observe(batcher.append(piece, readAt: now)) }
      try observe(batcher.finish())
      try stream.check()
    }
    guard let latest = shift.latest else {
      throw CommandFailure("--end-at: no line of the files has a timestamp to shift")
    }
    return end.nanoseconds / precision.unitNanoseconds - latest
  }

  /// A stream that pauses for so long, milliseconds, has its lines sent; short beside what people
  /// wait for, long beside the writes of one measurement.
  private static let pause: Int32 = 200
  /// Lines of a stream that never pauses wait no longer than this.
  private static let longestWait = Duration.milliseconds(500)

  private func forEachBatch(
    of file: String, stamped: inout Int, until stop: StopSignal,
    _ body: (LineBatcher.Batch, String) async throws -> Void
  ) async throws {
    var stream = try InputStream(file)
    var batcher = LineBatcher(precision: precision.unit)
    defer { stamped += batcher.stampedLines }
    var lastCut = ContinuousClock.now
    while !stop.isAsked {
      let isQuiet = !stream.hasInput(within: Self.pause)
      if isQuiet || ContinuousClock.now - lastCut >= Self.longestWait {
        if let batch = batcher.cut() { try await body(batch, stream.name) }
        lastCut = .now
      }
      if isQuiet {
        // Others must run meanwhile.
        try await Task.sleep(for: .milliseconds(1))
        continue
      }
      guard let piece = stream.next() else { break }
      for batch in batcher.append(piece, readAt: Clock.now()) {
        try await body(batch, stream.name)
        lastCut = .now
      }
      if batcher.fault != nil { break }
    }
    for batch in batcher.finish() { try await body(batch, stream.name) }
    if let fault = batcher.fault {
      throw CommandFailure(
        "\(stream.name):\(fault.line): `precision=\(fault.text)` is no unit of time; "
          + "the lines before it are sent, those behind it are not",
        hint: "the units are ns, us, ms, s, m and h")
    }
    try stream.check()
  }
}

/// Prints the first rejections and says how many more there are.
final class RejectionPrinter: Sendable {
  private let shown: Int
  private let count = Counter()

  /// A printer of so many lines at most; 0 is no limit.
  init(shown: Int) { self.shown = shown }

  /// Prints one rejection on standard error.
  func print(_ rejection: Rejection) {
    guard count.next() <= shown || shown == 0 else { return }
    let place =
      rejection.source.map { "\($0):\(rejection.line)" }
      ?? "spool: batch \(rejection.batch) line \(rejection.line)"
    StandardError.writeLine("\(place): \(rejection.reason): \(rejection.message)")
  }

  /// Says how many were not shown.
  func finish() {
    guard shown > 0, count.value > shown else { return }
    StandardError.writeLine(
      "and \(count.value - shown) more rejected lines; the server's dead letters have all, "
        + "--rejected 0 prints all")
  }
}
