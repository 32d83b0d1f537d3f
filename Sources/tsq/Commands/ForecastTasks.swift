internal import Foundation
internal import TSQCore
internal import TSQForecast

/// A folder of forecast tasks, as the benchmark's `make_tasks.py` writes it.
///
/// `manifest.csv` names the histories (`file,series_id,origin,steps,interval_s`), `questions.csv` the
/// thresholds to be judged. Nothing after an origin is in a history.
struct ForecastTasks {
  private struct Task {
    let file: String
    let series: String
    let origin: Int64
    let steps: Int
    let intervalSeconds: Int64
  }

  private struct Question {
    let window: String
    let steps: Int
    let name: String
    let threshold: Double
  }

  let directory: String
  let levels: [Double]
  /// The constants of the method.
  var settings = EngineSettings()

  /// Forecasts every task to standard output, answers the questions where a file is given, and
  /// lists the gates each task fails, with its skill and its time, where one is given for them.
  func run(answers: String?, verdicts: String?) throws {
    let tasks = try readTasks()
    let questions = answers == nil ? [:] : try readQuestions()
    let out = StandardOutput()
    let names = levels.map { NumberText.shortest(($0 * 1e6).rounded() / 1e4) }
    let columns = names.flatMap { ["lo\($0)", "hi\($0)"] }.joined(separator: ",")
    try out.writeLine("series_id,origin,step,timestamp,mean,\(columns)")
    var answered = "series_id,origin,window,question,prob,step\n"
    var judged = "series_id,origin,gates,skill,cpu_ms\n"
    let progress = Progress("forecasting", of: tasks.count)
    for task in tasks {
      let asked = questions["\(task.series)@\(task.origin)"] ?? []
      let (forecast, milliseconds) = try forecast(task, asked)
      for (index, point) in forecast.points.enumerated() {
        let numbers = [point.mean] + point.intervals.flatMap { [$0.low, $0.high] }
        let empty = [String](repeating: "", count: max(1 + 2 * levels.count - numbers.count, 0))
        let cells = (numbers.map(NumberText.shortest) + empty).joined(separator: ",")
        try out.writeLine(
          "\(task.series),\(task.origin),\(index + 1),\(ForecastRenderer.seconds(point.time)),\(cells)"
        )
      }
      for (question, crossing) in zip(asked, forecast.crossings) {
        let chance = crossing.probabilityByStep.prefix(question.steps).last ?? 0
        let step = crossing.probabilityByStep.firstIndex { $0 >= 0.5 }.map { String($0 + 1) }
        answered +=
          "\(task.series),\(task.origin),\(question.window),\(question.name),"
          + "\(NumberText.shortest(chance)),\(step ?? "")\n"
      }
      let gates = forecast.verdict.gates.map(\.code).joined(separator: "+")
      let skill = forecast.skill.map(NumberText.shortest) ?? ""
      judged += "\(task.series),\(task.origin),\(gates),\(skill),\(milliseconds)\n"
      progress.advance()
    }
    progress.finish()
    try out.flush()
    if let answers { try write(answered, to: answers) }
    if let verdicts { try write(judged, to: verdicts) }
  }

  /// The forecast of a task and the processor time it took, from the samples on.
  private func forecast(
    _ task: Task, _ asked: [Question]
  ) throws -> (forecast: Forecast, milliseconds: Double) {
    guard let origin = Timestamp(seconds: task.origin) else {
      throw CommandFailure("manifest.csv: origin \(task.origin) is out of range")
    }
    let samples = try HistoryFile.read(directory + "/" + task.file)
    let step = task.intervalSeconds * 1_000_000_000
    let start = clock()
    let forecast = Forecaster.forecast(
      samples,
      ForecastRequest(
        origin: origin, horizonNanoseconds: step * Int64(task.steps), stepNanoseconds: step,
        levels: levels, bounds: .inferred(from: samples.values),
        thresholds: asked.map { Threshold(limit: $0.threshold) }), settings: settings)
    // POSIX counts millionths of a second.
    return (forecast, Double(clock() - start) / 1000)
  }

  private func write(_ text: String, to path: String) throws {
    try OutputFile(path).write(Data(text.utf8))
  }

  // MARK: - Reading the folder

  private func readTasks() throws -> [Task] {
    try rows("manifest.csv", ["file", "series_id", "origin", "steps", "interval_s"]).map { row in
      guard let origin = Int64(row[2]), let steps = Int(row[3]), let interval = Int64(row[4]),
        steps > 0, interval > 0
      else { throw CommandFailure("manifest.csv: a row is not numbers: \(row)") }
      return Task(
        file: row[0], series: row[1], origin: origin, steps: steps, intervalSeconds: interval)
    }
  }

  private func readQuestions() throws -> [String: [Question]] {
    let columns = ["series_id", "origin", "window", "steps", "question", "threshold"]
    var found: [String: [Question]] = [:]
    for row in try rows("questions.csv", columns) {
      guard let steps = Int(row[3]), let threshold = Double(row[5]) else {
        throw CommandFailure("questions.csv: a row is not numbers: \(row)")
      }
      found["\(row[0])@\(row[1])", default: []].append(
        Question(window: row[2], steps: steps, name: row[4], threshold: threshold))
    }
    return found
  }

  /// The rows of a plain CSV file, their cells in the order of the wanted columns.
  private func rows(_ file: String, _ columns: [String]) throws -> [[String]] {
    let path = directory + "/" + file
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandFailure(
        "cannot read `\(path)`", hint: "the forecast benchmark's make_tasks.py writes such a folder"
      )
    }
    let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let header = lines.first?.split(separator: ",").map(String.init) else { return [] }
    let places = try columns.map { column in
      guard let place = header.firstIndex(of: column) else {
        throw CommandFailure("\(file) lacks the column `\(column)`")
      }
      return place
    }
    return try lines.dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard cells.count == header.count else {
        throw CommandFailure("\(file): a row has \(cells.count) cells, the header \(header.count)")
      }
      return places.map { cells[$0] }
    }
  }
}
