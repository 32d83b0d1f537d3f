/// Prints the first rejected lines of an import and counts the rest.
final class ImportRejections {
  var file = ""
  private let shown: Int
  private var count = 0

  /// Shows so many lines at most; 0 is no limit.
  init(shown: Int) { self.shown = shown }

  /// One rejected line.
  func print(_ line: Int, _ reason: String, _ words: String) {
    count += 1
    guard count <= shown || shown == 0 else { return }
    StandardError.writeLine("\(file):\(line): \(reason): \(words)")
  }

  /// Says how many were not shown.
  func finish() {
    guard shown > 0, count > shown else { return }
    StandardError.writeLine("and \(count - shown) more rejected lines; --rejected 0 prints all")
  }
}
