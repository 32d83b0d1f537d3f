import NIOCore
import NIOPosix
import Synchronization
import TSQCore
import Testing

/// A plain TCP client that reads lines of text.
final class LineClient: Sendable {
  private let channel: any Channel
  private let received: Received

  private init(channel: any Channel, received: Received) {
    self.channel = channel
    self.received = received
  }

  /// Connects; a client that does not read leaves what comes in the system's buffers.
  static func connect(_ address: HostPort, reads: Bool = true) async throws -> LineClient {
    let received = Received()
    let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelOption(.autoRead, value: reads)
      .channelOption(.socketOption(.so_rcvbuf), value: reads ? 1 << 18 : 4096)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Collector(received: received))
        }
      }
      .connect(host: address.host, port: address.port).get()
    return LineClient(channel: channel, received: received)
  }

  /// Writes text and waits until the system has it.
  func send(_ text: String) async throws {
    try await channel.writeAndFlush(ByteBuffer(string: text)).get()
  }

  /// Writes bytes and waits until the system has them.
  func send(_ bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
  }

  /// Writes text without waiting for room.
  func sendWithoutWaiting(_ text: String) {
    channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
  }

  /// The next line; fails after 20 s or when the server closes first.
  func reply() async throws -> String {
    for _ in 0..<4000 {
      if let line = received.next() { return line }
      if received.isClosed { throw TestFailure(words: "closed without an answer") }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw TestFailure(words: "no answer")
  }

  /// The lines up to and with the first that starts with `ok` or `err`.
  func replies() async throws -> [String] {
    var lines: [String] = []
    while true {
      let line = try await reply()
      lines.append(line)
      if line.hasPrefix("ok ") || line.hasPrefix("err ") { return lines }
    }
  }

  /// Says that no more comes; answers can still be read.
  func closeOutput() async throws { try await channel.close(mode: .output).get() }

  /// Closes at once.
  func close() async throws { try await channel.close().get() }

  /// Waits until the server has closed.
  func waitUntilClosed() async throws {
    for _ in 0..<4000 {
      if received.isClosed { return }
      try await Task.sleep(for: .milliseconds(5))
    }
    throw TestFailure(words: "the server keeps the connection")
  }

  /// Lines that came.
  final class Received: Sendable {
    private let state = Mutex<(lines: [String], isClosed: Bool)>(([], false))

    var isClosed: Bool { state.withLock { $0.isClosed } }
    func append(_ line: String) { state.withLock { $0.lines.append(line) } }
    func close() { state.withLock { $0.isClosed = true } }
    func next() -> String? {
      state.withLock { $0.lines.isEmpty ? nil : $0.lines.removeFirst() }
    }
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let received: Received
    private var pending = ByteBuffer()

    init(received: Received) { self.received = received }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      var bytes = unwrapInboundIn(data)
      pending.writeBuffer(&bytes)
      while let end = pending.readableBytesView.firstIndex(of: 10) {
        received.append(pending.readString(length: end - pending.readerIndex) ?? "")
        pending.moveReaderIndex(forwardBy: 1)
      }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if event as? ChannelEvent == .inputClosed { received.close() }
    }

    func channelInactive(context: ChannelHandlerContext) { received.close() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      received.close()
      context.close(promise: nil)
    }
  }
}
