import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

/// OpenMetrics' rules on the samples of one metric together, and what a rejected one does to others.
@Suite struct OpenMetricsMetricTests {
  private func read(_ text: String) -> [String] {
    outcome(ExpositionParser(.openMetrics), Array(text.utf8))
  }

  private func rejected(_ text: String) -> [String] {
    read(text).filter { $0.first?.isNumber == true }
  }

  @Test(
    "a rejected sample leaves the others of its family alone",
    arguments: [
      ("# TYPE g counter\ng_total{a=\"1\"} NaN\ng_total{a=\"2\"} 1\ng_total{a=\"3\"} 1\n", 2),
      ("# TYPE g counter\ng_total 1 # {a=b} 1\ng_total{a=\"2\"} 1\ng_total{a=\"3\"} 1\n", 2),
      ("# TYPE g info\ng_info{a=\"1\"} 2\ng_info{a=\"2\"} 1\ng_info{a=\"3\"} 1\n", 2),
      (
        "# TYPE g histogram\ng_bucket{le=\"x\"} 1\ng_bucket{le=\"1\"} 1\ng_bucket{le=\"+Inf\"} 1\n",
        2
      ),
      // Neither its series nor its time is taken.
      ("# TYPE g counter\ng_total NaN\ng_total 1\n", 2),
      ("# TYPE g counter\ng_total{a=\"1\"} 1 5\ng_total{a=\"1\"} -1 9\ng_total{a=\"1\"} 1 7\n", 3),
      // Nor does one of no family end the family under way.
      ("# TYPE g counter\ng_total{a=\"1\"} 1\nx 1 # {} 1\ng_total{a=\"2\"} 2\n", 3),
      // What may have been the rejected line is not missed.
      ("# TYPE g histogram\ng_bucket{le=\"1\"} 1\ng_bucket{le=\"+Inf\"} x\n", 3),
      ("# TYPE g histogram\ng_sum NaN\ng_count 1\ng_bucket{le=\"+Inf\"} 1\n", 2),
    ])
  func rejectedAlone(text: String, line: Int) {
    let found = rejected(text + "# EOF\n")
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix("\(line):") == true, "\(found)")
  }

  private static let inf = "a_bucket{le=\"+Inf\"} 3\n"

  @Test(
    "samples of one metric go together",
    arguments: [
      // Histograms: buckets, and both of count and sum or none.
      ("# TYPE a histogram\na_count 1\na_sum 1\n", "4:missing-bucket"),
      ("# TYPE a histogram\na_count 2\na_sum 1\n" + inf, "4:bad-for-type"),
      ("# TYPE a histogram\n" + inf + "a_count 2\na_sum 1\n", "3:bad-for-type"),
      ("# TYPE a histogram\n" + inf + "a_sum 1\n", "4:missing-sample"),
      ("# TYPE a histogram\n" + inf + "a_count 3\n", "4:missing-sample"),
      (
        "# TYPE a histogram\na_bucket{le=\"-1\"} 1\n" + inf + "a_count 3\na_sum 1\n",
        "5:bad-for-type"
      ),
      ("# TYPE a histogram\na_sum 1\na_count 3\na_bucket{le=\"-1\"} 1\n" + inf, "4:bad-for-type"),
      ("# TYPE a histogram\n" + inf + "a_count{le=\"1\"} 3\na_sum 1\n", "3:bad-for-type"),
      ("# TYPE a histogram\na_bucket{le=\"1\"} 1 # {} 2\n" + inf, "2:bad-exemplar"),
      (
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_bucket{le=\"1\",b=\"c\"} 1\n",
        "3:missing-bucket"
      ),
      ("# TYPE a histogram\n" + inf + "a_created +Inf\n", "3:bad-for-type"),
      // Gauge histograms, whose sum may be negative where a bucket is.
      ("# TYPE a gaugehistogram\n" + inf + "a_gcount 3\na_gsum -1\n", "4:bad-for-type"),
      ("# TYPE a gaugehistogram\na_gsum -1\na_gcount 3\n" + inf, "5:missing-sample"),
      ("# TYPE a gaugehistogram\n" + inf + "a_gcount 3\na_gsum NaN\n", "4:bad-for-type"),
      ("# TYPE a gaugehistogram\n" + inf + "a_gcount 2\na_gsum 1\n", "3:bad-for-type"),
      ("# TYPE a gaugehistogram\n" + inf + "a_gsum 1\n", "4:missing-sample"),
      ("# TYPE a gaugehistogram\n" + inf + "a_gcount 3\n", "4:missing-sample"),
      // Counters have a total.
      ("# TYPE a counter\na_created 1\n", "3:missing-sample"),
      ("# TYPE a counter\na_total{x=\"1\"} 1\na_created{x=\"2\"} 1\n", "4:missing-sample"),
      ("# TYPE a counter\na_created 1\nb 1\n", "3:missing-sample"),
      ("# TYPE a counter\na_created 1\n# TYPE b gauge\n", "3:missing-sample"),
      ("# TYPE a summary\na_count +Inf\n", "2:bad-for-type"),
      ("# TYPE a histogram\na_bucket{le=\"+Inf\"} +Inf\n", "2:bad-for-type"),
      ("# TYPE a summary\na_count{quantile=\"0.5\"} 1\n", "2:bad-for-type"),
      // Labels may stand in any order, and are the same series in each.
      ("# TYPE a gauge\na{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 1\n", "3:bad-grouping"),
      // A label without a value is none, and still no reason to say it twice.
      ("a{x=\"\",x=\"1\"} 1\n", "1:duplicate-tag"), ("a{x=\"\",x=\"\"} 1\n", "1:duplicate-tag"),
      ("# TYPE a counter\na_total 1 # {x=\"1\",x=\"\"} 1\n", "2:bad-exemplar"),
      // Exemplars' labels.
      ("# TYPE a counter\na_total 1 # {x=\"1\",x=\"2\"} 1\n", "2:bad-exemplar"),
    ])
  func together(text: String, expected: String) {
    #expect(rejected(text + "# EOF\n").first == expected, "\(text)")
  }

  @Test("what goes together is taken")
  func good() {
    let text = """
      # TYPE a gaugehistogram
      a_bucket{le="-1"} 1
      a_bucket{le="+Inf"} 2 # {x="y"} NaN
      a_gcount 2
      a_gsum -1
      # TYPE b histogram
      b_count{x="1"} 2 5
      b_sum{x="1"} 1 5
      b_bucket{le="1",x="1"} 1 5
      b_bucket{x="1",le="+Inf"} 2 5
      b_bucket{x="1",le="+Inf"} 2 6
      b_bucket{x="2",le="-1"} 1 # {} -1
      b_bucket{x="2",le="+Inf"} 1
      # HELP c a \\d, a \\" and a \\\\ and no more
      c{d="\\d\\t"} 1
      # EOF

      """
    #expect(rejected(text) == [])
    #expect(read(text).contains { $0.hasPrefix("c{d=\"\\\\d\\\\t\"} 1") }, "\(read(text))")
  }

  @Test("bytes of an exemplar that are not UTF-8")
  func exemplarEncoding() {
    let text =
      Array("# TYPE a counter\na_total 1 # {x=\"".utf8) + [0xff] + Array("\"} 1\n# EOF\n".utf8)
    #expect(outcome(ExpositionParser(.openMetrics), text).first == "2:bad-exemplar")
  }
}
