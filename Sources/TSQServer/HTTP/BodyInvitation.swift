internal import Hummingbird
internal import NIOCore

/// Lets a client that waits with its body send it once an endpoint begins to read it.
///
/// What an endpoint refuses by the head of a request alone, a body that is announced too large above
/// all, is never sent.
struct BodyInvitation: RouterMiddleware {
  func handle(
    _ request: Request, context: WebContext,
    next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    guard ContinueHandler.isExpected(request.headers) else {
      return try await next(request, context)
    }
    var request = request
    request.body = RequestBody(
      asyncSequence: InvitedBody(body: request.body, channel: context.channel))
    return try await next(request, context)
  }

  /// A body that is asked for when its reading begins.
  private struct InvitedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let body: RequestBody
    let channel: any Channel

    func makeAsyncIterator() -> RequestBody.AsyncIterator {
      channel.triggerUserOutboundEvent(ContinueHandler.BodyIsWanted(), promise: nil)
      return body.makeAsyncIterator()
    }
  }
}
