internal import TSQCodec
internal import TSQCore
internal import TSQStorage

/// The server's own metrics in Prometheus' text format.
struct MetricsText {
  private(set) var text = ""

  /// Adds one metric with its description and all its values.
  mutating func add(
    _ name: String, _ type: String, _ help: String, _ values: [(labels: String, value: Double)]
  ) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    for (labels, value) in values {
      text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(NumberText.shortest(value))\n"
    }
  }

  private mutating func counter(_ name: String, _ help: String, _ value: Int) {
    add(name, "counter", help, [("", Double(value))])
  }

  private mutating func gauge(_ name: String, _ help: String, _ value: Double) {
    add(name, "gauge", help, [("", value)])
  }

  /// Adds everything the server knows of itself.
  mutating func add(_ services: WebServices) {
    addLedger(services.center.ledger.total)
    addConnections(services)
    gauge(
      "tsq_start_time_seconds", "When the server started, Unix time.",
      services.started.fractionalSeconds)
    gauge(
      "tsq_ready", "1 while the store takes and answers.",
      services.gate.store != nil && services.center.poisoned == nil ? 1 : 0)
    gauge("tsq_queries_running", "Queries begun or waiting.", Double(services.pool.load))
    if let store = services.gate.store {
      addStore(store.statistics(), seriesLimit: services.configuration.store.seriesLimit)
    }
  }

  private mutating func addLedger(_ total: LedgerCounts) {
    counter("tsq_received_bytes_total", "Bytes of line protocol received.", total.bytes)
    counter("tsq_received_lines_total", "Data lines received.", total.lines)
    counter("tsq_accepted_lines_total", "Lines whose samples are in the store.", total.accepted)
    add(
      "tsq_rejected_lines_total", "counter", "Lines not stored, by reason.",
      RejectReason.allCases.map { reason in
        ("reason=\"\(reason.rawValue)\"", Double(total.rejectedByReason[reason] ?? 0))
      })
    counter("tsq_received_samples_total", "Fields of accepted lines.", total.samples)
    counter("tsq_stored_samples_total", "Samples that were new.", total.stored)
    counter("tsq_replaced_samples_total", "Samples that replaced an earlier one.", total.replaced)
    counter("tsq_ignored_samples_total", "String fields, which are not stored.", total.ignored)
    counter("tsq_rounded_samples_total", "Integers past 2^53, rounded.", total.rounded)
  }

  /// Adds the ledger of each open connection and each way in that has none.
  ///
  /// Only where asked for: each connection is a new series to whoever keeps this.
  mutating func addAccounts(_ accounts: [IngestLedger.Account]) {
    let open = accounts.filter { $0.closed == nil }
    func rows(_ value: (LedgerCounts) -> Int) -> [(labels: String, value: Double)] {
      open.map { (MetricsText.labels($0), Double(value($0.counts))) }
    }
    add("tsq_account_received_lines", "gauge", "Data lines received, by sender.", rows(\.lines))
    add("tsq_account_accepted_lines", "gauge", "Lines stored, by sender.", rows(\.accepted))
    add(
      "tsq_account_rejected_lines", "gauge", "Lines not stored, by sender and reason.",
      open.flatMap { account in
        account.counts.rejectedByReason.sorted { $0.key.rawValue < $1.key.rawValue }.map {
          (MetricsText.labels(account) + ",reason=\"\($0.key.rawValue)\"", Double($0.value))
        }
      })
    add("tsq_account_received_samples", "gauge", "Samples received, by sender.", rows(\.samples))
    add("tsq_account_stored_samples", "gauge", "Samples that were new.", rows(\.stored))
    add("tsq_account_replaced_samples", "gauge", "Samples that replaced one.", rows(\.replaced))
    add("tsq_account_ignored_samples", "gauge", "Samples not stored by design.", rows(\.ignored))
  }

  private static func labels(_ account: IngestLedger.Account) -> String {
    "id=\"\(account.id)\",source=\"\(account.source)\",peer=\"\(account.peer)\""
  }

  private mutating func addConnections(_ services: WebServices) {
    let connections = services.center.ledger.connections
    counter("tsq_connections_opened_total", "TCP connections taken.", connections.opened)
    gauge("tsq_connections_open", "TCP connections open.", Double(connections.open))
    add(
      "tsq_connections_closed_by_server_total", "counter",
      "TCP connections refused or closed by the server, by reason.",
      [
        ("reason=\"limit\"", Double(connections.refused)),
        ("reason=\"slow-reader\"", Double(connections.slowReaders)),
        ("reason=\"idle\"", Double(connections.idle)),
      ])
    let access = services.center.accessCounts
    counter(
      "tsq_unauthorized_connections_total", "TCP connections that showed no valid token.",
      access.connections)
    counter(
      "tsq_unauthorized_requests_total", "HTTP requests that showed no valid token.",
      access.requests)
    let letters = services.center.deadLetters.counts
    counter("tsq_dead_letters_written_total", "Rejected lines kept in files.", letters.written)
    counter("tsq_dead_letters_lost_total", "Rejected lines not kept.", letters.lost)
    counter(
      "tsq_descriptions_refused_total", "Descriptions of metrics that were not kept.",
      services.center.descriptions.refused)
    gauge(
      "tsq_ingest_in_flight_bytes", "Bytes of samples on their way into the store.",
      Double(services.center.budget.used))
  }

  private mutating func addStore(_ store: StoreStatistics, seriesLimit: Int) {
    gauge("tsq_store_series", "Series known.", Double(store.series))
    if seriesLimit > 0 {
      gauge(
        "tsq_store_series_limit", "Series past which new ones are refused.", Double(seriesLimit))
    }
    gauge(
      "tsq_store_head_samples", "Samples in memory only and the log.", Double(store.headSamples))
    gauge("tsq_store_segments", "Segments.", Double(store.segments))
    gauge("tsq_store_segment_samples", "Samples in segments.", Double(store.segmentSamples))
    gauge("tsq_store_segment_bytes", "Bytes of segments.", Double(store.segmentBytes))
    gauge("tsq_store_log_bytes", "Bytes of the log.", Double(store.logBytes))
    gauge("tsq_store_tombstones", "Deletions not yet compacted.", Double(store.tombstones))
    counter("tsq_store_upkeep_errors_total", "Failures of the background job.", store.upkeepErrors)
    gauge(
      "tsq_store_unreadable_segments", "Segments that could not be opened.",
      Double(store.unreadable.count))
    gauge(
      "tsq_store_damaged_blocks", "Blocks found damaged since the store was opened.",
      Double(store.damagedBlocks.count))
    counter("tsq_store_sequence_total", "Entries in the log so far.", Int(store.lastSequence))
    if let free = store.freeBytes {
      gauge("tsq_store_free_bytes", "Bytes free on the disk.", Double(free))
    }
  }
}
