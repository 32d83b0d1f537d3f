import TSQCore

extension DamageReport {
  /// What can be done about it, in words.
  public var remedy: String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let source = "put `\(name)` back from a backup"
    if isMissing, path.contains("/wal/") {
      let again = "send the samples again that may have been in it; equal ones are stored once"
      return switch note {
      case .written(let file): again + "; then remove `\(file)`"
      case .pending(let file):
        "put `\(name)` back before the store is opened to write, or \(again); then remove `\(file)`, "
          + "which the next opening to write leaves"
      case nil:
        "flush the store, as `tsq flush` does, before it is stopped: it still has in memory what "
          + "the file held"
      }
    }
    if isMissing {
      return switch note {
      case .written(let file): source + ", or remove `\(file)` to live without those samples"
      case .pending(let file):
        source + ", or open the store to write, as `tsq flush` does, and then remove `\(file)` to "
          + "live without those samples"
      case nil: source
      }
    }
    if path.contains("/quarantine/") {
      return "it was set aside: put a whole copy of it into the folder it came from, or remove it "
        + "to live without those samples"
    }
    if name.hasPrefix("catalog.sqlite") {
      return "nothing is lost: it is a cache, remove it and the next opening makes it anew"
    }
    if name == "STORE" || name == "MANIFEST" {
      return "open the store to write, as `tsq flush` does, or put the file back from a backup"
    }
    if name == "state.sqlite" {
      return "open the store to write, as `tsq flush` does: whole rows are taken over, the damaged "
        + "file is kept; then set the retention rules that are missing again, or put the file back "
        + "from a backup"
    }
    if name == "wal" || path.contains("/wal/") {
      let again = "send the samples again that may be among them; equal ones are stored once"
      return switch note {
      case .written(let file): again + "; then remove `\(file)`"
      case .pending(let file):
        again + "; then remove `\(file)`, which the next opening to write leaves"
      case nil: again
      }
    }
    guard let series, let range else { return source }
    return source + ", or give the samples up: `tsq delete '\(series)' --from \(range.start) "
      + "--to \(range.end) --yes`, then `tsq compact`"
  }
}

/// A report on damage as JSON and for people.
public struct DamageNote: Codable, Hashable, Sendable {
  /// The damaged file.
  public var path: String
  /// The series whose samples are lost, where known.
  public var series: String?
  /// From when, RFC 3339, where known.
  public var start: String?
  /// Until when.
  public var end: String?
  /// What is wrong.
  public var reason: String
  /// What can be done.
  public var remedy: String
  /// All of it but the remedy, in one line.
  public var description: String

  /// A note on some damage.
  public init(_ report: DamageReport) {
    path = report.path
    series = report.series?.description
    start = report.range?.start.description
    end = report.range?.end.description
    reason = report.reason
    remedy = report.remedy
    description = report.description
  }
}

/// What a verification found, as JSON.
public struct VerifyNote: Codable, Hashable, Sendable {
  /// Segments looked at.
  public var segments: Int
  /// Blocks whose place was read.
  public var blocks: Int
  /// Samples decoded; 0 unless deep.
  public var samples: Int
  /// Log entries read.
  public var logEntries: Int
  /// Segments that a writer replaced meanwhile.
  public var replacedMeanwhile: Int
  /// What earlier openings set aside.
  public var notes: [String]
  /// Everything found wrong.
  public var damage: [DamageNote]

  enum CodingKeys: String, CodingKey {
    case segments, blocks, samples, notes, damage
    case logEntries = "log_entries"
    case replacedMeanwhile = "replaced_meanwhile"
  }

  /// A note on a report.
  public init(_ report: VerifyReport) {
    segments = report.segments
    blocks = report.blocks
    samples = report.samples
    logEntries = report.logEntries
    replacedMeanwhile = report.replacedMeanwhile
    notes = report.notes
    damage = report.damage.map(DamageNote.init)
  }
}
