internal import Foundation
internal import TSQCore
internal import TSQQuery

/// A query's answer in each format, written as it is walked.
struct QueryRenderer {
  let format: OutputFormat

  /// Writes the whole answer.
  func write(_ result: QueryResult, to out: StandardOutput) throws {
    switch format {
    case .json:
      try out.write(try PrometheusJSON.encode(result))
      try out.writeLine()
    case .csv: try writeCSV(result.value, to: out)
    case .table: try out.write(table(result.value).text)
    case .md: try out.write(table(result.value).markdown)
    }
  }

  private func writeCSV(_ value: QueryValue, to out: StandardOutput) throws {
    try out.writeLine("series,timestamp,value")
    switch value {
    case .scalar(let time, let number): try writeRow("", time, number, to: out)
    case .string(let time, let text):
      try out.writeLine(",\(ForecastRenderer.seconds(time)),\(CSVText.field(text))")
    case .vector(let samples):
      for sample in samples {
        try writeRow(sample.labels.description, sample.time, sample.value, to: out)
      }
    case .matrix(let series):
      for one in series {
        let name = one.labels.description
        for index in 0..<one.columns.count {
          try writeRow(name, one.columns[index].time, one.columns[index].value, to: out)
        }
      }
    }
  }

  private func writeRow(
    _ name: String, _ time: Timestamp, _ value: Double, to out: StandardOutput
  ) throws {
    let number = NumberText.shortest(value)
    try out.writeLine("\(CSVText.field(name)),\(ForecastRenderer.seconds(time)),\(number)")
  }

  private func table(_ value: QueryValue) -> Table {
    var table = Table(["series", "time", "#value"])
    switch value {
    case .scalar(let time, let number):
      table.add(["", time.description, NumberText.shortest(number)])
    case .string(let time, let text): table.add(["", time.description, text])
    case .vector(let samples):
      for sample in samples {
        table.add([
          sample.labels.description, sample.time.description, NumberText.shortest(sample.value),
        ])
      }
    case .matrix(let series):
      for one in series {
        for index in 0..<one.columns.count {
          let sample = one.columns[index]
          table.add([
            one.labels.description, sample.time.description, NumberText.shortest(sample.value),
          ])
        }
      }
    }
    return table
  }
}
