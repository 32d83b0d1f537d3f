internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// Answers `Expect: 100-continue` with `100 Continue`, so that a client sends its body at once.
///
/// Source: RFC 9110 §10.1.1. A request that follows others without waiting is told after their answers,
/// whose place the word would take otherwise; one whose body comes anyway is not told (§10.1.1: "MAY
/// omit"). Every body is read, up to its limit, so the answer is always to go on.
final class ContinueHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  /// Requests whose answer is not written to its end.
  private var unanswered = 0
  /// Whether the last request waits for the word.
  private var isAwaited = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      unanswered += 1
      isAwaited = head.headerFields[.expect]?.lowercased() == "100-continue"
      sendIfDue(context)
    case .body, .end: isAwaited = false
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let part = unwrapOutboundIn(data)
    // The answer to the request that waits came before its body was asked for.
    if case .head = part, unanswered == 1 { isAwaited = false }
    context.write(data, promise: promise)
    guard case .end = part else { return }
    unanswered -= 1
    sendIfDue(context)
  }

  private func sendIfDue(_ context: ChannelHandlerContext) {
    guard isAwaited, unanswered == 1 else { return }
    isAwaited = false
    context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
  }
}
