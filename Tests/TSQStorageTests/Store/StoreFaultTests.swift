import Foundation
import TSQCore
import TSQTestSupport
import Testing

@testable import TSQStorage

@Suite("Store on a failing disk")
struct StoreFaultTests {
  /// A life of a store that goes on after every error, as a server does.
  private struct Life {
    let disk: SimulatedFileSystem
    var random: RandomWorkload
    var options = quietOptions()
    var store: Store?
    /// What was acknowledged; and, for a change whose outcome the store could not tell, also the
    /// same with that change.
    ///
    /// It may be seen at first and lost with the power: nobody promised it.
    var possible = [StoreModel()]
    /// The log cannot be trusted until the store is opened anew.
    var isPoisoned = false
    var errors: [String] = []

    init(_ disk: SimulatedFileSystem, seed: UInt64) throws {
      self.disk = disk
      random = try RandomWorkload(seed: seed, seriesCount: 3)
      options.partitionLength = .seconds(1000)
      open()
    }

    mutating func open() {
      do { store = try Store.open("/store", options: options, fileSystem: disk) } catch {
        store = nil
        errors.append("\(error)")
      }
    }

    mutating func append() {
      let batch = random.batch(maximum: 12)
      attempt({ $0.append(batch) }) { store throws(StoreError) in
        _ = try store.appendBlocking(try store.columns(batch))
      }
    }

    mutating func upkeep(_ work: (Store) throws(StoreError) -> Void) {
      guard let store else { return }
      do { try work(store) } catch { errors.append("\(error)") }
    }

    mutating func reopen() {
      upkeep { store throws(StoreError) in try store.close() }
      store = nil
      open()
      if store == nil { open() }
    }

    private mutating func attempt(
      _ effect: (inout StoreModel) -> Void, _ change: (Store) throws(StoreError) -> Void
    ) {
      guard let store else { return }
      do {
        try change(store)
        for index in possible.indices { effect(&possible[index]) }
      } catch {
        errors.append("\(error)")
        // Only a store that no longer knows may have stored it; after that it takes nothing more.
        guard case .poisoned = error, !isPoisoned else { return }
        isPoisoned = true
        for var model in possible {
          effect(&model)
          possible.append(model)
        }
      }
    }

    func check(_ snapshot: StoreSnapshot, _ place: String) throws {
      let found = try Found(snapshot)
      #expect(possible.contains { Found($0) == found }, "\(place), errors \(errors)")
    }
  }

  private func run(_ life: inout Life, _ place: String) throws {
    for step in 0..<12 {
      switch step {
      case 2, 5, 9: life.upkeep { store throws(StoreError) in _ = try store.flush() }
      case 6, 10: life.upkeep { store throws(StoreError) in _ = try store.compact() }
      case 7: life.reopen()
      default: life.append()
      }
      if life.isPoisoned {
        life.reopen()
        life.isPoisoned = false
        if let store = life.store { try life.check(store.snapshot(), "after poison, \(place)") }
      } else if let store = life.store {
        try life.check(store.snapshot(), "step \(step), \(place)")
      }
    }
  }

  @Test(
    "one failure of any operation at any moment loses nothing acknowledged",
    arguments: SimulatedOperation.allCases, [EIO, ENOSPC])
  func everyFailure(operation: SimulatedOperation, code: Int32) throws {
    let seed = propertySeeds(1)[0]
    var triggered = 0
    for skip in 0..<400 {
      let disk = SimulatedFileSystem()
      disk.inject(
        SimulatedFault(operation, skip: skip, code: code, writtenByteCount: skip % 3 * 7))
      let place = "\(operation) number \(skip + 1) fails with \(code), seed \(seed)"
      var life = try Life(disk, seed: seed)
      if life.store == nil { life.open() }
      try run(&life, place)
      if life.errors.isEmpty { break }
      triggered += 1
      try? life.store?.close()
      disk.removeFaults()
      for survival in 0..<(UInt64(environment("TSQ_CRASH_SEEDS") ?? "") ?? 1) {
        let store = try Store.open(
          "/store", options: life.options, fileSystem: disk.afterCrash(seed: survival))
        try life.check(store.snapshot(), "after a crash, \(place)")
        #expect(!store.recovery.damage.contains { $0.isMissing }, "\(store.recovery), \(place)")
        try store.compact()
        try life.check(store.snapshot(), "after a crash, compacted, \(place)")
        try store.close()
      }
    }
    let isUsed = ![.link, .createDirectory, .truncate].contains(operation)
    #expect(triggered > 0 || !isUsed, "no \(operation) ever failed")
  }
}
