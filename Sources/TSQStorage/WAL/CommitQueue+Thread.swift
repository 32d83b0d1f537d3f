internal import Dispatch
internal import Synchronization

/// What the writer's thread does.
extension CommitQueue {
  /// One turn of the thread.
  private enum Turn {
    /// Commit these requests, or run the single piece of work.
    case group([CommitRequest])
    /// Unsynced bytes are due.
    case sync
    /// Nothing waits and the queue closes.
    case end
  }

  /// What only the thread knows.
  private struct Progress {
    /// When unsynced bytes must be synced, by the policy.
    var syncDue: ContinuousClock.Instant?
    /// The last group had several waiters: the next one is worth waiting for.
    var isBusy = false
  }

  /// Commits groups until the queue closes or the log fails.
  func run(_ writer: WALWriter) {
    var progress = Progress()
    while true {
      switch nextTurn(progress) {
      case .group(let requests): commit(requests, writer, &progress)
      case .sync: syncDue(writer, &progress)
      case .end:
        syncDue(writer, &progress)
        writer.close()
        return
      }
    }
  }

  // MARK: - Waiting

  private func nextTurn(_ progress: Progress) -> Turn {
    while true {
      let now = ContinuousClock.now
      var deadline = progress.syncDue
      let turn: Turn? = state.withLock { state in
        // First of all: senders that never pause must not put the sync off for ever.
        if let due = progress.syncDue, due <= now { return .sync }
        if !state.requests.isEmpty {
          guard let until = gatherUntil(state, progress), until > now else {
            return .group(state.takeGroup(byteCountMax: options.groupByteCountMax))
          }
          deadline = min(until, deadline ?? until)
          state.wakeAtByteCount = options.groupByteCount
          return nil
        }
        if state.isClosing { return .end }
        state.wakeAtByteCount = 0
        return nil
      }
      if let turn { return turn }
      sleep(until: deadline, now)
      state.withLock { $0.wakeAtByteCount = nil }
    }
  }

  /// How long the waiting requests wait for others; `nil` where they should not.
  private func gatherUntil(_ state: State, _ progress: Progress) -> ContinuousClock.Instant? {
    guard progress.isBusy, !state.isClosing, state.byteCount < options.groupByteCount,
      let oldest = state.oldest, state.requests.allSatisfy(\.isEntry)
    else { return nil }
    return oldest.advanced(by: options.gatherDelay)
  }

