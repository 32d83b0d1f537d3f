/// Prints the first rejected lines of an import and counts the rest.
final class ImportRejections {
  /// Lines shown: enough to see the pattern, few enough to read.
  private static let shown = 20
  var file = ""
  private var count = 0

  /// One rejected line.
  func print(_ line: Int, _ reason: String, _ words: String) {
    count += 1
    guard count <= Self.shown else { return }
    StandardError.writeLine("\(file):\(line): \(reason): \(words)")
  }

  /// Says how many were not shown.
  func finish() {
    guard count > Self.shown else { return }
    StandardError.writeLine("and \(count - Self.shown) more rejected lines")
  }
}
