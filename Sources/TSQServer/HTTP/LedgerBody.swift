internal import TSQCodec
internal import TSQCore

/// The ledger as JSON: what the server answers and `tsq ingest-report` reads.
package struct LedgerBody: Codable {
  /// What became of lines and samples.
  package struct Counts: Codable {
    package let lines: Int
    package let accepted: Int
    package let rejected: Int
    package let rejectedByReason: [String: Int]
    package let samples: Int
    package let stored: Int
    package let replaced: Int
    package let ignored: Int
    package let rounded: Int
    package let bytes: Int

    enum CodingKeys: String, CodingKey {
      case lines, accepted, rejected, samples, stored, replaced, ignored, rounded, bytes
      case rejectedByReason = "rejected_by_reason"
    }

    init(_ counts: LedgerCounts) {
      lines = counts.lines
      accepted = counts.accepted
      rejected = counts.rejected
      rejectedByReason = Dictionary(
        uniqueKeysWithValues: counts.rejectedByReason.map { ($0.key.rawValue, $0.value) })
      samples = counts.samples
      stored = counts.stored
      replaced = counts.replaced
      ignored = counts.ignored
      rounded = counts.rounded
      bytes = counts.bytes
    }
  }

  /// Connections by what became of them.
  package struct Connections: Codable {
    package let opened: Int
    package let open: Int
    package let refused: Int
    package let slowReaders: Int
    package let idle: Int

    enum CodingKeys: String, CodingKey {
      case opened, open, refused, idle
      case slowReaders = "slow_readers"
    }

    init(_ connections: IngestLedger.Connections) {
      opened = connections.opened
      open = connections.open
      refused = connections.refused
      slowReaders = connections.slowReaders
      idle = connections.idle
    }
  }

  /// Closed connections that are no longer listed.
  package struct Earlier: Codable {
    package let connections: Int
    package let counts: Counts

    init(_ earlier: IngestLedger.Earlier) {
      connections = earlier.connections
      counts = Counts(earlier.counts)
    }
  }

  /// One sender.
  package struct Account: Codable {
    package let id: UInt64
    package let source: String
    package let peer: String
    package let opened: String
    package let closed: String?
    package let closeReason: String?
    package let counts: Counts

    enum CodingKeys: String, CodingKey {
      case id, source, peer, opened, closed, counts
      case closeReason = "close_reason"
    }

    init(_ account: IngestLedger.Account) {
      id = account.id
      source = account.source
      peer = account.peer
      opened = account.opened.description
      closed = account.closed?.description
      closeReason = account.closeReason.isEmpty ? nil : account.closeReason
      counts = Counts(account.counts)
    }
  }

  package let total: Counts
  package let connections: Connections
  package let deadLettersWritten: Int
  package let deadLettersLost: Int
  /// The connections that are too long ago to be listed, together.
  package let earlier: Earlier
  package let accounts: [Account]

  enum CodingKeys: String, CodingKey {
    case total, connections, earlier, accounts
    case deadLettersWritten = "dead_letters_written"
    case deadLettersLost = "dead_letters_lost"
  }
}
