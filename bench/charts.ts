/** Line charts of what benchmarks measure, as SVG: the same bytes for the same data. */
import { init } from "echarts";

/** What was measured at each length, size or the like; nothing stands for what was not. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [number, number | undefined])[];
  /** A limit or a baseline, drawn dashed. */
  readonly dashed?: boolean;
}

export interface Chart {
  readonly title: string;
  /** Such as the machine and the day. */
  readonly subtitle: string;
  readonly x: string;
  readonly y: string;
  /** Of y; x is always logarithmic. Shares may be 0, which no logarithm shows. */
  readonly scale?: "log" | "linear";
  readonly series: readonly Series[];
}

const WIDTH = 860;
const HEIGHT = 520;
/** First Wong's palette, which the colour-blind tell apart. */
const COLOURS = [
  ...["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
  ...["#7a3b00", "#555555", "#999999", "#6a3d9a", "#b2182b", "#000000"],
];
const SYMBOLS = ["circle", "rect", "triangle", "diamond"];
const INK = "#222222";

const shown = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 3 });

export function drawChart(chart: Chart): string {
  const axis = {
    nameTextStyle: { color: INK },
    axisLabel: { color: INK, formatter: shown },
    axisLine: { show: true, lineStyle: { color: INK } },
    splitLine: { show: true, lineStyle: { color: "#dddddd" } },
    minorTick: { show: true },
  };
  const drawing = init(null, null, { renderer: "svg", ssr: true, width: WIDTH, height: HEIGHT });
  try {
    drawing.setOption({
      animation: false,
      // Its own, so that it can be read on dark pages as well.
      backgroundColor: "#ffffff",
      color: COLOURS,
      title: {
        ...{ text: chart.title, subtext: chart.subtitle, left: 16, top: 10 },
        ...{ textStyle: { color: INK, fontSize: 16 }, subtextStyle: { color: "#555555" } },
      },
      grid: { left: 80, right: 230, top: 84, bottom: 60 },
      legend: {
        ...{ type: "plain", orient: "vertical", right: 12, top: 84, width: 205, itemWidth: 30 },
        textStyle: { color: INK, width: 135, overflow: "break" },
      },
      xAxis: { ...axis, type: "log", min: "dataMin", name: chart.x, nameLocation: "middle", nameGap: 32 },
      yAxis: {
        ...{ ...axis, type: chart.scale === "linear" ? "value" : "log" },
        ...{ name: chart.y, nameLocation: "middle", nameGap: 56 },
      },
      series: chart.series.map(({ name, points, dashed }, place) => ({
        ...{ type: "line", name, silent: true, symbol: SYMBOLS[place % SYMBOLS.length], symbolSize: 7 },
        data: points.filter(([, y]) => y !== undefined && (chart.scale === "linear" || y > 0)),
        lineStyle: { width: 2, type: dashed ? "dashed" : "solid" },
      })),
    });
    // The names of classes count the charts that were drawn before, and are for pointers only.
    return (
      drawing
        .renderToSVGString()
        .replaceAll(/ (?:class|ecmeta_\w+)="[^"]*"/g, "")
        .replace(/<style[^]*<\/style>\n*/, "")
        .replaceAll(/\bzr\d+-/g, "") + "\n"
    );
  } finally {
    drawing.dispose();
  }
}
