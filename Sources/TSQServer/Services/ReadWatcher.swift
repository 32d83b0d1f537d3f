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
    if gauge.readsAtOnce {
      later?.cancel()
      later = nil
      return askForRead(context)
    }
    guard later == nil else { return }
    guard let time = pace.nextRead, time > .now() else { return askForRead(context) }
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
    // Held up by the store or put off, not silent: nothing is read meanwhile.
    guard !gauge.isBusy, later == nil else { return }
    context.fireErrorCaught(IdleTimeout())
    context.close(promise: nil)
  }
}
