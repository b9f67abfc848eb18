// The page's script: draws every chart into its frame, and draws all of them again when light becomes dark. The data stand
// in the page itself; nothing is fetched.

import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js'
import type { Chart as ChartData } from '../charts.js'
import { barsConfiguration, heightOf } from './bars.js'
import { type Canvas, document, type Frame, matchMedia } from './browser.js'
import { coloursNow } from './colours.js'
import { growthConfiguration, growthHeightPx } from './growth.js'

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
)

const charts = JSON.parse(document.getElementById('charts')?.textContent ?? '[]') as readonly ChartData[]
const drawn: { destroy(): void }[] = []

function drawAll(): void {
  for (const chart of drawn.splice(0)) chart.destroy()
  for (const frame of document.querySelectorAll('[data-chart]')) {
    const chart = charts[Number(frame.dataset.chart)]
    const canvas = frame.querySelector('canvas')
    if (chart !== undefined && canvas !== null) draw(frame, canvas, chart)
  }
}

function draw(frame: Frame, canvas: Canvas, chart: ChartData): void {
  const colours = coloursNow()
  const isGrowth = chart.kind === 'growth'
  frame.style.height = `${isGrowth ? growthHeightPx : heightOf(chart, frame.clientWidth)}px`
  const configuration = isGrowth
    ? growthConfiguration(chart, colours)
    : barsConfiguration(chart, colours, frame.clientWidth)
  drawn.push(new Chart(canvas as never, configuration))
}

drawAll()
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll)
