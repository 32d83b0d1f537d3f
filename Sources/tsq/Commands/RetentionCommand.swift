internal import ArgumentParser
internal import TSQClient
internal import TSQCore
internal import TSQStorage

/// `tsq retention`: how long samples are kept, by patterns of metric names.
struct RetentionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "retention",
    abstract: "Say how long samples are kept, and drop the older ones.",
    discussion: """
      The first rule whose pattern matches a metric holds for it; a special pattern is put before \
      the wider one. Metrics that no rule matches are kept for ever, and so is everything where \
      there are no rules. A running server applies the rules by itself every hour. Ages count from \
      now or from the newest sample, whichever is earlier.

      Examples:
        tsq retention
        tsq retention set '*' --keep 1y
        tsq retention set 'cpu_*' --raw 30d --hourly 2y
        tsq retention set 'debug_*' --keep 7d --data metrics
        tsq retention set disk_usage --keep forever
        tsq retention apply --dry-run
        tsq retention remove 'debug_*'
      """,
    subcommands: [
      RetentionList.self, RetentionSet.self, RetentionRemove.self, RetentionApply.self,
    ],
    defaultSubcommand: RetentionList.self)
}

/// Shows the rules.
struct RetentionList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show the rules in the order in which they are tried.",
    discussion: "Example:\n  tsq retention list -o json")

  @OptionGroup var source: SourceOptions

  @Option(name: .shortAndLong, help: "table, json, csv or md.")
  var output: OutputFormat = .table

  func run() async throws {
    let rules =
      if let client = try source.client() {
        try UpkeepAnswer.decode([RetentionRule].self, await client.retentionRules())
      } else {
        try source.whileReading { try $0.retentionRules() }
      }
    try RetentionText.print(rules, output)
    if rules.isEmpty { Diagnostic.note("no rules: every sample is kept for ever") }
  }
}

/// Sets a rule.
struct RetentionSet: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", abstract: "Keep the samples of matching metrics for so long.",
    discussion: """
      Takes the place of an earlier rule with the same pattern. Nothing is dropped before the \
      rules are next applied: by a running server within the hour, or by `tsq retention apply`.

      With --hourly the samples that are dropped leave hourly values behind: count, sum, smallest, \
      largest, first and last value of every hour. Without it a rule keeps the hourly part that it \
      has; `--hourly none` takes it away, and then the hourly values go too.

      Examples:
        tsq retention set 'debug_*' --keep 7d
        tsq retention set 'cpu_*' --raw 30d --hourly 2y
        tsq retention set disk_usage --keep forever
      """)

  @Argument(help: "A pattern of metric names; `*` stands for any text.")
  var pattern: String

  @Option(help: "How long the samples are kept: 30d, 2y, at least 1h; or `forever`.")
  var keep: KeepArgument?

  @Option(help: "Another word for --keep, beside --hourly.")
  var raw: KeepArgument?

  @Option(help: "How long hourly values are kept: 2y, or `forever`; `none` makes none.")
  var hourly: HourlyArgument?

  @OptionGroup var source: SourceOptions

  private var hourlyRule: HourlyRule { hourly?.rule ?? .unchanged }

  /// The rule about the samples themselves.
  private func samplesRule() throws -> RetentionRule {
    if keep != nil, raw != nil {
      throw ValidationError(
        "--keep and --raw both say how long the samples are kept: give one of them; "
          + "--hourly is for the hourly values")
    }
    guard let length = keep ?? raw else {
      throw ValidationError(
        "how long the samples are kept is missing: --keep 30d, 2y, or `forever`")
    }
    return RetentionRule(metricPattern: pattern, keepSeconds: length.seconds)
  }

  func validate() throws {
    let rule = try samplesRule()
    var hourlyValues: RetentionRule?
    if case .keep(let seconds) = hourlyRule {
      hourlyValues = RetentionRule(
        metricPattern: pattern, resolutionSeconds: RetentionRule.hourSeconds, keepSeconds: seconds)
    }
    do { try RetentionRule.validate(raw: rule, hourly: hourlyValues) } catch {
      throw ValidationError("\(error)")
    }
  }

  func run() async throws {
    let rule = try samplesRule()
    let rules =
      if let client = try source.client() {
        try UpkeepAnswer.decode(
          [RetentionRule].self,
          await client.setRetention(
            pattern: pattern, keepSeconds: rule.keepSeconds, hourly: hourly?.parameter))
      } else {
        try source.whileWriting { try $0.state().setRetentionRule(rule, hourly: hourlyRule) }
      }
    try RetentionText.print(rules, .table)
  }
}

/// Removes a rule.
struct RetentionRemove: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Remove the rule with exactly this pattern.",
    discussion: "Example:\n  tsq retention remove 'debug_*'")

  @Argument(help: "The pattern as the list shows it; its hourly part goes with it.")
  var pattern: String

  @OptionGroup var source: SourceOptions

  private struct Removed: Decodable {
    let removed: Int
  }

  func run() async throws {
    let removed =
      if let client = try source.client() {
        try UpkeepAnswer.decode(Removed.self, await client.removeRetention(pattern: pattern))
          .removed
      } else {
        try source.whileWriting { try $0.state().removeRetentionRules(pattern: pattern) }
      }
    guard removed > 0 else {
      throw CommandFailure(
        "there is no rule with the pattern `\(pattern)`", hint: "`tsq retention` lists the rules")
    }
    StandardError.writeLine("removed the rule for `\(pattern)`")
  }
}

