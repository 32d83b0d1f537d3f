internal import Logging
internal import ServiceLifecycle
internal import TSQCore
internal import TSQStorage

/// Opens the store, keeps it for as long as the server runs, and closes it last.
struct StoreService: Service {
  let configuration: ServeConfiguration
  let gate: StoreGate
  let pool: QueryPool
  let deadLetters: DeadLetterFolders
  let logger: Logger
  /// Told once, when everything acknowledged is visible again.
  let onReady: @Sendable (Store) -> Void

  func run() async throws {
    let (directory, options) = (configuration.dataDirectory, configuration.store)
    let store: Store
    do {
      store = try await BlockingThread.run("tsq-open") {
        try Store.open(directory, options: options)
      }
    } catch {
      gate.close()
      throw error
    }
    gate.open(store)
    onReady(store)
    // Throws when the group is cancelled; the store is closed in either case.
    try? await gracefulShutdown()
    gate.close()
    await pool.shutdown()
    deadLetters.flush()
    try await BlockingThread.run("tsq-close") { try store.close() }
  }
}
