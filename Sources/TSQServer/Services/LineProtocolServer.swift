internal import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization
internal import TSQCodec
internal import TSQCore

/// Takes lines of one format over TCP: line protocol, or Graphite plaintext.
///
/// Listens at once and accepts while the store recovers; what is sent waits in the sockets.
struct LineProtocolServer: Service {
  let format: LineFormat
  let address: HostPort
  let tls: ServerTLS?
  let center: IngestCenter
  let gate: StoreGate
  let grace: Duration
  let logger: Logger
  /// Told once, with the address that was bound.
  let onListening: @Sendable (HostPort) -> Void

  /// Bytes of one read: the longer, the more samples of a series a batch has, and the cheaper each.
  private static let readBytes = (least: 16 << 10, most: 1 << 20)
  /// What the reads of all connections may take; each holds about four, and the more there are, the
  /// shorter are those of the next.
  private static let readBytesOfAll = 32 << 20
  /// A connection whose event loop found nothing to read so often has nothing under way.
  private static let quietProbes = 5
  /// How often connections are looked at while the server stops.
  private static let probeInterval = Duration.milliseconds(40)
  /// How long the last replies of a connection may take to leave.
  private static let replyGrace = Duration.seconds(2)

  func run() async throws {
    let open = OpenChannels()
    let listener: NIOAsyncChannel<Accepted, Never>
    do {
      listener = try await bind(open)
    } catch {
      throw ListenError.describe(error, format.rawValue, address)
    }
    let bound = HostPort(
      host: address.host, port: listener.channel.localAddress?.port ?? address.port)
    onListening(bound)
    try await withGracefulShutdownHandler {
      try await withThrowingDiscardingTaskGroup { group in
        try await listener.executeThenClose { accepted in
          for try await new in accepted {
            if let channel = admit(new, open) {
              group.addTask { await serve(channel, open) }
            } else {
              group.addTask { await refuse(new.stream) }
            }
          }
        }
        // The listener is closed: let open connections come to their end.
        group.addTask { await end(open) }
      }
    } onGracefulShutdown: {
      center.stop()
      listener.channel.close(promise: nil)
    }
  }

  private func bind(_ open: OpenChannels) async throws -> NIOAsyncChannel<Accepted, Never> {
    let idle = Int64(center.limits.idleTimeout / .nanoseconds(1))
    let replyBytes = center.limits.replyBytes
    return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .serverChannelOption(.backlog, value: 1024)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.maxMessagesPerRead, value: 1)
      // The system would let megabytes of replies wait before it told us that nobody reads them.
      .childChannelOption(.socketOption(.so_sndbuf), value: .init(replyBytes))
      .childChannelOption(
        .writeBufferWaterMark, value: .init(low: replyBytes / 2, high: replyBytes)
      )
      .bind(host: address.host, port: address.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          try tls?.start(on: channel)
          try channel.syncOptions?.setOption(
            .recvAllocator, value: LineProtocolServer.readAllocator(connections: open.count + 1))
          try channel.pipeline.syncOperations.addHandler(
            IdleStateHandler(readTimeout: .nanoseconds(idle)))
          let gauge = ReadGauge()
          try channel.pipeline.syncOperations.addHandler(ReadWatcher(gauge: gauge))
          let stream = try LineChannel.Stream(
            wrappingChannelSynchronously: channel,
            configuration: .init(
              backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2),
              isOutboundHalfClosureEnabled: true))
          return Accepted(stream: stream, gauge: gauge)
        }
      }
  }

  /// Reads grow with what a connection sends, up to its share.
  private static func readAllocator(connections: Int) -> AdaptiveRecvByteBufferAllocator {
    let share = max(readBytes.least, min(readBytes.most, readBytesOfAll / connections))
    return AdaptiveRecvByteBufferAllocator(
      minimum: 2048, initial: readBytes.least, maximum: share)
  }

  /// Tells a connection past the limit why it is closed.
  private func refuse(_ stream: LineChannel.Stream) async {
    center.ledger.refuse()
    let limit = center.limits.connections
    let words = "err - reason=connections \"the limit of \(limit) connections is reached\"\n"
    // One that is gone already needs no words.
    try? await stream.executeThenClose { _, outbound in
      try await outbound.write(ByteBuffer(string: words))
    }
  }

  /// Takes a connection in, or returns `nil` at the limit.
  private func admit(_ new: Accepted, _ open: OpenChannels) -> LineChannel? {
    guard open.count < center.limits.connections else { return nil }
    let account = center.ledger.open(
      source: format == .graphite ? "graphite" : "tcp",
      peer: LineChannel.text(new.stream.channel.remoteAddress), now: .now)
    let channel = LineChannel(
      stream: new.stream, gauge: new.gauge, account: account, isEncrypted: tls != nil)
    open.insert(channel)
    return channel
  }

  private func serve(_ channel: LineChannel, _ open: OpenChannels) async {
    var reason = CloseReason.finished
    do {
      try await channel.stream.executeThenClose { inbound, _ in
        guard await gate.wait() != nil else { return }
        var conversation = LineConversation(
          center: center, format: format, account: channel.account, peer: channel.peer
        ) { channel.reply($0) }
        do {
          for try await bytes in inbound {
            await conversation.receive(bytes)
            if conversation.isAnswering { channel.readAtOnce() }
            channel.finishedRead()
            guard !conversation.isRefused else {
              reason = .unauthorized
              break
            }
          }
        } catch {
          reason = error is IdleTimeout ? .idle : Self.isOrderly(error) ? .finished : .failed
        }
        await conversation.finish()
        await channel.drain(timeout: LineProtocolServer.replyGrace)
      }
    } catch {
      if reason == .finished, !Self.isOrderly(error) { reason = .failed }
    }
    open.remove(channel)
    center.ledger.close(channel.account, reason: channel.closeReason ?? reason, now: .now)
  }

  /// Whether a connection ended as many do over TLS: without its farewell.
  ///
  /// What is whole was taken, and half a line is rejected as of any connection.
  private static func isOrderly(_ error: any Error) -> Bool {
    (error as? NIOSSLError) == .uncleanShutdown
  }

  /// Ends open connections: quiet ones at once, busy ones when they pause or the grace is over.
  private func end(_ open: OpenChannels) async {
    let deadline = ContinuousClock.now + grace
    for channel in open.all { channel.readAtOnce() }
    while open.count > 0 {
      let isOver = ContinuousClock.now >= deadline || Task.isCancelled
      for channel in open.all where channel.probe() >= Self.quietProbes || isOver {
        channel.closeInput(.shutdown)
      }
      if isOver, ContinuousClock.now >= deadline + .seconds(5) || Task.isCancelled {
        for channel in open.all { channel.close(.shutdown) }
      }
      // Not the cancellable sleep: the loop itself ends when the connections have.
      await Task.detached { try? await Task.sleep(for: Self.probeInterval) }.value
    }
  }
}

/// The connections that are open.
final class OpenChannels: Sendable {
  private let channels = Mutex<[UInt64: LineChannel]>([:])

  var count: Int { channels.withLock { $0.count } }
  var all: [LineChannel] { channels.withLock { Array($0.values) } }
  func insert(_ channel: LineChannel) { channels.withLock { $0[channel.account] = channel } }
  func remove(_ channel: LineChannel) { channels.withLock { $0[channel.account] = nil } }
}

/// Thrown into a connection that was silent for too long.
struct IdleTimeout: Error {}

/// A connection as it was accepted.
struct Accepted: Sendable {
  let stream: LineChannel.Stream
  let gauge: ReadGauge
}
