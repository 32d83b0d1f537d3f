internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle
internal import TSQCore

/// Answers HTTP.
struct WebServer: Service {
  let services: WebServices
  let tls: ServerTLS?
  let logger: Logger
  /// Told once, with the address that was bound.
  let onListening: @Sendable (HostPort) -> Void

  func run() async throws {
    let configuration = services.configuration
    let idle = Int64(configuration.web.idleTimeout / .nanoseconds(1))
    let plain = HTTPServerBuilder.http1(
      configuration: .init(
        additionalChannelHandlers: [OldClientCloser.Inserter(), ContinueHandler()],
        idleTimeout: .nanoseconds(idle)))
    // Its words are about its own workings, among them errors at every end that is not orderly.
    var ownLogger = logger
    ownLogger.logLevel = .critical
    let application = Application(
      router: router(),
      server: try tls.map { try .tls(plain, tlsConfiguration: $0.configuration) } ?? plain,
      configuration: ApplicationConfiguration(
        address: .hostname(configuration.http.host, port: configuration.http.port),
        backlog: 1024,
        availableConnectionsDelegate: MaximumAvailableConnections(configuration.web.connections)),
      onServerRunning: { channel in
        // Closed again already where it has none.
        guard let port = channel.localAddress?.port else { return }
        onListening(HostPort(host: configuration.http.host, port: port))
      },
      eventLoopGroupProvider: .singleton,
      logger: ownLogger)
    // Above the senders of lines: requests take many short turns, and while senders flood, each
    // turn would wait behind all of theirs.
    let running = Task(priority: .high) { try await application.run() }
    try await withTaskCancellationHandler {
      do {
        try await running.value
      } catch {
        throw ListenError.describe(error, "http", configuration.http)
      }
    } onCancel: {
      running.cancel()
    }
  }

  private func router() -> Router<WebContext> {
    // Load balancers ask with HEAD.
    let router = Router(context: WebContext.self, options: .autoGenerateHeadEndpoints)
    let account = services.center.ledger.openShared(source: "http", now: .now)
    router.add(middleware: FailureAnswers(logger: logger))
    router.add(
      middleware: AccessCheck(
        tokens: services.center.tokens, counts: services.center.accessCounts))
    router.add(middleware: BodyInvitation())
    AdminEndpoints(services: services).add(to: router)
    UpkeepEndpoints(services: services).add(to: router)
    WriteEndpoints(services: services, account: account).add(to: router)
    let remote = services.center.ledger.openShared(source: "remote-write", now: .now)
    RemoteWriteEndpoint(services: services, account: remote).add(to: router)
    let imports = services.center.ledger.openShared(source: "import", now: .now)
    ImportEndpoints(services: services, account: imports).add(to: router)
    QueryEndpoints(services: services).add(to: router)
    ExportEndpoint(services: services).add(to: router)
    OwnEndpoints(services: services).add(to: router)
    // Last: they are for the methods that no endpoint took.
    OtherMethods.add(to: router)
    return router
  }
}

/// Turns errors that an endpoint did not deal with into JSON answers.
struct FailureAnswers: RouterMiddleware {
  let logger: Logger

  func handle(
    _ request: Request, context: WebContext,
    next: @concurrent (Request, WebContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch let error as BodyError {
      return WriteAnswer.refusal(error)
    } catch let error as HTTPError {
      return Answer.failure(
        error.status, error.status == .notFound ? "not_found" : "bad_data",
        error.body ?? "\(request.method) \(request.uri.path) is not here")
    } catch {
      logger.error("\(request.method) \(request.uri.path): \(error)")
      return Answer.failure(.internalServerError, "internal", "\(error)")
    }
  }
}
