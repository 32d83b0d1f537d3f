internal import NIOCore

/// Counts reads, paces those of chatty senders, and ends a connection that was silent for too long.
final class ReadWatcher: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer
  private let gauge: ReadGauge
  private var pace = ReadPace()
  /// The read that was put off, while there is one.
  private var later: Scheduled<Void>?

  init(gauge: ReadGauge) { self.gauge = gauge }

  func read(context: ChannelHandlerContext) {
    guard later == nil else { return }
    guard !gauge.readsAtOnce, let time = pace.nextRead, time > .now() else {
      return askForRead(context)
    }
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    later = context.eventLoop.scheduleTask(deadline: time) {
      let (watcher, context) = bound.value
      watcher.later = nil
      watcher.askForRead(context)
    }
  }

  private func askForRead(_ context: ChannelHandlerContext) {
    gauge.askedForRead()
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    gauge.startedRead()
    pace.noteRead(byteCount: ReadWatcher.unwrapInboundIn(data).readableBytes, at: .now())
    context.fireChannelRead(data)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    later?.cancel()
    later = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is IdleStateHandler.IdleStateEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    // Held up by the store, not silent: nothing is read until its bytes are dealt with.
    guard !gauge.isBusy else { return }
    context.fireErrorCaught(IdleTimeout())
    context.close(promise: nil)
  }
}

/// When a sender of many small writes is read again.
///
/// A read costs some 15 microseconds of processor time however little it brings: the way through the
/// event loop, a task, the log and back. A sender that wants no answers and writes line by line is
/// therefore read in intervals, and its lines gather in the socket meanwhile. One that pauses for
/// longer than the interval is read at once.
struct ReadPace: Sendable {
  /// What lines of a chatty sender may wait; nobody is told that they arrived.
  static let interval = TimeAmount.milliseconds(50)
  /// A read of fewer bytes is a small one; a sender at full speed hardly ever has two in a row.
  static let smallBytes = 16 << 10
  /// So many small reads in a row make a chatty sender.
  static let smallReads = 2

  private var small = 0
  private var last = NIODeadline.uptimeNanoseconds(0)

  /// Takes note of a read.
  mutating func noteRead(byteCount: Int, at now: NIODeadline) {
    // A read that was put off comes behind the interval: up to two of them are no pause.
    let isSmall = byteCount < ReadPace.smallBytes && now - last < ReadPace.interval * 2
    small = isSmall ? min(small + 1, ReadPace.smallReads) : 0
    last = now
  }

  /// The earliest time of the next read, or `nil` where it may be at once.
  var nextRead: NIODeadline? { small >= ReadPace.smallReads ? last + ReadPace.interval : nil }
}
