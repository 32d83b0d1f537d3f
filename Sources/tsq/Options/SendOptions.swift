internal import ArgumentParser
internal import Foundation
internal import TSQClient
internal import TSQCodec
internal import TSQCore

/// Where to send and what to do while the server is away; shared by `push` and `agent`.
struct SendOptions: ParsableArguments {
  @Option(help: "The server's line-protocol address, HOST:PORT.")
  var to = AddressArgument(HostPort(host: "127.0.0.1", port: 9009))

  @Option(help: "Keep batches in this folder until they are acknowledged, and replay them later.")
  var spool: String?

  @Option(
    help: "The most bytes in the spool; past it `push` waits and `agent` drops the oldest batches.")
  var spoolLimit = 256 << 20

  @Flag(help: "Encrypt; implied by --tls-ca and --tls-cert.")
  var tls = false

  @OptionGroup var access: AccessOptions

  func validate() throws {
    guard spoolLimit >= 1 << 20 else {
      throw ValidationError("--spool-limit must be at least 1 MiB (1048576)")
    }
  }

  /// A sender's options.
  func options(overflow: Spool.Overflow) throws -> LineSenderOptions {
    var options = LineSenderOptions()
    options.access = try access.access()
    options.access.usesTLS = options.access.usesTLS || tls
    try options.access.check()
    options.spool = spool.map {
      SpoolOptions(directory: $0, limitBytes: spoolLimit, overflow: overflow)
    }
    return options
  }
}

/// `HOST:PORT` on the command line.
struct AddressArgument: ExpressibleByArgument {
  let address: HostPort

  init(_ address: HostPort) { self.address = address }

  init?(argument: String) {
    guard let address = HostPort(argument) else { return nil }
    self.address = address
  }

  var defaultValueDescription: String { "\(address)" }
}

/// The unit of line-protocol timestamps on the command line.
enum PrecisionArgument: String, ExpressibleByArgument, CaseIterable {
  case ns, us, ms, s, m, h

  /// The unit as the parser knows it.
  var unit: LinePrecision {
    switch self {
    case .ns: .nanoseconds
    case .us: .microseconds
    case .ms: .milliseconds
    case .s: .seconds
    case .m: .minutes
    case .h: .hours
    }
  }

  /// Length of the unit, nanoseconds.
  var unitNanoseconds: Int64 { unit.unitNanoseconds }
}
