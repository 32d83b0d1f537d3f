internal import NIOCore
internal import NIOPosix
internal import TSQCore

/// Why a connection to the server was given up; the sender tries again.
enum LinkError: Error, CustomStringConvertible {
  /// TLS was begun, and nothing came back.
  case noHandshake
  /// The oldest batch waited this long for its answer.
  case silent(Duration)
  /// The server said something that is no reply.
  case notAReply(String)
  /// The server said `err`.
  case refused(reason: String, message: String)
  /// A reply went on without end.
  case replyTooLong

  /// Whether the server asks for another token than was shown.
  static func isUnauthorized(_ error: any Error) -> Bool {
    guard case .refused(reason: "unauthorized", _)? = error as? LinkError else { return false }
    return true
  }

  var description: String {
    switch self {
    case .noHandshake:
      "the server does not answer the beginning of TLS: it may not speak TLS on this port"
        + " (leave out --tls then)"
    case .silent(let patience): "the server gave no answer for \(patience)"
    case .notAReply(let text): "not a line-protocol server: it said `\(text.prefix(80))`"
    case .refused(let reason, let message): "the server refused: \(reason): \(message)"
    case .replyTooLong: "not a line-protocol server: its reply has no end"
    }
  }
}

/// One TCP connection, read as lines of text and written as bytes.
struct SenderLink {
  private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
  /// The longest reply line; a server's messages are far shorter.
  private static let longestReply = 64 << 10

  static func connect(
    to server: HostPort, access: ServerAccess, timeout: Duration
  ) async throws -> SenderLink {
    let patience = TimeAmount.milliseconds(Int64(timeout / .milliseconds(1)))
    let (channel, agreed) = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .connectTimeout(patience)
      .channelOption(.socketOption(.so_keepalive), value: 1)
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .connect(host: server.host, port: server.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try access.start(on: channel, host: server.host)
          let agreed = channel.eventLoop.makePromise(of: Void.self)
          if access.usesTLS {
            try channel.pipeline.syncOperations.addHandler(
              HandshakeWatch(agreed, patience: patience))
          } else {
            agreed.succeed()
          }
          let stream = try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
            wrappingChannelSynchronously: channel)
          return (stream, agreed.futureResult)
        }
      }
    do {
      try await agreed.get()
    } catch {
      // A stream must be closed in this way; that it could not be used is known already.
      try? await channel.executeThenClose { _, _ in }
      throw error
    }
    return SenderLink(channel: channel)
  }

  /// Runs the three sides of a conversation until one of them ends or throws.
  func converse(
    write: @escaping @Sendable (@Sendable ([UInt8]) async throws -> Void) async throws -> Void,
    reply: @escaping @Sendable (String) async throws -> Void,
    watch: @escaping @Sendable () async throws -> Void
  ) async throws {
    try await channel.executeThenClose { inbound, outbound in
      try await withThrowingTaskGroup(of: Void.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await write { try await outbound.write(ByteBuffer(bytes: $0)) } }
        group.addTask { try await SenderLink.read(inbound, reply) }
        group.addTask { try await watch() }
        try await group.next()
      }
    }
  }

  private static func read(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
    _ reply: @Sendable (String) async throws -> Void
  ) async throws {
    var pending = ByteBuffer()
    for try await var bytes in inbound {
      pending.writeBuffer(&bytes)
      while let end = pending.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
        let count = end - pending.readerIndex
        let line = pending.readString(length: count) ?? ""
        pending.moveReaderIndex(forwardBy: 1)
        try await reply(line)
      }
      guard pending.readableBytes <= longestReply else { throw LinkError.replyTooLong }
      pending.discardReadBytes()
    }
  }
}
