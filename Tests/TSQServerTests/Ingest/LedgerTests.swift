import TSQCodec
import TSQCore
import TSQServer
import TSQTestSupport
import Testing

@Suite("The ledger")
struct LedgerTests {
  @Test("It balances after any sequence of entries", arguments: propertySeeds())
  func balance(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let ledger = IngestLedger()
    let accounts = (0..<3).map { _ in ledger.open(source: "tcp", peer: "p", now: .distantPast) }
    for _ in 0..<200 {
      var counts = LedgerCounts()
      counts.addAccepted(
        lines: Int.random(in: 0...9, using: &generator),
        stored: Int.random(in: 0...9, using: &generator),
        replaced: Int.random(in: 0...9, using: &generator),
        ignored: Int.random(in: 0...9, using: &generator), rounded: 0)
      if let reason = RejectReason.allCases.randomElement(using: &generator) {
        counts.addRejected(reason, lines: Int.random(in: 0...3, using: &generator))
      }
      ledger.add(counts, to: accounts[Int.random(in: 0..<3, using: &generator)])
    }
    #expect(ledger.total.isBalanced, "seed \(seed)")
    var sum = LedgerCounts()
    for account in ledger.accounts {
      #expect(account.counts.isBalanced, "seed \(seed)")
      sum.add(account.counts)
    }
    #expect(sum == ledger.total, "seed \(seed)")
  }

  @Test("Closed connections are remembered up to a limit, their counts for ever")
  func closing() {
    let ledger = IngestLedger()
    for _ in 0..<1000 {
      let id = ledger.open(source: "tcp", peer: "p", now: .distantPast)
      var counts = LedgerCounts()
      counts.addAccepted(lines: 1, stored: 1, replaced: 0, ignored: 0, rounded: 0)
      ledger.add(counts, to: id)
      ledger.close(id, reason: .idle, now: .distantPast)
    }
    #expect(ledger.accounts.count == 256)
    #expect(ledger.total.stored == 1000)
    #expect(ledger.connections.idle == 1000)
    #expect(ledger.connections.open == 0)
  }
}

@Suite("The shared budget")
struct ByteBudgetTests {
  @Test("Who finds none left waits in order, and a cancelled wait takes nothing")
  func waiting() async throws {
    let budget = ByteBudget(limit: 10)
    #expect(budget.take(8))
    #expect(!budget.take(3))
    let first = Task { await budget.wait(5) }
    let second = Task { await budget.wait(1) }
    try await Task.sleep(for: .milliseconds(50))
    first.cancel()
    #expect(await first.value == false)
    budget.give(8)
    #expect(await second.value)
    #expect(budget.used == 1)
    budget.give(1)
    #expect(budget.used == 0)
  }

  @Test("A request larger than all there is counts as all there is")
  func oversized() async {
    let budget = ByteBudget(limit: 10)
    #expect(await budget.wait(1000))
    #expect(budget.used == 10)
    budget.give(1000)
    #expect(budget.used == 0)
  }

  @Test("Many takers never hold more than there is", arguments: propertySeeds(3))
  func contention(seed: UInt64) async {
    let budget = ByteBudget(limit: 100)
    await withTaskGroup(of: Bool.self) { group in
      for index in 0..<200 {
        let bytes = 1 + Int((seed >> UInt64(index % 60)) % 50)
        group.addTask {
          guard await budget.wait(bytes) else { return false }
          let isWithin = budget.used <= budget.limit
          await Task.yield()
          budget.give(bytes)
          return isWithin
        }
      }
      for await isWithin in group { #expect(isWithin, "seed \(seed)") }
    }
    #expect(budget.used == 0)
  }
}
