internal import Synchronization

/// The tokens that open the server, one as good as the other.
///
/// Empty tokens open nothing: without any the server asks for none.
public struct AccessTokens: Sendable {
  private let tokens: [[UInt8]]

  /// The longest token; with its order it fits the longest line of orders.
  public static let longest = 200

  /// No tokens: everyone may come in.
  public init() { tokens = [] }

  /// Tokens from a file's text: one a line; blank lines and `#` comments are passed over.
  ///
  /// - Throws: `ConfigurationError` for one that is longer than `longest` or holds anything but
  ///   visible ASCII, and where there is none at all: a typing error must not open the server.
  public init(text: String) throws(ConfigurationError) {
    let lines = text.split(whereSeparator: \.isNewline)
      .map { $0.trimmingPrefix { $0.isWhitespace } }
      .filter { !$0.isEmpty && !$0.hasPrefix("#") }
    tokens = lines.map { Array($0.utf8) }
    guard !tokens.isEmpty else {
      throw .outOfRange(setting: "token-file", value: "no token", accepted: "one token a line")
    }
    for token in tokens {
      guard token.count <= Self.longest, token.allSatisfy({ (33...126).contains($0) }) else {
        throw .outOfRange(
          setting: "token-file", value: "a token of \(token.count) bytes",
          accepted: "at most \(Self.longest) visible ASCII characters, no blanks")
      }
    }
  }

  /// Whether senders and clients must show a token.
  public var isRequired: Bool { !tokens.isEmpty }

  /// Whether a token is one of these.
  ///
  /// Looks at every byte of every token, so that the time taken tells nothing about them.
  package func admits(_ shown: some Collection<UInt8>) -> Bool {
    let shown = Array(shown.prefix(Self.longest + 1))
    var isKnown = false
    for token in tokens {
      var difference = UInt64(bitPattern: Int64(shown.count ^ token.count))
      for index in 0..<Self.longest {
        let left = index < token.count ? token[index] : 0
        let right = index < shown.count ? shown[index] : 0
        difference |= UInt64(left ^ right)
      }
      isKnown = isKnown || difference == 0
    }
    return isKnown
  }
}

/// Counts who was turned away for lack of a token.
package final class AccessCounts: Sendable {
  private let refusedRequests = Atomic<Int>(0)
  private let refusedConnections = Atomic<Int>(0)

  package init() {}

  /// A request without a token that opens the server.
  package func refuseRequest() { refusedRequests.add(1, ordering: .relaxed) }
  /// A connection whose first line was no token that opens the server.
  package func refuseConnection() { refusedConnections.add(1, ordering: .relaxed) }

  /// HTTP requests turned away.
  package var requests: Int { refusedRequests.load(ordering: .relaxed) }
  /// TCP connections turned away.
  package var connections: Int { refusedConnections.load(ordering: .relaxed) }
}
