import Foundation
import Synchronization
import TSQClient
import Testing

/// The ledger as the server tells it; names as in the JSON.
struct ToldLedger: Decodable {
  struct Counts: Decodable {
    let lines: Int
    let accepted: Int
    let rejected: Int
    let rejected_by_reason: [String: Int]
    let samples: Int
    let stored: Int
    let replaced: Int
    let ignored: Int

    var isBalanced: Bool {
      lines == accepted + rejected && samples == stored + replaced + ignored
        && rejected == rejected_by_reason.values.reduce(0, +)
    }
  }

  struct Connections: Decodable {
    let opened: Int
    let open: Int
    let refused: Int
    let slow_readers: Int
    let idle: Int
  }

  struct Account: Decodable {
    let source: String
    let peer: String
    let counts: Counts
  }

  let total: Counts
  let connections: Connections
  let dead_letters_written: Int
  let dead_letters_lost: Int
  let accounts: [Account]
}

/// Asks a server for its ledger.
func ledger(_ running: RunningServer) async throws -> ToldLedger {
  struct Envelope: Decodable { let data: ToldLedger }
  let bytes = try await ServerClient(running.http).ledger()
  return try JSONDecoder().decode(Envelope.self, from: bytes).data
}

/// Rejections as they come.
final class Rejections: Sendable {
  private let state = Mutex<[Rejection]>([])
  func append(_ rejection: Rejection) { state.withLock { $0.append(rejection) } }
  var all: [Rejection] { state.withLock { $0 } }
}
