// The parts of Apache ECharts that the report page needs, and no others.
export {init, registerMap} from 'echarts/core';
import {use} from 'echarts/core';
import {LabelLayout} from 'echarts/features';
import {SankeyChart, LineChart, BarChart, ScatterChart, LinesChart} from 'echarts/charts';
import {GridComponent, TooltipComponent, LegendComponent, GeoComponent, AriaComponent} from 'echarts/components';
import {SVGRenderer} from 'echarts/renderers';
use([SankeyChart, LineChart, BarChart, ScatterChart, LinesChart, GridComponent, TooltipComponent, LegendComponent,
     GeoComponent, AriaComponent, LabelLayout, SVGRenderer]);
