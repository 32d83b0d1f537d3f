internal import Glibc
internal import NIOCore
internal import TSQCore

/// Asks the system whether an address can be had, without listening there.
///
/// Listening, even for a moment, would take in a sender that waits for the server, and drop it.
enum AddressProbe {
  /// Binds an address and lets go of it.
  ///
  /// Blocks while a name is looked up. Two of our own that are the same are not noticed here.
  /// - Throws: `ListenError` where the system refuses; what looking a name up throws.
  static func check(_ address: HostPort, purpose: String) throws {
    let resolved = try SocketAddress.makeAddressResolvingHost(address.host, port: address.port)
    let code = bindOnce(resolved)
    guard code != 0 else { return }
    throw ListenError.describe(IOError(errnoCode: code, reason: "bind"), purpose, address)
  }

  /// The system's error number, 0 for none.
  private static func bindOnce(_ address: SocketAddress) -> CInt {
    let family: CInt = if case .v6 = address { AF_INET6 } else { AF_INET }
    let descriptor = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    // As the listeners: connections that have ended do not hold the address.
    var isOn: CInt = 1
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<CInt>.size))
    let result = unsafe address.withSockAddr { unsafe bind(descriptor, $0, socklen_t($1)) }
    return result == 0 ? 0 : errno
  }
}
