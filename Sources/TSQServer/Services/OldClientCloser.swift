internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypesHTTP1

/// Lets a request of HTTP/1.0 that does not ask to keep the connection say that it is the last one.
///
/// Source: RFC 9112 §9.3: a connection of HTTP/1.0 persists only where `keep-alive` asks for it. What
/// answers further up knows no versions, only the word `close`.
final class OldClientCloser: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .head(var head) = unwrapInboundIn(data), head.version == .http1_0,
      !head.isKeepAlive
    else { return context.fireChannelRead(data) }
    head.headers.replaceOrAdd(name: "connection", value: "close")
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  /// Puts one in front of the codec that drops versions, and goes: the server's own settings can only
  /// add handlers behind it.
  final class Inserter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    func handlerAdded(context: ChannelHandlerContext) {
      let pipeline = context.pipeline.syncOperations
      do {
        let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
        try pipeline.addHandler(OldClientCloser(), position: .before(codec))
      } catch {
        context.fireErrorCaught(error)
      }
      pipeline.removeHandler(context: context, promise: nil)
    }
  }
}