  private func sleep(until deadline: ContinuousClock.Instant?, _ now: ContinuousClock.Instant) {
    guard let deadline else {
      wake.wait()
      return
    }
    let (seconds, attoseconds) = now.duration(to: deadline).components
    let nanoseconds = max(0, Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    _ = wake.wait(timeout: .now() + .nanoseconds(nanoseconds))
  }

  // MARK: - Committing

  private func commit(
    _ requests: [CommitRequest], _ writer: WALWriter, _ progress: inout Progress
  ) {
    if case .work(let work) = requests[0].content {
      work(writer)
      requests[0].completion.complete(
        .success(CommitReceipt(sequence: writer.nextSequence - 1, stored: 0, replaced: 0)))
      return
    }
    if case .checkedEntry(_, let condition) = requests[0].content, !condition() {
      // No entry has the number 0.
      requests[0].completion.complete(
        .success(CommitReceipt(sequence: 0, stored: 0, replaced: 0)))
      return
    }
    progress.isBusy = requests.count > 1
    var admitted = admit(requests, writer)
    do {
      var first: UInt64 = 0
      let entries = admitted.compactMap(\.entry)
      if !entries.isEmpty { first = try write(&admitted, writer) }
      let mustSync = admitted.contains { $0.wantsSync(policy: options.policy) }
      if mustSync {
        try sync(writer, &progress)
      } else if !entries.isEmpty {
        noteUnsynced(&progress)
      }
      complete(admitted, firstSequence: first, writer)
    } catch {
      if case .poisoned = error { fail(error) }
      for request in admitted { request.completion.complete(.failure(error)) }
    }
  }

  /// The requests of a group that may be written; the others are told why not.
  ///
  /// Below the free-space floor samples are refused, while deletions still pass: they are small,
  /// and what they lead to gives space back.
  private func admit(_ requests: [CommitRequest], _ writer: WALWriter) -> [CommitRequest] {
    let byteCount = requests.reduce(0) { $0 + $1.byteCount }
    do {
      try writer.requireRoom(forBytes: byteCount, reserve: options.reserve(byteCount))
      return requests
    } catch {
      let refused = requests.filter(\.hasSamples)
      state.withLock { $0.statistics.refusedCount += UInt64(refused.count) }
      for request in refused { request.completion.complete(.failure(error)) }
      return requests.filter { !$0.hasSamples }
    }
  }

  /// Writes a group; where one entry is too large, each for itself, so that only that one fails.
  ///
  /// - Returns: the first sequence number. `requests` keeps those that nobody was told of yet: the
  ///   written ones, and after an error those that come behind too.
  private func write(
    _ requests: inout [CommitRequest], _ writer: WALWriter
  ) throws(StoreError) -> UInt64 {
    let entries = requests.compactMap(\.entry)
    do {
      return try writer.write(entries).lowerBound
    } catch .entryTooLarge {
      var first = writer.nextSequence
      var written: [CommitRequest] = []
      for (place, request) in requests.enumerated() {
        guard let entry = request.entry else {
          written.append(request)
          continue
        }
        do {
          let range = try writer.write([entry])
          if written.allSatisfy({ $0.entry == nil }) { first = range.lowerBound }
          written.append(request)
        } catch {
          if case .poisoned = error {
            requests = written + requests[place...]
            throw error
          }
          request.completion.complete(.failure(error))
        }
      }
      requests = written
      return first
    }
  }

  /// Makes a written group visible and tells its waiters.
  private func complete(
    _ requests: [CommitRequest], firstSequence: UInt64, _ writer: WALWriter
  ) {
    let entries = requests.compactMap(\.entry)
    let counts =
      entries.isEmpty
      ? []
      : apply(entries.enumerated().map { (firstSequence + UInt64($0.offset), $0.element) })
    precondition(counts.count == entries.count, "one count for each entry applied")
    state.withLock { state in
      state.statistics.entryCount += UInt64(entries.count)
      state.statistics.groupCount += entries.isEmpty ? 0 : 1
    }
    var index = 0
    for request in requests {
      guard request.entry != nil else {
        let receipt = CommitReceipt(sequence: writer.nextSequence - 1, stored: 0, replaced: 0)
        request.completion.complete(.success(receipt))
        continue
      }
      let receipt = CommitReceipt(
        sequence: firstSequence + UInt64(index), stored: counts[index].stored,
        replaced: counts[index].replaced)
      request.completion.complete(.success(receipt))
      index += 1
    }
  }

  // MARK: - Syncing and failing

  private func noteUnsynced(_ progress: inout Progress) {
    if case .interval(let interval) = options.policy, progress.syncDue == nil {
      progress.syncDue = .now.advanced(by: interval)
    }
  }

  private func sync(_ writer: WALWriter, _ progress: inout Progress) throws(StoreError) {
    try writer.sync()
    progress.syncDue = nil
    state.withLock { $0.statistics.syncCount += 1 }
  }

  private func syncDue(_ writer: WALWriter, _ progress: inout Progress) {
    progress.syncDue = nil
    do {
      try sync(writer, &progress)
    } catch {
      fail(error)
    }
  }

  /// Refuses everything from now on, and what waits already.
  private func fail(_ error: StoreError) {
    let waiting = state.withLock { state in
      if state.failure == nil { state.failure = error }
      let waiting = state.requests
      state.requests = []
      state.byteCount = 0
      state.oldest = nil
      return waiting
    }
    for request in waiting { request.completion.complete(.failure(error)) }
  }
}

extension CommitQueue.State {
  /// Takes requests in their order: entries up to a size, or one piece of work or checked entry
  /// alone.
  fileprivate mutating func takeGroup(byteCountMax: Int) -> [CommitRequest] {
    var count = 0
    var taken = 0
    for request in requests {
      if request.goesAlone {
        if count == 0 {
          count = 1
          taken = request.byteCount
        }
        break
      }
      // A single entry may be larger than the limit: it goes alone.
      if count > 0, taken + request.byteCount > byteCountMax { break }
      taken += request.byteCount
      count += 1
    }
    let group = Array(requests[..<count])
    requests.removeFirst(count)
    byteCount -= taken
    if requests.isEmpty { oldest = nil }
    return group
  }
}

extension CommitRequest {
  /// The entry to commit, if it is one.
  fileprivate var entry: WALEntry? {
    switch content {
    case .entry(let entry, _), .checkedEntry(let entry, _): entry
    case .barrier, .work: nil
    }
  }

  /// Whether no other request may be in its group.
  fileprivate var goesAlone: Bool {
    switch content {
    case .checkedEntry, .work: true
    case .barrier, .entry: false
    }
  }

  fileprivate var isEntry: Bool { entry != nil }

  fileprivate var hasSamples: Bool {
    if case .entry(.samples, _) = content { true } else { false }
  }

  /// Whether the group that holds this must be synced before anybody is told.
  fileprivate func wantsSync(policy: WALSyncPolicy) -> Bool {
    switch content {
    case .entry(_, .synced), .checkedEntry, .barrier: true
    case .entry(_, .buffered): policy == .always
    case .work: false
    }
  }
}
