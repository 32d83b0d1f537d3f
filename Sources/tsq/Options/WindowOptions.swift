internal import ArgumentParser
internal import TSQCore

/// The stretch of time a question is about.
struct WindowOptions: ParsableArguments {
  @Option(help: "Look back this far from the end: 30d, 12h. Not together with --from.")
  var since: DurationArgument?

  @Option(help: "Start: RFC 3339, Unix seconds, `now-7d`.")
  var from: TimeArgument?

  @Option(help: "End, by default now.")
  var to: TimeArgument?

  func validate() throws {
    if since != nil, from != nil {
      throw ValidationError("--since and --from exclude each other: both say where to start")
    }
  }

  /// The range meant, both ends included.
  func range(now: Timestamp, default length: Int64) throws -> TimeRange {
    let end = to?.resolve(now: now) ?? now
    let start =
      from?.resolve(now: now) ?? end.adding(nanoseconds: -(since?.nanoseconds ?? length))
    guard start <= end else {
      throw CommandFailure("the range starts at \(start), after its end \(end)")
    }
    return TimeRange(start: start, end: end)
  }
}
