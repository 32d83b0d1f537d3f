/// What one line may hold at most; everything past it is rejected with a reason, never cut.
public struct LineProtocolLimits: Hashable, Sendable {
  /// Bytes of one line without its newline.
  ///
  /// 64 KiB: a connection buffers at most one unfinished line, so 2,000 of them that all stall in
  /// the middle of the longest line take 128 MiB. The longest lines of common senders are a tenth.
  public var lineBytes: Int
  /// Fields of one line.
  public var fieldsPerLine: Int
  /// Labels of one series, the metric name not counted.
  public var labelsPerSeries: Int
  /// Bytes of one label name, escapes resolved.
  public var labelNameBytes: Int
  /// Bytes of one label value or metric name, escapes resolved.
  public var labelValueBytes: Int

  /// Limits, by default wide enough for every sender known to us.
  public init(
    lineBytes: Int = 65_536, fieldsPerLine: Int = 4_096, labelsPerSeries: Int = 64,
    labelNameBytes: Int = 512, labelValueBytes: Int = 4_096
  ) {
    precondition(lineBytes > 0 && lineBytes <= 1 << 30, "a line limit between 1 byte and 1 GiB")
    precondition(fieldsPerLine > 0 && labelsPerSeries >= 0, "limits are not negative")
    precondition(labelNameBytes > 0 && labelValueBytes > 0, "limits are positive")
    self.lineBytes = lineBytes
    self.fieldsPerLine = fieldsPerLine
    self.labelsPerSeries = labelsPerSeries
    self.labelNameBytes = labelNameBytes
    self.labelValueBytes = labelValueBytes
  }
}
