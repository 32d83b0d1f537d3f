internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// How a client is let in, and how it knows that the server is the right one.
public struct ServerAccess: Sendable, Hashable {
  /// The token to show, or `nil`.
  public var token: String?
  /// Whether to encrypt line protocol; HTTP follows its address.
  public var usesTLS = false
  /// Authorities that the server's certificate must lead to, PEM; `nil` takes the system's.
  public var authorities: String?
  /// This client's certificate, PEM, where the server asks for one.
  public var certificate: String?
  /// The certificate's private key, PEM.
  public var key: String?

  /// No token, and the system's authorities.
  public init() {}

  /// Why files of TLS cannot be used.
  public struct Failure: Error, CustomStringConvertible {
    /// One sentence for people.
    public let description: String
  }

  /// The settings of TLS.
  func tlsConfiguration() throws(Failure) -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if let authorities {
      configuration.trustRoots = .certificates(try Self.certificates(authorities))
    }
    if let certificate {
      configuration.certificateChain = try Self.certificates(certificate)
        .map { .certificate($0) }
      let key = key ?? certificate
      do {
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
      } catch { throw Self.unusable(key, "a private key") }
    }
    return configuration
  }

  private static func certificates(_ path: String) throws(Failure) -> [NIOSSLCertificate] {
    let found = try? NIOSSLCertificate.fromPEMFile(path)
    guard let found, !found.isEmpty else { throw unusable(path, "a certificate") }
    return found
  }

  /// The library's own words name its source files, and not the one that is wrong.
  private static func unusable(_ path: String, _ what: String) -> Failure {
    let isThere = FileManager.default.isReadableFile(atPath: path)
    return Failure(
      description: isThere
        ? "`\(path)` has no PEM of \(what)"
        : "`\(path)` cannot be read: no such file, or no permission")
  }

  /// Reads the files once, so that a mistake is told before anything is sent.
  public func check() throws(Failure) {
    guard usesTLS || authorities != nil || certificate != nil else { return }
    do {
      _ = try NIOSSLContext(configuration: try tlsConfiguration())
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(description: "the TLS files cannot be used: \(error)")
    }
  }

  /// Puts TLS in front of whatever reads a connection.
  func start(on channel: any Channel, host: String) throws {
    guard usesTLS else { return }
    let context = try NIOSSLContext(configuration: try tlsConfiguration())
    // A certificate may name an address, but the handshake may not.
    let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
    try channel.pipeline.syncOperations.addHandler(
      NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host))
  }

  /// One client for the whole process and for each set of files, never shut down: it ends with the
  /// program.
  ///
  /// It does not try a refused connection again until the time is over: a person who mistyped an
  /// address must not wait two minutes for the answer.
  func httpClient() throws(Failure) -> HTTPClient {
    var files = self
    files.token = nil
    if let known = ServerAccess.clients.withLock({ $0[files] }) { return known }
    var configuration = HTTPClient.Configuration()
    configuration.timeout.connect = .seconds(5)
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.tlsConfiguration = try tlsConfiguration()
    let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let (kept, isNew) = ServerAccess.clients.withLock { clients in
      if let other = clients[files] { return (other, false) }
      clients[files] = made
      return (made, true)
    }
    if !isNew { made.shutdown { _ in } }
    return kept
  }

  private static let clients = Mutex<[ServerAccess: HTTPClient]>([:])
}
