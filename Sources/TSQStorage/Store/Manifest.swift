internal import Foundation
import TSQCore

/// A deletion and its place in the order of all entries.
struct SequencedTombstone: Hashable, Sendable {
  let sequence: UInt64
  let tombstone: Tombstone
}

/// What the segments alone do not say: how far they go, and which deletions still hide samples.
///
/// Writing it is the moment a flush becomes true. A segment that reaches past `flushedThrough` is
/// left over from a flush that was cut short: it is used, and its entries are replayed on top.
struct Manifest: Hashable, Sendable {
  static let fileName = "MANIFEST"
  static let magic = Array("TSQMANIF".utf8)
  static let version: UInt32 = 1

  /// Grows with every write, so that a reader sees that something changed under it.
  var generation: UInt64 = 0
  /// Every entry up to this sequence number is in a segment or in this file.
  var flushedThrough: UInt64 = 0
  /// Deletions up to `flushedThrough` that may still hide samples, ascending by sequence.
  var tombstones: [SequencedTombstone] = []
  /// Descriptions of metrics, each name once.
  var metadata: [MetricMetadata] = []
  /// Whether there is a `state.sqlite`, which must not go unnoticed when it is gone.
  var hasState = false
  /// A log file that was begun, the newest known: it or a later one must be there.
  ///
  /// Named only once file and name are durable. `nil` where none need be: in a backup, after a flush on
  /// a disk too full for a new one, and in manifests of versions that did not name any.
  var logFile: UInt64?

  /// Reads a store's manifest; `nil` where there is none.
  static func read(
    _ fileSystem: any FileSystem, directory: String
  ) throws(StoreError) -> (manifest: Manifest, damagedCopies: Int)? {
    let path = directory + "/" + fileName
    guard
      let content = try CheckedFile.read(fileSystem, path, magic: magic, supported: version)
    else { return nil }
    guard let text = try? JSONDecoder().decode(ManifestText.self, from: Data(content.payload)),
      let manifest = Manifest(text)
    else {
      throw .damaged(DamageReport(path: path, reason: "its content is not a manifest"))
    }
    return (manifest, content.damagedCopies)
  }

  /// Replaces a store's manifest durably.
  func write(_ fileSystem: any FileSystem, directory: String) throws(StoreError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let payload: Data
    do { payload = try encoder.encode(ManifestText(self)) } catch {
      throw .invalidArgument("the manifest cannot be written as JSON: \(error)")
    }
    try CheckedFile.write(
      fileSystem, directory: directory, name: Manifest.fileName, magic: Manifest.magic,
      version: Manifest.version, payload: Array(payload))
  }
}

/// The manifest as JSON.
private struct ManifestText: Codable {
  struct Deletion: Codable {
    struct Matcher: Codable {
      var name: String
      var kind: String
      var value: String
    }
    var sequence: UInt64
    var matchers: [Matcher]
    var start: Int64
    var end: Int64
  }
  struct Metric: Codable {
    var metric: String
    var kind: String
    var unit: String
    var help: String
  }
  var generation: UInt64
  var flushedThrough: UInt64
  var tombstones: [Deletion]
  var metadata: [Metric]
  /// Only there where it is true.
  var hasState: Bool?
  /// Only there where one is known.
  var logFile: UInt64?

  init(_ manifest: Manifest) {
    generation = manifest.generation
    flushedThrough = manifest.flushedThrough
    hasState = manifest.hasState ? true : nil
    logFile = manifest.logFile
    tombstones = manifest.tombstones.map { entry in
      Deletion(
        sequence: entry.sequence,
        matchers: entry.tombstone.matchers.map {
          Deletion.Matcher(name: $0.name, kind: $0.kind.rawValue, value: $0.value)
        },
        start: entry.tombstone.range.start.nanoseconds,
        end: entry.tombstone.range.end.nanoseconds)
    }
    metadata = manifest.metadata.map {
      Metric(metric: $0.metric, kind: $0.kind.rawValue, unit: $0.unit, help: $0.help)
    }
  }
}

extension Manifest {
  /// `nil` where a matcher, range or kind is not one: the file was not written by this version.
  fileprivate init?(_ text: ManifestText) {
    generation = text.generation
    flushedThrough = text.flushedThrough
    hasState = text.hasState ?? false
    logFile = text.logFile
    for entry in text.tombstones {
      var matchers: [LabelMatcher] = []
      for matcher in entry.matchers {
        guard let kind = LabelMatcher.Kind(rawValue: matcher.kind),
          let read = try? LabelMatcher(name: matcher.name, kind: kind, value: matcher.value)
        else { return nil }
        matchers.append(read)
      }
      guard !matchers.isEmpty, entry.start <= entry.end else { return nil }
      let range = TimeRange(
        start: Timestamp(nanoseconds: entry.start), end: Timestamp(nanoseconds: entry.end))
      tombstones.append(
        SequencedTombstone(
          sequence: entry.sequence, tombstone: Tombstone(matchers: matchers, range: range)))
    }
    for entry in text.metadata {
      guard let kind = MetricMetadata.Kind(rawValue: entry.kind) else { return nil }
      metadata.append(
        MetricMetadata(metric: entry.metric, kind: kind, unit: entry.unit, help: entry.help))
    }
  }
}
