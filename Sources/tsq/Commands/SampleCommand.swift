internal import ArgumentParser
internal import Foundation
internal import TSQCore

/// `tsq sample`: line protocol of a made-up fleet, for trying tsq out and for its tests.
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Print the sample data: five hosts with seasons, growth, gaps and outliers.",
    discussion: """
      The same options give the same bytes. Timestamps are seconds, so the receiver must be told:
      `tsq push` and `tsq import` take --precision s.

      Examples:
        tsq sample > data/sample.lp
        tsq sample --days 90 --end now | tsq push --precision s -
      """)

  @Option(help: "How many days, 1 to 400.")
  var days = 70

  @Option(help: "Time of the last sample: RFC 3339, Unix seconds or `now`.")
  var end: TimeArgument?

  @Option(help: "Another seed gives another noise.")
  var seed: UInt64 = 1

  func validate() throws {
    guard (1...400).contains(days) else {
      throw ValidationError("--days must be between 1 and 400, not \(days)")
    }
  }

  func run() throws {
    let now = Clock.now()
    let seconds = end.map { $0.resolve(now: now).nanoseconds / 1_000_000_000 }
    var fleet = SampleFleet(
      days: days, endSeconds: seconds ?? SampleFleet.defaultEndSeconds, seed: seed)
    let output = StandardOutput()
    try fleet.write { try output.write($0) }
    try output.flush()
  }
}
