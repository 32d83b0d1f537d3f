internal import ArgumentParser
internal import TSQClient
internal import TSQCore
internal import TSQStorage

/// `tsq verify`: reads a store and says what is damaged.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check every file of a store; with --deep every block too.",
    discussion: """
      Names file, series and time range of what is damaged, and what to do; everything outside \
      stays readable. Changes nothing. The exit code is 1 when anything is damaged.

      Examples:
        tsq verify --data metrics
        tsq verify --data metrics --deep
        tsq verify --server http://127.0.0.1:9010 -o json
      """)

  @OptionGroup var source: SourceOptions

  @Flag(help: "Decode every block and compare its summary, not only the checksums of the indexes.")
  var deep = false

  /// How the findings are printed.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @Option(name: .shortAndLong, help: "text or json.")
  var output: Format = .text

  func run() async throws {
    let note =
      if let client = try source.client() {
        try UpkeepAnswer.decode(VerifyNote.self, await client.verify(deep: deep))
      } else {
        try verifyFolder()
      }
    let out = StandardOutput()
    if output == .json {
      try out.writeLine(JSONText.line(note))
    } else {
      for damage in note.damage {
        try out.writeLine("damaged: \(damage.description)")
        try out.writeLine("  to do: \(damage.remedy)")
      }
      let state = note.damage.isEmpty ? "sound" : CountText.text(note.damage.count, "damaged place")
      try out.writeLine(
        deep
          ? "\(state): \(note.segments) segments, \(note.blocks) blocks, \(note.samples) samples "
            + "decoded, \(note.logEntries) log entries"
          : "\(state): \(note.segments) segments, indexes of \(note.blocks) blocks, "
            + "\(note.logEntries) log entries; blocks are read with --deep")
    }
    try out.flush()
    for words in note.notes { Diagnostic.note(words) }
    if note.replacedMeanwhile > 0 {
      Diagnostic.note("\(note.replacedMeanwhile) segments were replaced by a writer meanwhile")
    }
    if !note.damage.isEmpty { throw ExitCode(1) }
  }

  private func verifyFolder() throws -> VerifyNote {
    let progress = JobMeter("checking")
    defer { progress.finish() }
    return try source.whileReading { store in
      VerifyNote(store.verify(deep: deep) { progress.show($0) })
    }
  }
}
