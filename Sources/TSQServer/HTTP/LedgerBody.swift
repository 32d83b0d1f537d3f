internal import TSQCodec
internal import TSQCore

/// The ledger as JSON.
struct LedgerBody: Encodable {
  /// What became of lines and samples.
  struct Counts: Encodable {
    let lines: Int
    let accepted: Int
    let rejected: Int
    let rejectedByReason: [String: Int]
    let samples: Int
    let stored: Int
    let replaced: Int
    let ignored: Int
    let rounded: Int
    let bytes: Int

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
  struct Connections: Encodable {
    let opened: Int
    let open: Int
    let refused: Int
    let slowReaders: Int
    let idle: Int

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
  struct Earlier: Encodable {
    let connections: Int
    let counts: Counts

    init(_ earlier: IngestLedger.Earlier) {
      connections = earlier.connections
      counts = Counts(earlier.counts)
    }
  }

  /// One sender.
  struct Account: Encodable {
    let id: UInt64
    let source: String
    let peer: String
    let opened: String
    let closed: String?
    let closeReason: String?
    let counts: Counts

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

  let total: Counts
  let connections: Connections
  let deadLettersWritten: Int
  let deadLettersLost: Int
  /// The connections that are too long ago to be listed, together.
  let earlier: Earlier
  let accounts: [Account]

  enum CodingKeys: String, CodingKey {
    case total, connections, earlier, accounts
    case deadLettersWritten = "dead_letters_written"
    case deadLettersLost = "dead_letters_lost"
  }
}
