internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Answers `Expect: 100-continue` with `100 Continue` once somebody wants to read the body.
///
/// Source: RFC 9110 §10.1.1. A request that is refused by its head alone gets its final answer instead:
/// its body is never asked for, so that the connection ends with that answer. One whose body comes
/// anyway is not told to go on (§10.1.1: "MAY omit").
final class ContinueHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Says that the body of the request at hand is wanted.
  struct BodyIsWanted: Sendable {}

  /// Requests whose answer is not written to its end.
  private var unanswered = 0
  /// Whether the last request waits for the word.
  private var isAwaited = false
  /// Whether the answer under way is the last one.
  private var isLast = false

  /// Whether a client waits with its body until it is told to send it.
  static func isExpected(_ headers: HTTPFields) -> Bool {
    headers[.expect]?.lowercased() == "100-continue"
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      unanswered += 1
      isAwaited = ContinueHandler.isExpected(head.headerFields)
    case .body, .end: isAwaited = false
    }
    context.fireChannelRead(data)
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard event is BodyIsWanted else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    if isAwaited {
      isAwaited = false
      context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }
    promise?.succeed()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where isAwaited && unanswered == 1:
      // Whether the client sends its body after all is not known, so nothing could follow.
      isLast = true
      head.headerFields[.connection] = "close"
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end where isLast:
      let written = promise ?? context.eventLoop.makePromise()
      let channel = context.channel
      written.futureResult.whenComplete { _ in channel.close(promise: nil) }
      context.writeAndFlush(data, promise: written)
    case .end:
      unanswered -= 1
      context.write(data, promise: promise)
    case .head, .body: context.write(data, promise: promise)
    }
  }
}
