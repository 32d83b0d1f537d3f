internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import TSQCore

/// One accepted TCP connection: its socket, its replies and its quiet moments.
final class LineChannel: Sendable {
  typealias Stream = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  let stream: Stream
  /// The ledger's account.
  let account: UInt64
  private let lastRead: Atomic<Int64>
  private let reason = Mutex<CloseReason?>(nil)
  private let lastWrite = Mutex<EventLoopFuture<Void>?>(nil)

  init(stream: Stream, account: UInt64) {
    self.stream = stream
    self.account = account
    self.lastRead = Atomic(Timestamp.now.nanoseconds)
  }

  private var channel: any Channel { stream.channel }

  /// Who is at the other end.
  var peer: String { LineChannel.text(channel.remoteAddress) }

  /// Notes that bytes came and are being dealt with.
  func beginWork() { lastRead.store(.max, ordering: .relaxed) }

  /// Notes that all bytes read so far were dealt with.
  func endWork() { lastRead.store(Timestamp.now.nanoseconds, ordering: .relaxed) }

  /// How long there was nothing to deal with; negative while there is.
  func quiet(now: Timestamp) -> Duration {
    let last = Timestamp(nanoseconds: lastRead.load(ordering: .relaxed))
    return .nanoseconds(now.nanoseconds(since: last))
  }

  /// Writes a reply without waiting; a sender that does not read its replies is cut off.
  ///
  /// The channel is not writable while more bytes wait than its high watermark, which is the limit.
  func reply(_ text: String) {
    guard channel.isWritable else { return close(.slowReader) }
    let future = channel.writeAndFlush(ByteBuffer(string: text))
    lastWrite.withLock { $0 = future }
  }

  /// Closes the connection now; the first reason given stays.
  func close(_ why: CloseReason) {
    reason.withLock { if $0 == nil { $0 = why } }
    channel.close(promise: nil)
  }

  /// Takes no more bytes; what was read is still dealt with and answered.
  func closeInput(_ why: CloseReason) {
    reason.withLock { if $0 == nil { $0 = why } }
    channel.close(mode: .input, promise: nil)
  }

  /// Why it was closed from this side, or `nil`.
  var closeReason: CloseReason? { reason.withLock { $0 } }

  /// Waits until the last reply left, or the time is over: a sender may never read it.
  func drain(timeout: Duration) async {
    guard let last = lastWrite.withLock({ $0 }) else { return }
    let channel = channel
    let guardTask = Task {
      try await Task.sleep(for: timeout)
      channel.close(promise: nil)
    }
    defer { guardTask.cancel() }
    // A failed write means that the connection is gone; there is nobody left to tell.
    try? await last.get()
  }

  /// An address as `host:port`.
  static func text(_ address: SocketAddress?) -> String {
    guard let address else { return "unknown" }
    if let host = address.ipAddress, let port = address.port {
      return HostPort(host: host, port: port).description
    }
    return address.pathname ?? "local"
  }
}
