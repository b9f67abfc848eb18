// Bars that lie, a whisker for the interval of each: rows in one unit, and ratios on a scale of powers around 1.

import type { ChartConfiguration, Plugin } from 'chart.js'
import type { Bar, BarsChart, RatiosChart } from '../charts.js'
import type { Colours } from './colours.js'
import { powerLabel, short, wrap } from './labels.js'

/** Letters of a label in a line: narrow on a phone. */
function lettersIn(widthPx: number): number {
  return widthPx < 500 ? 17 : 40
}

const lineHeightPx = 15
const barSpacePx = 14
const axisHeightPx = 34

/** Pixels that the chart needs. */
export function heightOf({ bars }: BarsChart | RatiosChart, widthPx: number): number {
  const letters = lettersIn(widthPx)
  const lines = bars.reduce((sum, { name }) => sum + wrap(name, letters).length, 0)
  return axisHeightPx + lines * lineHeightPx + bars.length * barSpacePx
}

/** Where the scale ends at least: a whisker is shown whole, unless it would make its bars small. */
function endOf(bars: readonly Bar[]): number {
  const highest = Math.max(...bars.map(({ value }) => value))
  return Math.min(2 * highest, Math.max(...bars.map(({ high }) => high)))
}

function whiskers(bars: readonly Bar[], colours: Colours): Plugin {
  return {
    id: 'whiskers',
    afterDatasetsDraw({ ctx, scales, chartArea }) {
      const { x, y } = scales
      if (x === undefined || y === undefined) return
      ctx.save()
      ctx.beginPath()
      ctx.rect(chartArea.left, chartArea.top, chartArea.width, chartArea.height)
      ctx.clip()
      ctx.strokeStyle = colours.text
      ctx.lineWidth = 1.5
      for (const [index, { low, high }] of bars.entries()) {
        const [left, right, middle] = [x.getPixelForValue(low), x.getPixelForValue(high), y.getPixelForValue(index)]
        ctx.beginPath()
        ctx.moveTo(left, middle)
        ctx.lineTo(right, middle)
        for (const end of [left, right]) {
          ctx.moveTo(end, middle - 3)
          ctx.lineTo(end, middle + 3)
        }
        ctx.stroke()
      }
      ctx.restore()
    },
  }
}

export function barsConfiguration(
  chart: BarsChart | RatiosChart,
  colours: Colours,
  widthPx: number,
): ChartConfiguration {
  const { bars, kind } = chart
  const isRatio = kind === 'ratios'
  const letters = lettersIn(widthPx)
  const unit = isRatio ? '×' : chart.unit
  const markOf = (value: number): string => (isRatio ? powerLabel(value, [1, 2, 5]) : `${short(value)} ${unit}`)
  const colourOf = ({ isRunnel }: Bar): string => (isRunnel ? colours.own : isRatio ? colours.loses : colours.peer)
  return {
    type: 'bar',
    data: {
      labels: bars.map(({ name }) => wrap(name, letters)),
      datasets: [
        {
          // A ratio's bar begins where both are as good.
          data: bars.map(({ value }) => (isRatio ? [1, value] : value)) as number[],
          backgroundColor: bars.map(colourOf),
          barPercentage: 0.8,
          categoryPercentage: 0.9,
        },
      ],
    },
    options: {
      indexAxis: 'y',
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            label: ({ dataIndex }) => {
              const bar = bars[dataIndex]
              return bar === undefined ? '' : `${short(bar.value)} ${unit} [${short(bar.low)} – ${short(bar.high)}]`
            },
          },
        },
      },
      scales: {
        x: {
          type: isRatio ? 'logarithmic' : 'linear',
          ...(isRatio ? {} : { beginAtZero: true }),
          suggestedMax: endOf(bars),
          ticks: { color: colours.faint, maxTicksLimit: 5, maxRotation: 0, callback: (value) => markOf(Number(value)) },
          grid: { color: colours.grid },
        },
        y: { ticks: { color: colours.text, autoSkip: false, font: { size: 12 } }, grid: { display: false } },
      },
    },
    plugins: [whiskers(bars, colours)],
  }
}
