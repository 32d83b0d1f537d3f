import Synchronization
import TSQCore

@testable import TSQStorage

/// Numbers series in the order they appear, as the head does, in memory.
final class TestResolver: SeriesResolver {
  private struct Table {
    var labels: [Labels] = []
    var texts: [String] = []
    var numbers: [Labels: UInt32] = [:]
  }

  private let table = Mutex(Table())

  func labels(of id: SeriesID) -> Labels { table.withLock { $0.labels[Int(id.rawValue)] } }

  /// The labels of a series as text, made once: crash tests compare millions.
  func text(of id: SeriesID) -> String { table.withLock { $0.texts[Int(id.rawValue)] } }

  func id(of labels: Labels) -> SeriesID {
    table.withLock { table in
      if let known = table.numbers[labels] { return SeriesID(rawValue: known) }
      let number = UInt32(table.labels.count)
      table.labels.append(labels)
      table.texts.append(labels.description)
      table.numbers[labels] = number
      return SeriesID(rawValue: number)
    }
  }

  /// The series numbers known.
  var count: Int { table.withLock { $0.labels.count } }
}
