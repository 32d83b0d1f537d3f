internal import Synchronization
package import TSQCore

/// The account of everything that was received, in total and for each connection.
///
/// Counted once per batch, never per sample. Closed connections stay in the totals; the list keeps
/// the open ones and the last few closed.
package final class IngestLedger: Sendable {
  /// The account of one connection, or of one way in that has no connections of its own.
  package struct Account: Sendable {
    /// Ascending in the order of arrival.
    package let id: UInt64
    /// How it came: `tcp`, `graphite`, `http`, `remote-write`, `import`.
    package let source: String
    /// Who sent: an address with a port.
    package let peer: String
    /// When it came.
    package let opened: Timestamp
    /// When it went, or `nil`.
    package var closed: Timestamp?
    /// Why it went, in a word; empty while it is open.
    package var closeReason = ""
    /// What it sent.
    package var counts = LedgerCounts()
  }

  /// Connections by what became of them.
  package struct Connections: Sendable, Equatable {
    /// Taken since the start.
    package var opened = 0
    /// Open now.
    package var open = 0
    /// Turned away at the limit.
    package var refused = 0
    /// Closed because they did not read their replies.
    package var slowReaders = 0
    /// Closed because they were silent for too long.
    package var idle = 0
  }

  /// Closed connections that are no longer remembered one by one.
  package struct Earlier: Sendable {
    /// How many.
    package var connections = 0
    /// What they sent together.
    package var counts = LedgerCounts()
  }

  private struct State {
    var earlier = Earlier()
    var total = LedgerCounts()
    var connections = Connections()
    var open: [UInt64: Account] = [:]
    var closed: [Account] = []
    var nextID: UInt64 = 1
  }

  /// Closed connections remembered; enough to find yesterday's odd sender, and bounded.
  static let rememberedClosed = 256
  private let state = Mutex(State())

  package init() {}

  /// Opens an account.
  package func open(source: String, peer: String, now: Timestamp) -> UInt64 {
    state.withLock { state in
      let id = state.nextID
      state.nextID += 1
      state.open[id] = Account(id: id, source: source, peer: peer, opened: now)
      state.connections.opened += 1
      state.connections.open += 1
      return id
    }
  }

  /// Opens an account for a way in that is no single connection; it is never closed.
  package func openShared(source: String, now: Timestamp) -> UInt64 {
    state.withLock { state in
      let id = state.nextID
      state.nextID += 1
      state.open[id] = Account(id: id, source: source, peer: "", opened: now)
      return id
    }
  }

  /// Adds what one batch brought to a connection's account and to the total.
  package func add(_ counts: LedgerCounts, to id: UInt64) {
    state.withLock { state in
      state.total.add(counts)
      if state.open[id] != nil {
        state.open[id]?.counts.add(counts)
      } else if let place = state.closed.firstIndex(where: { $0.id == id }) {
        state.closed[place].counts.add(counts)
      } else {
        state.earlier.counts.add(counts)
      }
    }
  }

  /// Adds what a sender without an account brought.
  package func add(_ counts: LedgerCounts) {
    state.withLock { state in
      state.total.add(counts)
      state.earlier.counts.add(counts)
    }
  }

  /// Closes an account.
  package func close(_ id: UInt64, reason: CloseReason, now: Timestamp) {
    state.withLock { state in
      guard var account = state.open.removeValue(forKey: id) else { return }
      account.closed = now
      account.closeReason = reason.rawValue
      state.connections.open -= 1
      switch reason {
      case .slowReader: state.connections.slowReaders += 1
      case .idle: state.connections.idle += 1
      case .finished, .failed, .shutdown, .unauthorized: break
      }
      state.closed.append(account)
      if state.closed.count > IngestLedger.rememberedClosed {
        state.earlier.connections += 1
        state.earlier.counts.add(state.closed.removeFirst().counts)
      }
    }
  }

  /// Counts a connection that was turned away.
  package func refuse() { state.withLock { $0.connections.refused += 1 } }

  /// Everything so far.
  package var total: LedgerCounts { state.withLock { $0.total } }

  /// Everything at one moment: the accounts and the earlier ones add up to the total.
  package struct Snapshot: Sendable {
    package let total: LedgerCounts
    package let connections: Connections
    package let accounts: [Account]
    package let earlier: Earlier
  }

  /// Everything at one moment.
  package var snapshot: Snapshot {
    state.withLock { state in
      Snapshot(
        total: state.total, connections: state.connections,
        accounts: (state.closed + Array(state.open.values)).sorted { $0.id < $1.id },
        earlier: state.earlier)
    }
  }

  /// Connections by what became of them.
  package var connections: Connections { state.withLock { $0.connections } }

  /// The open accounts and the last closed ones, in order of arrival.
  package var accounts: [Account] { snapshot.accounts }
}

/// Why a connection ended.
package enum CloseReason: String, Sendable {
  /// The sender closed it after a whole line.
  case finished
  /// The network failed.
  case failed
  /// The sender did not read its replies.
  case slowReader = "slow-reader"
  /// The sender was silent for too long.
  case idle
  /// The sender showed no token that opens the server.
  case unauthorized
  /// The server stopped.
  case shutdown
}
