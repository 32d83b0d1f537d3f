internal import Foundation
internal import TSQClient
internal import TSQStorage

/// Reads a server's answers to orders, and does the same orders on a folder.
enum UpkeepAnswer {
  private struct Envelope<Payload: Decodable>: Decodable {
    let data: Payload
  }

  /// What a server answered.
  ///
  /// - Throws: `CommandFailure` where the answer is none of this version.
  static func decode<Payload: Decodable>(_: Payload.Type, _ answer: Data) throws -> Payload {
    do { return try JSONDecoder().decode(Envelope<Payload>.self, from: answer).data } catch {
      throw CommandFailure(
        "the server's answer is not understood: \(error)",
        hint: "the server may be another version of tsq")
    }
  }

  /// Prints the damage with what can be done about it.
  static func warn(of damage: [DamageNote]) {
    for note in damage { Diagnostic.warn("\(note.description)\nhint: \(note.remedy)") }
  }
}

extension SourceOptions {
  /// Opens the folder to write, runs the work, and closes it whatever happens.
  func whileWriting<Answer>(_ body: (Store) throws -> Answer) throws -> Answer {
    let store = try openForOneOrder()
    do {
      let answer = try body(store)
      try store.close()
      return answer
    } catch {
      try? store.close()
      throw error
    }
  }

  /// The same for work that waits.
  func whileWriting<Answer>(_ body: (Store) async throws -> Answer) async throws -> Answer {
    let store = try openForOneOrder()
    do {
      let answer = try await body(store)
      try store.close()
      return answer
    } catch {
      try? store.close()
      throw error
    }
  }

  private func openForOneOrder() throws -> Store {
    var options = StoreOptions()
    // One order at a time: what the background threads would do is not what was asked.
    options.backgroundUpkeep = false
    // Nobody else reads or writes here, so there is nothing to leave the disk to.
    options.compactionBytesPerSecond = 0
    options.log = StoreOpening.log
    return try Store.open(directory, options: options)
  }

  /// Opens the folder to read, runs the work, and closes it whatever happens.
  func whileReading<Answer>(_ body: (Store) throws -> Answer) throws -> Answer {
    let store = try StoreOpening.readOnly(directory)
    // The first failure is the one to tell; closing a read-only store has nothing to lose.
    defer { try? store.close() }
    return try body(store)
  }
}
