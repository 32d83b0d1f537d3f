internal import ArgumentParser

/// How a command prints its answer.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table, json, csv
  /// Markdown.
  case md
}
