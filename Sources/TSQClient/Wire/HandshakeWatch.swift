internal import NIOCore
internal import NIOTLS

/// Tells when TLS is agreed on, and gives up where the other side does not answer.
///
/// A server that does not speak TLS on a port takes the greeting for the beginning of a line and waits
/// for its end, so that nobody ever says what is wrong.
final class HandshakeWatch: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let agreed: EventLoopPromise<Void>
  private let patience: TimeAmount
  private var giveUp: Scheduled<Void>?

  /// A watch that keeps a promise when TLS is agreed on, and breaks it otherwise.
  init(_ agreed: EventLoopPromise<Void>, patience: TimeAmount) {
    self.agreed = agreed
    self.patience = patience
  }

  func channelActive(context: ChannelHandlerContext) {
    let agreed = agreed
    giveUp = context.eventLoop.scheduleTask(in: patience) { agreed.fail(LinkError.noHandshake) }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent { agreed.succeed() }
    context.fireUserInboundEventTriggered(event)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    agreed.fail(error)
    context.fireErrorCaught(error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    agreed.fail(ChannelError.eof)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    giveUp?.cancel()
    agreed.fail(ChannelError.eof)
  }
}
