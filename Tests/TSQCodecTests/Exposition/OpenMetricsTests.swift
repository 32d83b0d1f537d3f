import TSQCodec
import TSQCore
import TSQTestSupport
import Testing

/// The rules of OpenMetrics 1.0, one exposition each: the first rejected line, or none.
@Suite struct OpenMetricsTests {
  private func read(_ text: String) -> [String] {
    outcome(ExpositionParser(.openMetrics), Array(text.utf8))
  }

  private func rejected(_ text: String) -> [String] {
    read(text).filter { $0.first?.isNumber == true }
  }

  @Test("what the specification allows is taken")
  func good() {
    let text = """
      # TYPE acme_http_router_request_seconds summary
      # UNIT acme_http_router_request_seconds seconds
      # HELP acme_http_router_request_seconds Latency though all of ACME's HTTP request router.
      acme_http_router_request_seconds_sum{path="/api/v1",method="GET"} 9036.32
      acme_http_router_request_seconds_count{path="/api/v1",method="GET"} 807283.0
      acme_http_router_request_seconds_created{path="/api/v1",method="GET"} 1605281325.0
      acme_http_router_request_seconds_sum{path="/api/v2",method="POST"} 479.3
      # TYPE go_goroutines gauge
      # HELP go_goroutines Number of goroutines that currently exist.
      go_goroutines 69
      # TYPE foo counter
      foo_total 17.0 1520879607.789 # {id="counter-test"} 5
      foo_created 1520872607.123 1520879607.789
      # TYPE h histogram
      h_bucket{le="0.1"} 8 # {} 0.054
      h_bucket{le="1"} 11 # {id="1"} 0.67
      h_bucket{le="+Inf"} 17 # {id="2"} 9.8 1520879607.789
      h_count 17
      h_sum 324789.3
      # TYPE s stateset
      s{s="a"} 1
      s{s="bb"} 0
      # TYPE i info
      i_info{entity="controller",version="8.2.7"} 1
      # TYPE q summary
      q{quantile="0.9"} NaN
      # TYPE gh gaugehistogram
      gh_bucket{le="+Inf"} 4
      gh_gcount 4
      gh_gsum 3
      # TYPE series gauge
      series 1 1
      series 2 2.5
      series{a="b"} 3 1
      free 1
      # EOF

      """
    #expect(rejected(text) == [])
    #expect(read(text).contains("foo_total 17 @1520879607789000000"))
    #expect(read(text).contains("series 2 @2500000000"))
    #expect(read(text).count == 23)
  }

