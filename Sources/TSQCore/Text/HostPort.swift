/// Where something listens: a host name or address and a TCP port.
public struct HostPort: Hashable, Sendable {
  /// A host name, an IPv4 address, or an IPv6 address without brackets.
  public var host: String
  /// The TCP port; 0 asks the system to pick one when listening.
  public var port: Int

  /// An address from its two parts.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `host:port`, `[v6]:port`, `:port` (all interfaces) or, with a default port, a bare host.
  ///
  /// - Returns: `nil` for anything else: no host and no port, a port past 65,535, bare IPv6 with a port.
  public init?(_ text: String, defaultPort: Int? = nil) {
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { return nil }
      let host = String(text[text.index(after: text.startIndex)..<close])
      let rest = text[text.index(after: close)...]
      if rest.isEmpty, let defaultPort, !host.isEmpty {
        self.init(host: host, port: defaultPort)
        return
      }
      guard rest.hasPrefix(":"), !host.isEmpty, let port = HostPort.port(rest.dropFirst()) else {
        return nil
      }
      self.init(host: host, port: port)
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch parts.count {
    case 1:
      guard let defaultPort, !text.isEmpty else { return nil }
      self.init(host: text, port: defaultPort)
    case 2:
      guard let port = HostPort.port(parts[1]) else { return nil }
      self.init(host: parts[0].isEmpty ? "0.0.0.0" : String(parts[0]), port: port)
    default:
      return nil
    }
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  private static func port(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(text),
      port <= 65_535
    else { return nil }
    return port
  }
}

extension HostPort: CustomStringConvertible {
  /// `host:port`, with brackets around an IPv6 address.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
