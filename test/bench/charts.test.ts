import { drawChart } from "../../bench/charts";

test("a chart of the same data has the same bytes, whatever was drawn before, and nothing of the page it stands on", () => {
  const chart = {
    ...{ title: "Reads & writes", subtitle: "a machine, a day", x: "operations", y: "ms" },
    series: [
      { name: "ours", points: [[100, 0.5] as const, [1_000, undefined] as const, [10_000, 0.7] as const] },
      { name: "limit", points: [[100, 1] as const, [10_000, 1] as const], dashed: true },
    ],
  };
  const svg = drawChart(chart);
  drawChart({ ...chart, scale: "linear" });
  expect(drawChart(chart)).toBe(svg);
  expect(svg).toMatch(/^<svg [^>]*>\n<rect width="860" height="520" x="0" y="0" fill="#ffffff">/);
  for (const text of ["Reads &amp; writes", "a machine, a day", "operations", "ms", "ours", "limit", "1,000"]) {
    expect(svg).toContain(`>${text}</text>`);
  }
});
