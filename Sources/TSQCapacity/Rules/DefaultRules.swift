/// The rules that hold where no file is given.
///
/// Only for the metrics that `tsq agent` and `tsq sample` define themselves, whose unit is therefore
/// known. Everything else needs a file: a limit for a number of unknown meaning would be a guess.
public enum DefaultRules {
  /// The rules as the YAML text a user can start from.
  public static let yaml = """
    # Rules for `tsq alerts check`, `tsq advise` and `tsq report`.
    # Each entry says what its values mean (unit) and which value must not be crossed (limit).

    resources:
      - name: CPU
        selector: cpu_usage
        unit: fraction        # fraction, percent, bytes, count, per_second, seconds, number
        limit: 0.9
        target: 0.7           # the p99 a well-sized machine runs at
        lead_time: 7d         # how long it takes to add capacity
        scope: series         # or fleet: the series share one load
      - name: Memory
        selector: memory_usage
        unit: fraction
        limit: 0.95
        target: 0.8
        lead_time: 7d
      - name: Disk
        selector: disk_usage
        unit: fraction
        limit: 0.9
        target: 0.75
        lead_time: 14d

    alerts:
      - name: CpuHigh
        selector: cpu_usage
        unit: fraction
        limit: 0.9
        when: now             # the mean over `window`, violated by every sample of `for`
        window: 15m
        for: 15m
        max_age: 1h
        severity: critical
      - name: MemoryHigh
        selector: memory_usage
        unit: fraction
        limit: 0.95
        when: now
        window: 15m
        max_age: 1h
        severity: critical
      - name: DiskFull
        selector: disk_usage
        unit: fraction
        limit: 0.95
        when: now
        window: 1h
        max_age: 1h
        severity: critical
      - name: CpuWillBeHigh
        selector: cpu_usage
        unit: fraction
        limit: 0.9
        when: forecast        # crossed inside `horizon` with at least this probability
        horizon: 7d
        probability: 0.5
        severity: warning
      - name: DiskWillFill
        selector: disk_usage
        unit: fraction
        limit: 0.9
        when: forecast
        horizon: 14d
        probability: 0.5
        severity: warning

    """
}
