// Lines by the number of nodes, which grows by powers of ten; what real nodes did is a ring on the line of the model.

import type { ChartConfiguration } from 'chart.js'
import type { GrowthChart } from '../charts.js'
import type { Colours } from './colours.js'
import { powerLabel, short } from './labels.js'

export const growthHeightPx = 300

export function growthConfiguration(chart: GrowthChart, colours: Colours): ChartConfiguration {
  const { lines, unit, isLogarithmic } = chart
  const markOf = (value: number): string => (isLogarithmic ? powerLabel(value, [1, 3]) : short(value))
  const at = (points: GrowthChart['lines'][number]['points']) =>
    points.map(({ nodes, value }) => ({ x: nodes, y: value }))
  return {
    type: 'line',
    data: {
      datasets: lines.flatMap(({ name, points, real }, index) => {
        const colour = colours.lines[index % colours.lines.length] ?? colours.text
        return [
          {
            label: name,
            data: at(points),
            borderColor: colour,
            backgroundColor: colour,
            borderWidth: 2,
            pointRadius: 2.5,
          },
          {
            label: `${name}, real nodes`,
            data: at(real),
            showLine: false,
            borderColor: colour,
            backgroundColor: 'transparent',
            pointRadius: 6,
            pointBorderWidth: 2,
          },
        ]
      }),
    },
    options: {
      responsive: true,
      maintainAspectRatio: false,
      animation: false,
      plugins: {
        legend: {
          labels: {
            color: colours.text,
            boxWidth: 12,
            filter: ({ text }) => !text.endsWith('real nodes'),
          },
        },
        tooltip: { callbacks: { label: ({ dataset, parsed }) => `${dataset.label}: ${short(parsed.y ?? 0)} ${unit}` } },
      },
      scales: {
        x: {
          type: 'logarithmic',
          title: { display: true, text: 'nodes', color: colours.faint },
          ticks: { color: colours.faint, maxRotation: 0, callback: (value) => powerLabel(Number(value), [1]) },
          grid: { color: colours.grid },
        },
        y: {
          type: isLogarithmic ? 'logarithmic' : 'linear',
          ...(isLogarithmic ? {} : { beginAtZero: true }),
          title: { display: true, text: unit, color: colours.faint },
          ticks: { color: colours.faint, maxTicksLimit: 6, callback: (value) => markOf(Number(value)) },
          grid: { color: colours.grid },
        },
      },
    },
  }
}
