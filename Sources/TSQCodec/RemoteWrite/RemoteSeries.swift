internal import Foundation
internal import SwiftProtobuf
internal import TSQCore

/// One series of a remote write request, decoded.
struct RemoteSeries: Sendable {
  /// The labels in the form that the key table looks them up by.
  enum LabelBytes: Sendable {
    case messages([Data])
    case key(LabelKey)
  }

  private(set) var labels = LabelBytes.messages([])
  private(set) var samples = RemoteSamples()
  private(set) var histogramCount = 0
  private(set) var exemplarCount = 0
  /// Why nothing of it can be stored, as far as that is known without its labels.
  private(set) var reason: RejectReason?
  /// The text of labels that are not whole.
  private var damaged: [UInt8]?
  /// What 2.0 says that the metric measures.
  private(set) var declared: MetricMetadata?

  /// A series of 1.0.
  init(version1 message: Data) {
    do {
      let series = try RemoteSeriesMessage1(serializedBytes: message)
      labels = .messages(series.labels)
      samples = series.samples
      histogramCount = series.histograms.count
      exemplarCount = series.exemplars.count
    } catch {
      beUnreadable()
    }
  }

  /// A series of 2.0, whose labels are places in the request's symbols.
  init(version2 message: Data, symbols: [Data], limits: LineProtocolLimits) {
    do {
      let series = try RemoteSeriesMessage2(serializedBytes: message)
      samples = series.samples
      histogramCount = series.histograms.count
      exemplarCount = series.exemplars.count
      let isPaired = series.labelsRefs.count.isMultiple(of: 2)
      guard isPaired, series.labelsRefs.allSatisfy({ Int($0) < symbols.count }) else {
        reason = .badReference
        damaged = Self.damaged(series.labelsRefs, symbols)
        return
      }
      // Before anything is put together: a megabyte of text may be named a million times.
      reason = RemoteSeries.fault(series.labelsRefs, symbols, limits)
      if reason != nil { return }
      var key = LabelKey()
      for place in series.labelsRefs {
        key.open()
        key.add(symbols[Int(place)])
        key.close()
      }
      labels = .key(key)
      if let metadata = series.metadata {
        declared = RemoteMetadata.one(metadata, of: key, symbols: symbols)
      }
    } catch {
      beUnreadable()
    }
  }

  /// Why labels are too many or too long as a line's would be, or `nil`.
  private static func fault(
    _ places: [UInt32], _ symbols: [Data], _ limits: LineProtocolLimits
  ) -> RejectReason? {
    // The metric name is no label of its own.
    if places.count > 2 * (limits.labelsPerSeries + 1) { return .tooManyLabels }
    let byteCount = places.reduce(0) { $0 + symbols[Int($1)].count }
    return byteCount > limits.lineBytes ? .labelTooLong : nil
  }

  /// A message that cannot be read counts as one rejected line: what it held is not known.
  private mutating func beUnreadable() {
    reason = .malformedMessage
    histogramCount = 1
  }

  /// The series as text, for dead letters; empty where nothing of it is known.
  var text: [UInt8] {
    if let damaged { return damaged }
    var key = LabelKey()
    switch labels {
    case .messages(let messages):
      guard !messages.isEmpty, (try? RemoteLabels.read(messages, into: &key)) != nil else {
        return []
      }
    case .key(let ready): key = ready
    }
    return ExpositionWriter.series(
      (0..<key.pairCount).map { (Array(key.name($0)), Array(key.value($0))) })
  }

  /// Labels of which some are no symbols of the request.
  private static func damaged(_ places: [UInt32], _ symbols: [Data]) -> [UInt8] {
    func symbol(_ index: Int) -> [UInt8]? {
      guard index < places.count, Int(places[index]) < symbols.count else { return nil }
      return Array(symbols[Int(places[index])])
    }
    return ExpositionWriter.series(
      stride(from: 0, to: places.count, by: 2).map { (symbol($0), symbol($0 + 1)) })
  }
}

/// The descriptions of metrics in remote write.
enum RemoteMetadata {
  /// The readable ones of 1.0, each metric once, the last one counting.
  static func all(_ messages: [Data]) -> [MetricMetadata] {
    var found: [String: MetricMetadata] = [:]
    var order: [String] = []
    for message in messages {
      guard let metadata = try? RemoteWrite1MetricMetadata(serializedBytes: message),
        let name = String(validating: metadata.metricFamilyName, as: UTF8.self), !name.isEmpty,
        let help = String(validating: metadata.help, as: UTF8.self),
        let unit = String(validating: metadata.unit, as: UTF8.self)
      else { continue }
      if found[name] == nil { order.append(name) }
      found[name] = MetricMetadata(
        metric: name, kind: kind(metadata.type), unit: unit, help: help)
    }
    return order.compactMap { found[$0] }
  }

  /// The description that came with a series of 2.0.
  static func one(
    _ metadata: RemoteWrite2Metadata, of key: LabelKey, symbols: [Data]
  ) -> MetricMetadata? {
    func text(_ place: UInt32) -> String? {
      guard Int(place) < symbols.count else { return nil }
      return String(validating: symbols[Int(place)], as: UTF8.self)
    }
    guard let nameBytes = key.value(of: Labels.metricNameLabel.utf8),
      let name = String(validating: nameBytes, as: UTF8.self),
      let help = text(metadata.helpRef), let unit = text(metadata.unitRef)
    else { return nil }
    let kind = kind(metadata.type)
    if kind == .unknown, help.isEmpty, unit.isEmpty { return nil }
    return MetricMetadata(metric: family(name, kind), kind: kind, unit: unit, help: help)
  }

  /// A series of a histogram or summary bears its family's name and an ending.
  private static func family(_ name: String, _ kind: MetricMetadata.Kind) -> String {
    let endings =
      switch kind {
      case .histogram: ["_bucket", "_count", "_sum"]
      case .gaugeHistogram: ["_bucket", "_gcount", "_gsum"]
      case .summary: ["_count", "_sum"]
      default: [String]()
      }
    for ending in endings where name.hasSuffix(ending) {
      return String(name.dropLast(ending.count))
    }
    return name
  }

  private static func kind(_ code: UInt32) -> MetricMetadata.Kind {
    let kinds: [MetricMetadata.Kind] = [
      .unknown, .counter, .gauge, .histogram, .gaugeHistogram, .summary, .info, .stateSet,
    ]
    return Int(code) < kinds.count ? kinds[Int(code)] : .unknown
  }
}