/// Drops what is older than the rules allow.
struct RetentionApply: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Drop what is older than the rules allow, and free its space.",
    discussion: """
      Examples:
        tsq retention apply --dry-run
        tsq retention apply --data metrics
      """)

  @Flag(help: "Only say what would be dropped.")
  var dryRun = false

  @OptionGroup var source: SourceOptions

  func run() async throws {
    let note =
      if let client = try source.client() {
        try UpkeepAnswer.decode(RetentionNote.self, await client.applyRetention(dryRun: dryRun))
      } else if dryRun {
        try source.whileReading { try $0.applyRetentionRules(dryRun: true) }
      } else {
        try source.whileWriting { try $0.applyRetentionRules(dryRun: false) }
      }
    let out = StandardOutput()
    if !note.rules.isEmpty { try out.write(Self.table(note).text) }
    try out.flush()
    StandardError.writeLine(Self.summary(note))
    for warning in note.rollup?.warnings ?? [] { Diagnostic.warn(warning) }
    UpkeepAnswer.warn(of: note.damage)
    if !note.damage.isEmpty { throw ExitCode(1) }
  }

  /// The rules; one about hourly values has a row of its own.
  private static func table(_ note: RetentionNote) -> Table {
    var table = Table(["pattern", "resolution", "#keep", "before", "#series"])
    for rule in note.rules {
      table.add([
        rule.metricPattern, RetentionText.resolution(0), RetentionText.keep(rule.keepSeconds),
        rule.cutoff, "\(rule.series)",
      ])
      guard let keep = rule.hourlyKeepSeconds else { continue }
      table.add([
        rule.metricPattern, RetentionText.resolution(RetentionRule.hourSeconds),
        RetentionText.keep(keep), rule.hourlyCutoff ?? "", "\(rule.hourlySeries ?? 0)",
      ])
    }
    return table
  }

  private static func summary(_ note: RetentionNote) -> String {
    let series = note.rules.reduce(0) { $0 + $1.series }
    let hourlySeries = note.rules.reduce(0) { $0 + ($1.hourlySeries ?? 0) }
    if note.rules.isEmpty { return "no rule drops anything" }
    var what: [String] = []
    if series > 0 { what.append("the older samples of \(series) series") }
    if hourlySeries > 0 { what.append("the older hourly values of \(hourlySeries) series") }
    if what.isEmpty { return "nothing is older than the rules allow" }
    let words = what.joined(separator: " and ")
    if note.isDryRun {
      let hourly = note.rules.reduce(0) { $0 + ($1.hourlyKeepSeconds == nil ? 0 : $1.series) }
      guard hourly > 0 else { return "would drop \(words)" }
      let whose = hourly == series ? "their place" : "the place of those of \(hourly) series"
      return "would drop \(words), hourly values taking \(whose)"
    }
    var lines: [String] = []
    if let rollup = note.rollup {
      lines.append(
        "\(rollup.samples) samples of \(rollup.series) series went to their hourly values; "
          + "\(rollup.hours) hours written\n")
    }
    guard let before = note.bytesBefore, let after = note.bytesAfter else {
      return lines.joined() + "dropped \(words)"
    }
    return lines.joined() + "dropped \(words): \(note.samplesDropped ?? 0) samples in segments; "
      + "\(before) bytes became \(after)"
  }
}

/// A length of time on the command line, or `forever`.
struct KeepArgument: ExpressibleByArgument, Equatable {
  /// 0 for ever.
  let seconds: Int64

  init?(argument: String) {
    if argument == "forever" {
      seconds = 0
    } else {
      guard let length = DurationArgument(argument: argument),
        length.nanoseconds % 1_000_000_000 == 0
      else { return nil }
      seconds = length.nanoseconds / 1_000_000_000
    }
  }
}

/// How long hourly values are kept, on the command line.
struct HourlyArgument: ExpressibleByArgument, Equatable {
  /// What it does to a rule.
  let rule: HourlyRule
  /// What a server is told: seconds, or `none`.
  let parameter: String

  init?(argument: String) {
    if argument == "none" {
      (rule, parameter) = (.remove, argument)
    } else {
      guard let keep = KeepArgument(argument: argument) else { return nil }
      (rule, parameter) = (.keep(seconds: keep.seconds), "\(keep.seconds)")
    }
  }
}

/// How retention rules look.
enum RetentionText {
  static func resolution(_ seconds: Int64) -> String {
    seconds == 0 ? "samples" : seconds == RetentionRule.hourSeconds ? "hourly" : "\(seconds) s"
  }

  static func keep(_ seconds: Int64) -> String {
    let (length, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return seconds == 0 || overflow ? "forever" : DurationText.text(nanoseconds: length)
  }

  static func print(_ rules: [RetentionRule], _ output: OutputFormat) throws {
    let out = StandardOutput()
    if output == .json {
      try out.writeLine(JSONText.line(rules))
    } else {
      var table = Table(["pattern", "resolution", "#keep"])
      for rule in rules {
        table.add([
          rule.metricPattern, resolution(rule.resolutionSeconds), keep(rule.keepSeconds),
        ])
      }
      try out.write(output == .csv ? table.csv : output == .md ? table.markdown : table.text)
    }
    try out.flush()
  }
}