  @Test(
    "what it forbids is rejected at its line",
    arguments: [
      // The end.
      ("a 1\n", "2:bad-eof"), ("", "1:bad-eof"), ("# EOF\na 1\n", "2:bad-eof"),
      ("# EOF\n\n", "2:bad-eof"),
      // Spacing.
      ("a  1\n# EOF\n", "1:bad-spacing"), ("a 1 \n# EOF\n", "1:bad-spacing"),
      ("a 1\r\n# EOF\n", "1:bad-spacing"), ("\na 1\n# EOF\n", "1:bad-spacing"),
      (" a 1\n# EOF\n", "1:bad-spacing"), ("a\t1\n# EOF\n", "1:bad-spacing"),
      ("a{b=\"c\",} 1\n# EOF\n", "1:bad-labels"), ("a{b =\"c\"} 1\n# EOF\n", "1:bad-labels"),
      // Names, labels and numbers.
      ("a-b 1\n# EOF\n", "1:bad-name"), ("1a 1\n# EOF\n", "1:bad-name"),
      ("a{b-c=\"d\"} 1\n# EOF\n", "1:bad-name"), ("a{b:c=\"d\"} 1\n# EOF\n", "1:bad-name"),
      ("a{b=\"1\",b=\"2\"} 1\n# EOF\n", "1:duplicate-tag"), ("a x\n# EOF\n", "1:bad-value"),
      ("a 1 x\n# EOF\n", "1:bad-timestamp"),
      ("a 1 9223372036.854775808\n# EOF\n", "1:bad-timestamp"),
      ("a 1 -9223372036.854775808\n# EOF\n", "1:bad-timestamp"),
      ("a 1 -9223372036.854775807\na 1 9223372036.854775807\n", "3:bad-eof"),
      // Metadata.
      ("# HELLO a b\na 1\n# EOF\n", "1:bad-metadata"), ("#TYPE a gauge\n# EOF\n", "1:bad-metadata"),
      ("# TYPE a\n# EOF\n", "1:bad-metadata"), ("# TYPE a gauges\n# EOF\n", "1:bad-metadata"),
      ("# TYPE a gauge\n# TYPE a gauge\n# EOF\n", "2:bad-metadata"),
      ("# HELP a x\n# HELP a y\n# EOF\n", "2:bad-metadata"),
      ("a 1\n# TYPE a gauge\n# EOF\n", "2:bad-metadata"),
      ("# UNIT a seconds\n# EOF\n", "1:bad-metadata"),
      ("# TYPE a_seconds info\n# UNIT a_seconds seconds\n# EOF\n", "2:bad-metadata"),
      ("# HELP a b\\\n# EOF\n", "1:bad-metadata"),
      ("# HELP a say \"b\"\n# EOF\n", "1:bad-metadata"),
      ("# HELP a\n# EOF\n", "1:bad-metadata"), ("# UNIT a\n# EOF\n", "1:bad-metadata"),
      // Families.
      ("# TYPE a gauge\na 1\nb 1\na{c=\"d\"} 1\n# EOF\n", "4:bad-grouping"),
      ("# TYPE a gauge\n# TYPE b gauge\n# HELP a x\n# EOF\n", "3:bad-grouping"),
      ("# TYPE a counter\na_total 1\n# TYPE a_total gauge\na_total 1\n# EOF\n", "4:bad-grouping"),
      // Suffixes.
      ("# TYPE a counter\na 1\n# EOF\n", "2:bad-suffix"),
      ("# TYPE a gauge\na_total 1\n# EOF\n", "2:bad-suffix"),
      ("# TYPE a histogram\na 1\n# EOF\n", "2:bad-suffix"),
      ("# TYPE a info\na 1\n# EOF\n", "2:bad-suffix"),
      // Values by type.
      ("# TYPE a counter\na_total -1\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a counter\na_total NaN\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a info\na_info 2\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a stateset\na{a=\"x\"} 2\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a stateset\na{b=\"x\"} 1\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a summary\na{quantile=\"1.5\"} 1\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a summary\na 1\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a histogram\na_bucket 1\n# EOF\n", "2:bad-for-type"),
      ("# TYPE a histogram\na_bucket{le=\"+Inf\"} 1.5\n# EOF\n", "2:bad-for-type"),
      (
        "# TYPE a histogram\na_bucket{le=\"2\"} 1\na_bucket{le=\"1\"} 1\n"
          + "a_bucket{le=\"+Inf\"} 1\n# EOF\n", "3:bad-for-type"
      ),
      (
        "# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n# EOF\n",
        "3:bad-for-type"
      ),
      ("# TYPE a histogram\na_bucket{le=\"1\"} 2\n# EOF\n", "3:missing-bucket"),
      ("# TYPE a histogram\na_bucket{le=\"1\"} 2\nb 1\n# EOF\n", "3:missing-bucket"),
      // One series, one place and one time.
      ("# TYPE a gauge\na 1\na 2\n# EOF\n", "3:bad-grouping"),
      ("# TYPE a gauge\na 1 1\na 2 1\n# EOF\n", "3:bad-grouping"),
      ("# TYPE a gauge\na 1 2\na 2 1\n# EOF\n", "3:bad-grouping"),
      ("# TYPE a gauge\na 1 1\na 2\n# EOF\n", "3:bad-grouping"),
      ("# TYPE a gauge\na{b=\"1\"} 1\na{b=\"2\"} 1\na{b=\"1\"} 1 5\n# EOF\n", "4:bad-grouping"),
      // Exemplars.
      ("# TYPE a gauge\na 1 # {} 1\n# EOF\n", "2:bad-exemplar"),
      ("# TYPE a counter\na_total 1 # {a=\"b\"}\n# EOF\n", "2:bad-spacing"),
      ("# TYPE a counter\na_total 1 # {a=b} 1\n# EOF\n", "2:bad-exemplar"),
      ("# TYPE a counter\na_total 1 # {} x\n# EOF\n", "2:bad-exemplar"),
      ("# TYPE a counter\na_total 1 # {} 1 1 1\n# EOF\n", "2:bad-exemplar"),
      (
        "# TYPE a counter\na_total 1 # {x=\"" + String(repeating: "é", count: 128)
          + "\"} 1\n# EOF\n", "2:bad-exemplar"
      ),
    ])
  func bad(text: String, expected: String) {
    #expect(rejected(text).first == expected, "\(text)")
  }

  @Test("the same however the input is cut", arguments: propertySeeds(10))
  func cuts(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pieces = [
      "# TYPE a counter\n", "# TYPE b histogram\n", "a_total 1\n", "a_total{x=\"y\"} 2 3\n",
      "b_bucket{le=\"1\"} 1\n", "b_bucket{le=\"+Inf\"} 2 # {} 1\n", "b_count 2\n", "c 1\n", "\n",
      "# HELP a x\\ny\n", "# EOF\n", "c{", "}", "\"", " 1", "\\", "é", "\u{0}",
    ]
    let text = (0..<30).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
    let input = Array(text.utf8)
    for dialect in [ExpositionParser.Dialect.prometheus, .openMetrics] {
      let whole = outcome(ExpositionParser(dialect), input)
      for cut in input.indices {
        #expect(outcome(ExpositionParser(dialect), input, cuts: [cut]) == whole, "seed \(seed)")
      }
    }
  }
}
