internal import Foundation
internal import SwiftProtobuf
public import TSQCore

/// The versions of Prometheus remote write.
public enum RemoteWriteVersion: Hashable, Sendable {
  /// 1.0, `prometheus.WriteRequest`.
  case one
  /// 2.0, `io.prometheus.write.v2.Request`.
  case two
}

/// Why a request could not be read at all.
public struct RemoteWriteError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, for the sender's log.
  public let description: String
}

/// Turns one remote write request into columns.
///
/// What is a line elsewhere is a sample or a native histogram here, numbered from 1 in the order of
/// the request. A series is looked up by the bytes of its labels. The contract is
/// `docs/formats/remote-write.md`.
public struct RemoteWriteReader: Sendable {
  /// Bytes that a decoded request may take for each of its own, at most.
  ///
  /// An empty text or sample is two bytes on the wire and 16 in memory, and while an array doubles
  /// there are two of it. Whoever bounds memory counts this many times the request.
  public static let memoryFactor = 16

  /// Why a call returned.
  public enum Stop: Hashable, Sendable {
    /// Everything was read.
    case done
    /// The batch is full: take it, empty it, and call again.
    case batchFull
    /// The key table is full: take the batch, empty both, and call again.
    case keyTableFull
  }

  private let limits: LineProtocolLimits
  private let request: Request
  private var place = 0
  private var series: RemoteSeries?
  /// Where in the series the next sample stands.
  private var sample = 0
  private var histograms = 0
  private var number = 0
  private var raw: [UInt8] = []
  /// The text of the present series, once a sample of it was rejected.
  private var seriesText: [UInt8]?

  /// Descriptions that came with the request, each metric once; the last one of a metric counts.
  public var declared: [MetricMetadata] { declaredOrder.compactMap { declaredByName[$0] } }
  private var declaredByName: [String: MetricMetadata] = [:]
  private var declaredOrder: [String] = []

  private enum Request: Sendable {
    case one([Data])
    case two([Data], symbols: [Data])

    var series: [Data] {
      switch self {
      case .one(let series), .two(let series, _): series
      }
    }
  }

  /// Reads the outer message of a request.
  ///
  /// - Parameters:
  ///   - body: the request, decompressed.
  ///   - version: which message it is.
  ///   - limits: what a series may have.
  /// - Throws: where the message is damaged, or 2.0's symbols do not start with the empty text.
  public init(
    _ body: [UInt8], _ version: RemoteWriteVersion, limits: LineProtocolLimits = .init()
  ) throws(RemoteWriteError) {
    self.limits = limits
    do {
      switch version {
      case .one:
        let message = try RemoteWrite1WriteRequest(serializedBytes: body)
        request = .one(message.timeseries)
        for metadata in RemoteMetadata.all(message.metadata) { note(metadata) }
      case .two:
        let message = try RemoteWrite2Request(serializedBytes: body)
        guard message.symbols.first?.isEmpty ?? message.timeseries.isEmpty else {
          throw RemoteWriteError(description: "the first symbol is not the empty text")
        }
        request = .two(message.timeseries, symbols: message.symbols)
      }
    } catch let error as RemoteWriteError {
      throw error
    } catch {
      let name =
        version == .one ? "prometheus.WriteRequest" : "io.prometheus.write.v2.Request"
      throw RemoteWriteError(
        description: "the content is no `\(name)` message, or is cut or damaged")
    }
  }

  /// Reads on until the request, the batch or the key table is exhausted.
  ///
  /// - Parameters:
  ///   - keys: gets the new keys of accepted series.
  ///   - batch: gets the samples, after those it already holds.
  /// - Returns: why it stopped.
  /// - Complexity: O(bytes).
  public mutating func fill(
    keys: inout SeriesKeyTable, into batch: inout LineBatch
  ) -> Stop {
    while true {
      guard let series else {
        guard place < request.series.count else { return .done }
        begin()
        continue
      }
      if let stop = take(series, &keys, &batch) { return stop }
      self.series = nil
      place += 1
    }
  }

  private mutating func begin() {
    (sample, histograms, seriesText) = (0, 0, nil)
    let message = request.series[place]
    switch request {
    case .one: series = RemoteSeries(version1: message)
    case .two(_, let symbols):
      series = RemoteSeries(version2: message, symbols: symbols, limits: limits)
    }
  }

  /// Takes the samples of one series; gives why to stop, or `nil` when it is done.
  private mutating func take(
    _ series: RemoteSeries, _ keys: inout SeriesKeyTable, _ batch: inout LineBatch
  ) -> Stop? {
    var reason = series.reason
    var known: UInt32?
    // A series of native histograms only must not become known by that.
    if reason == nil, sample < series.samples.count {
      do throws(RejectReason) {
        guard let found = try resolve(series, &keys) else { return .keyTableFull }
        known = found
      } catch {
        reason = error
      }
    }
    if sample == 0, histograms == 0, let metadata = series.declared { note(metadata) }
    while sample < series.samples.count {
      guard batch.hasRoom else { return .batchFull }
      let next = series.samples[sample]
      let (time, overflow) = next.milliseconds.multipliedReportingOverflow(by: 1_000_000)
      number += 1
      sample += 1
      if let known, !overflow {
        batch.accept(key: known, time: time, value: next.value, number: number, bytes: 0..<0)
      } else {
        reject(reason ?? .badTimestamp, series, next, &batch)
      }
    }
    while histograms < series.histogramCount {
      guard batch.hasRoom else { return .batchFull }
      number += 1
      histograms += 1
      reject(reason ?? .nativeHistogram, series, nil, &batch)
    }
    batch.ignoredStringFields += series.exemplarCount
    return nil
  }

  /// Keeps a description: looked up, since every series of a large request may bring one.
  private mutating func note(_ metadata: MetricMetadata) {
    if declaredByName.updateValue(metadata, forKey: metadata.metric) == nil {
      declaredOrder.append(metadata.metric)
    }
  }

  /// The key of a series; `nil` where the table is full.
  private mutating func resolve(
    _ series: RemoteSeries, _ keys: inout SeriesKeyTable
  ) throws(RejectReason) -> UInt32? {
    switch series.labels {
    case .messages(let messages): RemoteLabels.write(messages, into: &raw)
    case .key(let ready): raw = ready.bytes
    }
    let text = unsafe raw.span.bytes
    let hash = keys.hasher.hash(text, from: 0, to: text.byteCount)
    if let known = keys.wholeKey(text, hash: hash) { return known }
    // New series are rare: a key of its own costs nothing.
    var key = LabelKey()
    switch series.labels {
    case .messages(let messages): try RemoteLabels.read(messages, into: &key)
    case .key(let ready): key = ready
    }
    if let reason = key.fault(limits) { throw reason }
    return keys.addWholeKey(text, hash: hash)
  }

  /// Notes a rejected sample, or a histogram, which has no text of one line and becomes a comment.
  private mutating func reject(
    _ reason: RejectReason, _ series: RemoteSeries, _ sample: RemoteSamples.Sample?,
    _ batch: inout LineBatch
  ) {
    let text = seriesText ?? series.text
    seriesText = text
    let letter =
      if let sample {
        ExpositionWriter.letter(text, milliseconds: sample.milliseconds, value: sample.value)
      } else {
        text.isEmpty ? [] : Array("# native histogram of ".utf8) + text
      }
    batch.rejected.append(
      RejectedLine(
        number: number, reason: reason, bytes: 0..<0, excerpt: letter, letter: letter))
  }
}
