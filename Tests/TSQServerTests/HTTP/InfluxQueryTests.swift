import Foundation
import Testing

@testable import TSQServer

@Suite("What clients of InfluxDB ask around their writes")
struct InfluxQueryTests {
  @Test(
    "Statements are read as InfluxQL has them",
    arguments: [
      ("CREATE DATABASE telegraf", [InfluxStatement.createDatabase("telegraf")]),
      ("create database \"a b\\\"c\"", [.createDatabase("a b\"c")]),
      ("CREATE DATABASE x WITH DURATION 3d NAME \"p\"", [.createDatabase("x")]),
      (" SHOW  DATABASES ; ", [.showDatabases]),
      ("CREATE DATABASE a;SHOW DATABASES", [.createDatabase("a"), .showDatabases]),
    ])
  func statements(text: String, expected: [InfluxStatement]) throws {
    #expect(try InfluxStatement.all(in: text) == expected)
  }

  @Test(
    "Anything else is an error in words",
    arguments: [
      "", ";", "SELECT * FROM cpu", "DROP DATABASE x", "CREATE DATABASE", "CREATE DATABASE \"x",
      "SHOW DATABASES now", "SHOW", "CREATE DATABASE ;", "\"CREATE\" DATABASE x",
    ])
  func refusals(text: String) {
    #expect(throws: InfluxStatementError.self) { try InfluxStatement.all(in: text) }
  }

  @Test("Databases that were named are listed; queries are refused with a hint")
  func databases() async throws {
    try await withServer { running in
      let created = try await running.form("/query", "q=CREATE+DATABASE+%22one%22")
      #expect(created.status == 200)
      #expect(created.text == "{\"results\":[{\"statement_id\":0}]}")
      #expect(try await running.write("m value=1 1", "/write?db=two").status == 204)
      #expect(
        try await running.write("m value=1 1", "/api/v2/write?bucket=three&org=o").status == 204)
      let shown = try await running.ask(.get, "/query?q=SHOW%20DATABASES")
      #expect(
        shown.text
          == "{\"results\":[{\"series\":[{\"columns\":[\"name\"],\"name\":\"databases\","
          + "\"values\":[[\"one\"],[\"three\"],[\"two\"]]}],\"statement_id\":0}]}")
      let refused = try await running.ask(.get, "/query?q=SELECT%201")
      #expect(refused.status == 400)
      #expect(refused.text.contains("PromQL"))
      #expect(try await running.ask(.get, "/query").status == 400)
      #expect(try await running.ask(.get, "/settings").status == 404)
    }
  }
}
