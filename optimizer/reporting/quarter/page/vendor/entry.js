// What the page draws with, and no more; bundled by esbuild into echarts.min.js (see README.md).
import { init, use, version } from "echarts/core.js";
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts.js";
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  VisualMapContinuousComponent,
} from "echarts/components.js";
import { SVGRenderer } from "echarts/renderers.js";

use([BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart, SVGRenderer]);
use([GridComponent, LegendComponent, MarkLineComponent, TitleComponent, TooltipComponent, VisualMapContinuousComponent]);

export { init, version };
