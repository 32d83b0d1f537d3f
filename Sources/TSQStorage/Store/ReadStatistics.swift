internal import Synchronization

/// What answering a query touched, counted where the bytes are read.
///
/// One object is handed down through a query, by any number of threads.
public final class ReadStatistics: Sendable {
  private let decoded = Atomic<Int>(0)
  private let summarised = Atomic<Int>(0)
  private let samples = Atomic<Int>(0)
  private let bytes = Atomic<Int>(0)
  private let headSamples = Atomic<Int>(0)
  private let reports = Mutex<[DamageReport]>([])

  /// Reports kept at most; a store damaged in thousands of places needs no longer list.
  public static let damageLimit = 100

  /// Nothing touched yet.
  public init() {}

  /// Blocks whose samples were decoded.
  public var blocksDecoded: Int { decoded.load(ordering: .relaxed) }
  /// Blocks answered from their summary, their samples not being read.
  public var blocksFromSummaries: Int { summarised.load(ordering: .relaxed) }
  /// Samples that decoding gave.
  public var samplesDecoded: Int { samples.load(ordering: .relaxed) }
  /// Samples taken from memory: accepted and not yet in a segment.
  public var samplesFromHead: Int { headSamples.load(ordering: .relaxed) }
  /// Bytes of block payloads read.
  public var bytesRead: Int { bytes.load(ordering: .relaxed) }
  /// The damage met, each place once.
  public var damage: [DamageReport] { reports.withLock { $0 } }

  func countDecoded(samples count: Int, bytes size: Int) {
    decoded.add(1, ordering: .relaxed)
    samples.add(count, ordering: .relaxed)
    bytes.add(size, ordering: .relaxed)
  }

  /// Counts blocks answered from an outline of their series.
  package func countSummaries(_ count: Int) { summarised.add(count, ordering: .relaxed) }

  func countSummary() { summarised.add(1, ordering: .relaxed) }

  func countHead(samples count: Int) { headSamples.add(count, ordering: .relaxed) }

  func note(_ report: DamageReport) {
    reports.withLock { reports in
      if reports.count < ReadStatistics.damageLimit, !reports.contains(report) {
        reports.append(report)
      }
    }
  }
}
