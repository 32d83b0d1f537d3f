internal import NIOCore
internal import NIOSSL

/// Where a server's certificate lies.
public struct TLSFiles: Sendable, Hashable {
  /// The certificate and those that lead to a known authority, PEM.
  public var certificate: String
  /// The certificate's private key, PEM.
  public var key: String
  /// Authorities of which a client must show a certificate, PEM; `nil` asks for none.
  public var clientAuthorities: String?

  /// Files by their paths.
  public init(certificate: String, key: String, clientAuthorities: String? = nil) {
    self.certificate = certificate
    self.key = key
    self.clientAuthorities = clientAuthorities
  }
}

/// A server's side of TLS, read once at the start.
struct ServerTLS: Sendable {
  let configuration: TLSConfiguration
  private let context: NIOSSLContext

  /// Reads the files.
  ///
  /// - Throws: `ConfigurationError` where one cannot be used.
  init(_ files: TLSFiles) throws(ConfigurationError) {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(files.certificate)
      guard !chain.isEmpty else {
        throw ConfigurationError.outOfRange(
          setting: "tls-cert", value: files.certificate, accepted: "a PEM file with a certificate")
      }
      var configuration = TLSConfiguration.makeServerConfiguration(
        certificateChain: chain.map { .certificate($0) },
        privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
      configuration.minimumTLSVersion = .tlsv12
      if let authorities = files.clientAuthorities {
        configuration.trustRoots = .file(authorities)
        // Clients have no name that could be checked.
        configuration.certificateVerification = .noHostnameVerification
      }
      self.configuration = configuration
      self.context = try NIOSSLContext(configuration: configuration)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw .outOfRange(
        setting: "tls-cert, tls-key, tls-ca",
        value: [files.certificate, files.key, files.clientAuthorities].compactMap { $0 }
          .joined(separator: ", "),
        accepted: "PEM files that belong together (\(error))")
    }
  }

  /// Puts TLS in front of whatever reads a connection.
  func start(on channel: any Channel) throws {
    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
  }
}
