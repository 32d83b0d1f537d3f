internal import Glibc
internal import NIOCore
internal import NIOPosix

/// The network library's errors in the few words a person needs.
enum NetworkReason {
  /// What went wrong, without the names of functions and types.
  static func text(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      // One for each address of the name; the first is the preferred one's.
      if let first = error.connectionErrors.first { return text(first.error) }
      if error.dnsAError != nil || error.dnsAAAAError != nil { return "the name is not known" }
      return "nothing answers"
    case let error as IOError: return unsafe String(cString: strerror(error.errnoCode))
    case ChannelError.connectTimeout: return "nothing answers in time"
    default: return "\(error)"
    }
  }
}
