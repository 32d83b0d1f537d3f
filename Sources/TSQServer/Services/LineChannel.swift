internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import TSQCore

/// How many reads of a connection came and were dealt with.
final class ReadGauge: Sendable {
  private let open = Atomic<Int>(0)
  private let quiet = Atomic<Int>(0)
  private let isReading = Atomic<Bool>(false)
  private let isAtOnce = Atomic<Bool>(false)

  /// None of the reads is put off any more.
  func readAtOnce() { isAtOnce.store(true, ordering: .relaxed) }

  /// Whether reads are never put off.
  var readsAtOnce: Bool { isAtOnce.load(ordering: .relaxed) }

  /// The next bytes are asked for: whatever waits in the socket will be read.
  func askedForRead() { isReading.store(true, ordering: .sequentiallyConsistent) }

  /// The event loop read bytes.
  func startedRead() {
    open.add(1, ordering: .sequentiallyConsistent)
    isReading.store(false, ordering: .sequentiallyConsistent)
    quiet.store(0, ordering: .sequentiallyConsistent)
  }

  /// The bytes of one read were dealt with.
  func finishedRead() {
    quiet.store(0, ordering: .sequentiallyConsistent)
    open.subtract(1, ordering: .sequentiallyConsistent)
  }

  /// The event loop came by.
  func loopAnswered() {
    guard open.load(ordering: .sequentiallyConsistent) == 0,
      isReading.load(ordering: .sequentiallyConsistent)
    else { return }
    quiet.add(1, ordering: .sequentiallyConsistent)
  }

  /// Whether bytes that were read are still being dealt with, so that reading may be paused.
  var isBusy: Bool { open.load(ordering: .sequentiallyConsistent) > 0 }

  /// How often in a row the event loop came by with nothing to read and nothing under way.
  var quietProbes: Int { quiet.load(ordering: .sequentiallyConsistent) }
}

/// One accepted TCP connection: its socket, its replies and its quiet moments.
final class LineChannel: Sendable {
  typealias Stream = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  let stream: Stream
  /// The ledger's account.
  let account: UInt64
  private let gauge: ReadGauge
  private let isEncrypted: Bool
  private let reason = Mutex<CloseReason?>(nil)
  private let lastWrite = Mutex<EventLoopFuture<Void>?>(nil)
  /// Replies that the event loop has not come by to write, and whether it was asked to.
  private let waiting = Mutex<(bytes: ByteBuffer, isAsked: Bool)>((ByteBuffer(), false))
  /// What of them may wait before the sender is taken for one that does not read.
  private static let waitingBytes = 256 << 10

  init(stream: Stream, gauge: ReadGauge, account: UInt64, isEncrypted: Bool = false) {
    self.isEncrypted = isEncrypted
    self.stream = stream
    self.gauge = gauge
    self.account = account
  }

  private var channel: any Channel { stream.channel }

  /// Who is at the other end.
  var peer: String { LineChannel.text(channel.remoteAddress) }

  /// Notes that one read was dealt with.
  func finishedRead() { gauge.finishedRead() }

  /// Puts no read off from now on, and ends the wait of one that was: the sender waits for answers, or
  /// the server stops.
  func readAtOnce() {
    guard !gauge.readsAtOnce else { return }
    gauge.readAtOnce()
    channel.read()
  }

  /// Asks the connection's event loop whether bytes came meanwhile.
  ///
  /// - Returns: how often in a row it was asked and nothing had come: an event loop that answers
  ///   would have read what waits in the socket.
  func probe() -> Int {
    let gauge = gauge
    channel.eventLoop.execute { gauge.loopAnswered() }
    return gauge.quietProbes
  }

  /// Writes a reply without waiting; a sender that does not read its replies is cut off.
  ///
  /// The channel is not writable while more bytes wait than its high watermark, which is the limit.
  /// All replies since the event loop last came by leave in one write: one task for each would keep
  /// it, and everyone else's connections with it, busy for seconds.
  func reply(_ text: String) {
    let (isFirst, isTooMuch) = waiting.withLock { waiting in
      waiting.bytes.writeString(text)
      defer { waiting.isAsked = true }
      return (!waiting.isAsked, waiting.bytes.readableBytes > LineChannel.waitingBytes)
    }
    guard channel.isWritable, !isTooMuch else { return close(.slowReader) }
    if isFirst { channel.eventLoop.execute { self.writeReplies() } }
  }

  /// Writes what waits; on the event loop.
  private func writeReplies() {
    let bytes = waiting.withLock { waiting in
      defer { waiting = (ByteBuffer(), false) }
      return waiting.bytes
    }
    guard bytes.readableBytes > 0 else { return }
    let future = channel.writeAndFlush(bytes)
    lastWrite.withLock { $0 = future }
  }

  /// Closes the connection now; the first reason given stays.
  func close(_ why: CloseReason) {
    reason.withLock { if $0 == nil { $0 = why } }
    guard why == .slowReader else { return channel.close(promise: nil) }
    let channel = channel
    // A plain close would wait behind the replies that nobody reads: the sender would never hear of
    // it, and the system would keep them for minutes.
    channel.eventLoop.execute {
      guard let socket = channel as? any SocketOptionProvider else {
        return channel.close(promise: nil)
      }
      socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
        channel.close(promise: nil)
      }
    }
  }

  /// Takes no more bytes; what was read is still dealt with and answered.
  func closeInput(_ why: CloseReason) {
    reason.withLock { if $0 == nil { $0 = why } }
    // TLS ends in both directions at once; a sender that still waits for a reply sends again.
    channel.close(mode: isEncrypted ? .all : .input, promise: nil)
  }

  /// Why it was closed from this side, or `nil`.
  var closeReason: CloseReason? { reason.withLock { $0 } }

  /// Waits until the last reply left, or the time is over: a sender may never read it.
  func drain(timeout: Duration) async {
    // Behind the order to write that the last reply gave.
    try? await channel.eventLoop.submit { self.writeReplies() }.get()
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
