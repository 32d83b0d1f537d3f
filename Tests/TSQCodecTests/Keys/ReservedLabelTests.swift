import TSQCore
import Testing

@testable import TSQCodec

@Suite("Labels that only the store sets") struct ReservedLabelTests {
  @Test(
    "a sender's line or series with the label of hourly values is rejected, the others are kept")
  func rejected() throws {
    var parser = LineProtocolParser()
    var keys = SeriesKeyTable()
    var batch = LineBatch()
    let text = "cpu,__rollup__=1h_sum value=1 1\ncpu,host=a value=1 1\n"
    let bytes = Array(text.utf8)
    _ = unsafe parser.parse(
      bytes.span.bytes, receivedAt: 0, end: .complete, keys: &keys, into: &batch)
    #expect(batch.rejected.map(\.reason) == [.reservedLabel])
    #expect(batch.sampleCount == 1)
  }

  @Test("labels of the other formats, remote write among them, are checked by their key")
  func keys() throws {
    let own = try #require(Labels(metric: "cpu", [(Labels.rollupLabel, "1h_sum")]))
    #expect(LabelKey(own).fault(LineProtocolLimits()) == .reservedLabel)
    let other = try #require(Labels(metric: "cpu", [("__rollup", "1h_sum")]))
    #expect(LabelKey(other).fault(LineProtocolLimits()) == nil)
  }
}
