import Foundation

/// One Swift file of the project, with what the tidy tests ask of it.
struct SourceFile {
  /// Path from the project's root.
  let path: String
  let lines: [String]

  /// The project's root, found from where this file was compiled.
  static var root: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
  }

  /// Every Swift file below a folder of the project, sorted.
  static func all(below folder: String) throws -> [SourceFile] {
    let base = URL(fileURLWithPath: root).appendingPathComponent(folder).resolvingSymlinksInPath()
    guard let walk = FileManager.default.enumerator(atPath: base.path) else {
      throw CocoaError(.fileNoSuchFile)
    }
    let names = walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }.sorted()
    return try names.map { name in
      let text = try String(contentsOf: base.appendingPathComponent(name), encoding: .utf8)
      return SourceFile(
        path: "\(folder)/\(name)",
        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }
  }

  /// The modules it imports.
  var imports: [String] {
    lines.compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      guard let at = words.firstIndex(of: "import"), at + 1 < words.count, at <= 2,
        words[..<at].allSatisfy({ $0.hasPrefix("@") || Self.accessLevels.contains($0) })
      else { return nil }
      let kinds: Set<String> = ["class", "struct", "enum", "func", "protocol", "typealias"]
      let name =
        kinds.contains(words[at + 1]) && at + 2 < words.count ? words[at + 2] : words[at + 1]
      return name.split(separator: ".").first.map(String.init)
    }
  }

  private static let accessLevels: Set<String> = ["public", "package", "internal", "private"]

  /// Functions and initialisers with the length of each, by the indentation swift-format guarantees.
  var functions: [(name: String, line: Int, lineCount: Int)] {
    var found: [(String, Int, Int)] = []
    for (index, line) in lines.enumerated() {
      let trimmed = line.drop { $0 == " " }
      let indent = line.count - trimmed.count
      guard Self.startsFunction(trimmed) else { continue }
      let closing = String(repeating: " ", count: indent) + "}"
      let rest = lines[(index + 1)...]
      guard let end = rest.firstIndex(where: { $0 == closing }),
        let next = rest.firstIndex(where: { Self.isSibling($0, indent: indent, closing: closing) }),
        next >= end
      else { continue }
      found.append((String(trimmed.prefix(60)), index + 1, end - index + 1))
    }
    return found
  }

  private static func startsFunction(_ text: Substring) -> Bool {
    let words = text.split(separator: " ", maxSplits: 8)
    guard let at = words.firstIndex(where: { $0 == "func" || Self.startsInitialiser($0) }) else {
      return false
    }
    let modifiers: Set<Substring> = [
      "public", "package", "internal", "private", "fileprivate", "static", "mutating", "consuming",
      "borrowing", "override", "convenience", "nonisolated", "final",
    ]
    return words[..<at].allSatisfy { modifiers.contains($0) || $0.hasPrefix("@") }
  }

  private static func startsInitialiser(_ word: Substring) -> Bool {
    ["init(", "init?(", "init<", "init?<"].contains { word.hasPrefix($0) }
  }

  /// A line at the same depth that is not part of the signature: the function has ended by then.
  private static func isSibling(_ line: String, indent: Int, closing: String) -> Bool {
    if line == closing { return true }
    let trimmed = line.drop { $0 == " " }
    guard !trimmed.isEmpty, line.count - trimmed.count <= indent else { return false }
    return !trimmed.hasPrefix(")") && !trimmed.hasPrefix("{") && !trimmed.hasPrefix("where")
  }
}
