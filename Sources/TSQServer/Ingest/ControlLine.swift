package import TSQCodec

/// An order to the server inside line protocol: a comment that starts with `# tsq `.
///
/// Other servers pass over comments, so a file with control lines stays plain line protocol.
package enum ControlLine: Hashable, Sendable {
  /// `# tsq ack=durable`: answer from now on. `# tsq ack=none`: fall silent again.
  case acknowledge(Bool)
  /// `# tsq precision=s`: the unit of the timestamps of the lines that follow.
  case precision(LinePrecision)
  /// `# tsq sync 17`: answer once everything before this line is durable.
  case sync(id: String)
  /// `# tsq auth TOKEN`: lets the connection in; the first line where the server asks for tokens.
  case authenticate(token: String)
  /// Starts with `# tsq ` and is none of these; the words, for the answer.
  case unknown(String)

  /// The longest id of a sync; it is echoed, so it is bounded.
  static let longestID = 64

  /// Reads a comment, with or without its line end.
  ///
  /// - Returns: `nil` for an ordinary comment.
  package init?(_ line: some Sequence<UInt8>) {
    let mark = Array("# tsq ".utf8)
    var content = Array(line.prefix(ControlLine.longestLine))
    while let last = content.last, last == 10 || last == 13 || last == 32 { content.removeLast() }
    guard content.count > mark.count, content.starts(with: mark) else { return nil }
    let text = String(decoding: content.dropFirst(mark.count), as: UTF8.self)
    let words = text.split(separator: " ")
    // A token is never said back, however wrong its line is.
    let shown = words.first == "auth" ? "auth" : String(text.prefix(80))
    self = ControlLine.known(words) ?? .unknown(shown)
  }

  /// An order about the unit of time that names none, in its own words: nobody can tell what the
  /// timestamps behind it mean.
  package var unknownUnit: String? {
    guard case .unknown(let words) = self, words.hasPrefix("precision=") else { return nil }
    return words
  }

  private static let longestLine = 256

  private static func known(_ words: [Substring]) -> ControlLine? {
    switch (words.first, words.count) {
    case ("ack=durable", 1): return .acknowledge(true)
    case ("ack=none", 1): return .acknowledge(false)
    case ("auth", 2): return .authenticate(token: String(words[1]))
    case ("sync", 2):
      let id = words[1]
      let isPlain = id.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
      }
      return isPlain && id.utf8.count <= longestID ? .sync(id: String(id)) : nil
    case (let word?, 1) where word.hasPrefix("precision="):
      return LinePrecision(text: word.dropFirst("precision=".count)).map { .precision($0) }
    default:
      return nil
    }
  }
}
