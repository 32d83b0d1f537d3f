/// The jobs of an upkeep, in the order they are done.
public enum MaintenanceJob: String, Codable, Hashable, Sendable, CaseIterable {
  /// What is in memory goes into segments.
  case flush
  /// Samples older than the rules allow are dropped.
  case retention
  /// Segments are merged, duplicates and deleted samples left out.
  case compaction
  /// The catalog is compared with the segments.
  case catalog
  /// The files are checked.
  case verification
}

/// What became of a job.
public struct MaintenanceOutcome: Codable, Hashable, Sendable {
  /// How it went.
  public enum Result: String, Codable, Hashable, Sendable {
    /// It was done.
    case done
    /// There was nothing to do.
    case nothingDue = "nothing-due"
    /// It would be done; this is a dry run.
    case due
    /// It was not done, or found damage.
    case failed
  }

  /// The job.
  public let job: MaintenanceJob
  /// How it went.
  public let result: Result
  /// With figures, in words.
  public let detail: String
}

/// What happens during an upkeep.
public enum MaintenanceEvent: Hashable, Sendable {
  /// A job begins.
  case started(MaintenanceJob)
  /// A job is so far.
  case progress(MaintenanceJob, JobProgress)
  /// A job is over.
  case finished(MaintenanceOutcome)
}

/// One line of an upkeep that a server reports while it goes on, as JSON.
public struct MaintenanceLine: Codable, Hashable, Sendable {
  /// What a line says.
  public enum Kind: String, Codable, Hashable, Sendable {
    case started, progress, finished
    /// The last line: without it the upkeep was cut short.
    case end
  }

  /// What this line says.
  public var event: Kind
  /// Of which job; `nil` at the end.
  public var job: MaintenanceJob?
  /// How the job went, when it is finished.
  public var result: MaintenanceOutcome.Result?
  /// With figures, when it is finished.
  public var detail: String?
  /// Bytes done, in progress.
  public var doneBytes: Int64?
  /// Bytes there are, in progress.
  public var totalBytes: Int64?

  enum CodingKeys: String, CodingKey {
    case event, job, result, detail
    case doneBytes = "done_bytes"
    case totalBytes = "total_bytes"
  }

  /// The line of an event; without one, the last line.
  public init(_ event: MaintenanceEvent?) {
    switch event {
    case .started(let job): (self.event, self.job) = (.started, job)
    case .progress(let job, let progress):
      (self.event, self.job) = (.progress, job)
      (doneBytes, totalBytes) = (progress.doneBytes, progress.totalBytes)
    case .finished(let outcome):
      (self.event, job) = (.finished, outcome.job)
      (result, detail) = (outcome.result, outcome.detail)
    case nil: self.event = .end
    }
  }

  /// The event; `nil` for the last line, or one that makes no sense.
  public var maintenanceEvent: MaintenanceEvent? {
    guard let job else { return nil }
    switch event {
    case .started: return .started(job)
    case .progress:
      return .progress(
        job, JobProgress(doneBytes: doneBytes ?? 0, totalBytes: totalBytes ?? 0))
    case .finished:
      return result.map {
        .finished(MaintenanceOutcome(job: job, result: $0, detail: detail ?? ""))
      }
    case .end: return nil
    }
  }
}
