internal import Glibc
internal import NIOCore
public import TSQCore

/// Why the server does not listen where it should.
public struct ListenError: Error, CustomStringConvertible {
  /// What it wanted to take there: line protocol, graphite, http.
  public let purpose: String
  /// Where.
  public let address: HostPort
  /// The system's words.
  public let reason: String

  /// One sentence for people.
  public var description: String { "cannot listen on \(address) for \(purpose): \(reason)" }

  /// The same error, or a `ListenError` where the system refused the address.
  static func describe(_ error: any Error, _ purpose: String, _ address: HostPort) -> any Error {
    guard let error = error as? IOError else { return error }
    return ListenError(
      purpose: purpose, address: address, reason: unsafe String(cString: strerror(error.errnoCode)))
  }
}
