/// The page's style sheet, with a part for print.
///
/// On a phone tables scroll sideways by themselves.
enum ReportStyle {
  static let css = """
    :root { color-scheme: light; --ink: #1c2430; --soft: #5b6675; --line: #dfe4ea; --blue: #1f5fbf; }
    * { box-sizing: border-box; }
    body { margin: 0; background: #f6f7f9; color: var(--ink);
      font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
    main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 48px; background: #fff; }
    h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 32px 0 8px; }
    h3 { font-size: 16px; margin: 0; } .meta, .series, footer { color: var(--soft); }
    .series { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px; margin: 2px 0 8px; }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
    th, td { text-align: left; padding: 6px 8px; border-bottom: 1px solid var(--line); vertical-align: top; }
    th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
    .why { min-width: 240px; }
    .num { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    th.num { white-space: normal; }
    a { color: var(--blue); }
    .badge { display: inline-block; padding: 1px 8px; border-radius: 10px; font-size: 12px;
      font-weight: 600; white-space: nowrap; border: 1px solid currentColor; }
    .scale_up, .firing { color: #a3220f; background: #fdecea; }
    .scale_down { color: #14532d; background: #e7f6ec; }
    .unknown, .pending { color: #7a4b00; background: #fff4dc; }
    .hold, .inactive { color: #44505f; background: #eef1f4; }
    section { margin-top: 28px; padding-top: 20px; border-top: 1px solid var(--line); break-inside: avoid; }
    section ul { margin: 6px 0 0; padding-left: 20px; font-size: 13.5px; }
    svg { width: 100%; height: auto; display: block; }
    .grid { stroke: var(--line); } .tick { fill: var(--soft); font-size: 11px; }
    .history { fill: none; stroke: var(--ink); stroke-width: 1.2; }
    .forecast { fill: none; stroke: var(--blue); stroke-width: 1.8; stroke-dasharray: 6 3; }
    .band95 { fill: #1f5fbf; opacity: 0.13; } .band80 { fill: #1f5fbf; opacity: 0.22; }
    .limit { stroke: #a3220f; stroke-dasharray: 2 3; stroke-width: 1.3; }
    .limit-name { fill: #a3220f; font-size: 11px; } .now { stroke: var(--soft); stroke-width: 0.8; }
    footer { margin-top: 36px; font-size: 12.5px; }
    @media print { body { background: #fff; font-size: 11pt; } main { max-width: none; padding: 0; }
      a { color: inherit; text-decoration: none; } h2 { break-after: avoid; } }
    """
}
