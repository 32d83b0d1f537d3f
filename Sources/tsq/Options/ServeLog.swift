internal import Foundation
internal import Logging
internal import Synchronization
internal import TSQCore
internal import TSQServer
internal import TSQStorage

/// Says on standard output where the server listens, and in the log when it is ready.
///
/// The addresses wait for the store: whoever reads one may take the server for up.
final class Announcer: Sendable {
  private struct State {
    var isReady = false
    var waiting: [String] = []
  }

  private let logger: Logger
  private let state = Mutex(State())

  init(logger: Logger) { self.logger = logger }

  func tell(_ event: ServerEvent) {
    switch event {
    case .http(let address): announce("http on \(address)")
    case .lineProtocol(let address): announce("line protocol on \(address)")
    case .graphite(let address): announce("graphite on \(address)")
    case .ready(let recovery):
      // Its findings stand in the log already, as the store told them.
      let summary = "\(recovery)".split(separator: "\n").first ?? ""
      logger.info("ready: \(summary)")
      let lines = state.withLock { state in
        defer { state = State(isReady: true) }
        return state.waiting
      }
      for line in lines { write(line) }
    }
  }

  private func announce(_ line: String) {
    let isReady = state.withLock { state in
      if !state.isReady { state.waiting.append(line) }
      return state.isReady
    }
    if isReady { write(line) }
  }

  private func write(_ line: String) {
    // Straight through: whoever started the server waits for this line.
    writeWhereRead(line + "\n", to: STDOUT_FILENO)
  }
}

/// The server's own log: one line an event on standard error.
enum ServeLog {
  static func logger(level: Logger.Level) -> Logger {
    LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
    var logger = Logger(label: "tsq")
    logger.logLevel = level
    return logger
  }
  /// How the store's messages are levelled.
  static func level(_ level: StoreMessageLevel) -> Logger.Level {
    switch level {
    case .note: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
