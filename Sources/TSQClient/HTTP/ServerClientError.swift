/// Why a server gave no usable answer.
public enum ServerClientError: Error, Hashable, Sendable {
  /// The address is not an `http://` or `https://` URL.
  case badAddress(String)
  /// Nothing answered: the address and the network's words.
  case unreachable(address: String, reason: String)
  /// The server said no: its status, its error type (Prometheus' word) and its own words.
  case refused(status: Int, type: String, message: String)
  /// The answer is not what the API promises.
  case unexpected(path: String, reason: String)
}

extension ServerClientError {
  /// What to try against the reason that a server is unreachable, where the reason tells.
  public var hint: String? {
    guard case .unreachable(_, let reason) = self else { return nil }
    return NetworkReason.hint(for: reason)
  }
}

extension ServerClientError: CustomStringConvertible {
  /// One sentence for people.
  public var description: String {
    switch self {
    case .badAddress(let text):
      "`\(text)` is not a server address; hint: `http://127.0.0.1:9010`"
    case .unreachable(let address, let reason): "no answer from \(address): \(reason)"
    case .refused(let status, let type, let message):
      type.isEmpty
        ? "the server answered \(status): \(message)"
        : "the server answered \(status) (\(type)): \(message)"
    case .unexpected(let path, let reason):
      "the server's answer to `\(path)` cannot be read: \(reason)"
    }
  }
}
