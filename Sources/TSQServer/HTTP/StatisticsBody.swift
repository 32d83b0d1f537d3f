internal import Foundation
internal import TSQCore
internal import TSQQuery
package import TSQStorage

/// What the store holds, as JSON: one flat object of figures and texts.
///
/// The names of `StoreFacts` are those of `tsq stats`, whether a folder or a server is asked.
struct StatisticsBody: Encodable {
  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private let facts: [StoreFact]
  /// Where something is damaged, in words; the first of a long list.
  private let damage: [String]

  init(_ statistics: StoreStatistics, _ layout: StoreLayout, seriesLimit: Int) {
    var facts = StoreFact.facts(of: statistics, layout)
    if seriesLimit > 0 { facts.append(StoreFact("series_limit", Double(seriesLimit))) }
    facts.append(StoreFact("upkeep_errors", Double(statistics.upkeepErrors)))
    if let error = statistics.lastUpkeepError {
      facts.append(StoreFact("last_upkeep_error", .text(error)))
    }
    self.facts = facts
    damage = (statistics.unreadable + statistics.damagedBlocks)
      .prefix(ReadStatistics.damageLimit).map(\.description)
  }

  /// Whole numbers are written as such.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    for fact in facts {
      let name = Name(stringValue: fact.name)
      switch fact.value {
      case .number(let number):
        if let whole = Int64(exactly: number) {
          try container.encode(whole, forKey: name)
        } else {
          try container.encode(number, forKey: name)
        }
      case .text(let text): try container.encode(text, forKey: name)
      }
    }
    try container.encode(damage, forKey: Name(stringValue: "damage"))
  }
}

/// One figure or text that says something of a store, under the name that users know it by.
package struct StoreFact: Hashable, Sendable {
  /// A figure or a text.
  package enum Value: Hashable, Sendable {
    case number(Double)
    case text(String)
  }

  /// Lower case with underscores.
  package let name: String
  /// What it is.
  package let value: Value

  init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  init(_ name: String, _ number: Double) { self.init(name, .number(number)) }

  /// What can be said of a store: what it holds, and where the bytes go of samples in segments and of
  /// everything else in the folder.
  package static func facts(of statistics: StoreStatistics, _ layout: StoreLayout) -> [StoreFact] {
    var facts = [
      StoreFact("series", Double(statistics.series)),
      StoreFact("head_samples", Double(statistics.headSamples)),
      StoreFact("segments", Double(statistics.segments)),
      StoreFact("segment_samples", Double(statistics.segmentSamples)),
      StoreFact("segment_blocks", Double(statistics.segmentBlocks)),
      StoreFact("segment_bytes", Double(statistics.segmentBytes)),
      StoreFact("log_bytes", Double(statistics.logBytes)),
      StoreFact("last_sequence", Double(statistics.lastSequence)),
      StoreFact("tombstones", Double(statistics.tombstones)),
      StoreFact("unreadable_segments", Double(statistics.unreadable.count)),
      StoreFact("damaged_blocks", Double(statistics.damagedBlocks.count)),
    ]
    if statistics.segmentSamples > 0 {
      let share = Double(statistics.segmentBytes) / Double(statistics.segmentSamples)
      facts.append(StoreFact("segment_bytes_per_sample", (share * 1e4).rounded() / 1e4))
    }
    if let range = statistics.timeRange {
      facts.append(StoreFact("first_time", .text(range.start.description)))
      facts.append(StoreFact("last_time", .text(range.end.description)))
    }
    if let free = statistics.freeBytes { facts.append(StoreFact("free_bytes", Double(free))) }
    let parts: [(String, Int64)] = [
      ("timestamps", layout.timestamps), ("values", layout.values), ("labels", layout.labels),
      ("index", layout.index), ("summaries", layout.summaries), ("segment_rest", layout.rest),
      ("catalog", layout.catalog), ("state", layout.state), ("log", layout.log),
      ("quarantine", layout.quarantine), ("dead_letters", layout.deadLetters),
      ("other", layout.other), ("total", layout.total),
    ]
    return facts + parts.map { StoreFact("bytes_\($0)", Double($1)) }
  }
}
