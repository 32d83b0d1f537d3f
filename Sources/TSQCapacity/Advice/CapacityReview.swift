public import TSQCore
internal import TSQForecast
internal import TSQQuery

/// One resource of one series (or fleet) as it was judged, with what the judgement rests on.
public struct ReviewedResource: Sendable {
  /// What was judged.
  public var resource: Resource
  /// Whose use it is; `nil` for a fleet.
  public var series: Labels?
  /// The verdict.
  public var advice: Advice
  /// The figures behind it; `nil` where there is no data.
  public var use: UseEvidence?
  /// The samples that were looked at, ascending.
  public var history: SampleColumns
  /// Damage in those samples, in words; empty where there is none.
  public var warnings: [String] = []
}

/// Reads and judges every resource of a rules file.
public struct CapacityReview: Sendable {
  private let source: any SampleSource
  private let time: Timestamp
  private let lookbackNanoseconds: Int64

  /// A review at one instant, over a source.
  public init(source: any SampleSource, at time: Timestamp, lookbackNanoseconds: Int64) {
    self.source = source
    self.time = time
    self.lookbackNanoseconds = lookbackNanoseconds
  }

  /// Judges the resources in their order, their series sorted.
  ///
  /// A source that cannot be read makes the resource UNKNOWN with the reason; it never throws.
  ///
  /// - Parameters:
  ///   - resources: what to judge.
  ///   - body: receives each judgement as soon as it is made, so that memory stays bounded by one
  ///     series (a fleet's members are held together).
  public func review(
    _ resources: [Resource], _ body: (ReviewedResource) async throws -> Void
  ) async rethrows {
    for resource in resources {
      let advisor = Advisor(resource: resource, at: time)
      let series: [Labels]
      do {
        series = try await source.series(matching: resource.selector, in: range)
      } catch {
        try await body(failed(resource, nil, "cannot be read: \(error)"))
        continue
      }
      if series.isEmpty {
        let words =
          "no series matches `\(resource.selector)` between \(range.start) and \(range.end)"
        try await body(failed(resource, nil, words))
      } else if resource.scope == .fleet {
        try await body(await fleet(resource, series, advisor))
      } else {
        for labels in series { try await body(await single(resource, labels, advisor)) }
      }
    }
  }

  private var range: TimeRange {
    TimeRange(start: time.adding(nanoseconds: -lookbackNanoseconds), end: time)
  }

  private func single(
    _ resource: Resource, _ labels: Labels, _ advisor: Advisor
  ) async -> ReviewedResource {
    do {
      let history = try await source.history(of: labels, in: range)
      let use = UseEvidence(history.samples, of: resource, at: time)
      let advice = advisor.advise(labels, use).labelled(history.warnings)
      return ReviewedResource(
        resource: resource, series: labels, advice: advice, use: use, history: history.samples,
        warnings: history.warnings)
    } catch {
      return failed(resource, labels, "cannot be read: \(error)")
    }
  }

  private func fleet(
    _ resource: Resource, _ series: [Labels], _ advisor: Advisor
  ) async -> ReviewedResource {
    do {
      var histories: [SampleColumns] = []
      var warnings: [String] = []
      for labels in series {
        let history = try await source.history(of: labels, in: range)
        histories.append(history.samples)
        warnings += history.warnings
      }
      let load = FleetLoad(histories, at: time)
      let use = UseEvidence(load.perMember, of: resource, at: time)
      let advice = advisor.advise(fleet: load, evidence: use).labelled(warnings)
      return ReviewedResource(
        resource: resource, series: nil, advice: advice, use: use, history: load.perMember,
        warnings: warnings)
    } catch {
      return failed(resource, nil, "cannot be read: \(error)")
    }
  }

  private func failed(
    _ resource: Resource, _ labels: Labels?, _ reason: String
  ) -> ReviewedResource {
    let advice = Advice(
      resource: resource, series: labels, action: .unknown, quantity: nil, reason: reason,
      evidence: [], rejected: [], p99After: nil, orderBy: nil)
    return ReviewedResource(
      resource: resource, series: labels, advice: advice, use: nil, history: SampleColumns())
  }
}

extension Advice {
  /// The advice with a word in its reason, and in its evidence, for each damage it rests on.
  fileprivate func labelled(_ warnings: [String]) -> Advice {
    guard !warnings.isEmpty else { return self }
    var labelled = self
    labelled.reason += "; judged without damaged samples"
    labelled.evidence += warnings
    return labelled
  }
}
