// The ladder of links: from a cable in the house to a satellite, each with its figures, their units and where they are from.
// Down is towards the reader's side, up is away from it.

export interface Direction {
  readonly kilobitsPerSecond: number
  /** One way, without any queue. */
  readonly delayMs: number
  /** Standard deviation of the delay; packets keep their order. */
  readonly jitterMs: number
  readonly loss: Loss
  /** How much the buffer before the link holds, in time at the link's rate. */
  readonly bufferMs: number
}

export interface Loss {
  readonly percent: number
  /** Packets that are lost in a row, in the mean; 1: each by itself. */
  readonly burstPackets: number
}

export interface LinkProfile {
  readonly name: string
  readonly title: string
  readonly down: Direction
  readonly up: Direction
  /**
   * Small packets of others, each way, that cross it all the time. A burst of loss is counted in packets: where nobody but
   * a sender that waits ever longer used the link, it would never end.
   */
  readonly othersPerSecond: number
  /** Where the figures are published. */
  readonly source: string
}

const none: Loss = { percent: 0, burstPackets: 1 }

interface Figures {
  /** Down and up, kbit/s. */
  readonly rate: readonly [number, number]
  readonly rttMs: number
  /** Of each direction. */
  readonly jitterMs?: number
  /** Of each direction. */
  readonly loss?: Loss
  /** Bufferbloat; else it holds what is on the way in a round trip (RFC 3439, section 2.3). */
  readonly bufferMs?: number
  readonly othersPerSecond?: number
}

/** The least that a buffer holds: 20 full packets. */
const leastBufferBits = 20 * 1500 * 8

function link(name: string, title: string, figures: Figures, source: string): LinkProfile {
  const { rate, rttMs, jitterMs = 0, loss = none, othersPerSecond = 0 } = figures
  const direction = (kilobitsPerSecond: number): Direction => ({
    kilobitsPerSecond,
    delayMs: rttMs / 2,
    jitterMs,
    loss,
    bufferMs: Math.max(figures.bufferMs ?? rttMs, leastBufferBits / kilobitsPerSecond),
  })
  return { name, title, down: direction(rate[0]), up: direction(rate[1]), othersPerSecond, source }
}

const webPageTest = 'WebPageTest, connectivity.ini'

export const linkProfiles: readonly LinkProfile[] = [
  link('lan', 'a cable in the house', { rate: [1_000_000, 1_000_000], rttMs: 0 }, 'IEEE 802.3ab'),
  link(
    'wifi-good',
    'Wi-Fi, tuned',
    { rate: [100_000, 100_000], rttMs: 10, jitterMs: 2, loss: { percent: 0.1, burstPackets: 1 } },
    'delay: Pei et al., “WiFi can be the weakest link of round trip network latency in the wild”, INFOCOM 2016 (median of 10 ms once it was tuned); rate: an 802.11n/ac client in one room',
  ),
  link(
    'wifi-bad',
    'Wi-Fi, crowded',
    { rate: [10_000, 10_000], rttMs: 50, jitterMs: 20, loss: { percent: 2, burstPackets: 3 } },
    'delay: Pei et al., INFOCOM 2016 (median of 50 ms, 10 % above 100 ms before tuning); loss and rate: the edge of a cell, ours',
  ),
  link('dsl', 'DSL', { rate: [1_500, 384], rttMs: 50 }, `${webPageTest}: DSL`),
  link('lte', 'LTE', { rate: [12_000, 12_000], rttMs: 70, jitterMs: 5 }, `${webPageTest}: LTE; jitter ours`),
  link('3g', '3G', { rate: [1_600, 768], rttMs: 300, jitterMs: 15 }, `${webPageTest}: 3G; jitter ours`),
  link(
    'starlink',
    'a satellite in low orbit',
    { rate: [178_000, 17_000], rttMs: 50, jitterMs: 5, loss: { percent: 1.5, burstPackets: 5 } },
    'Michel et al., “A first look at Starlink performance”, IMC 2022: medians of 50 ms, 178 and 17 Mbit/s, 1.56 % lost under load; the bursts’ length is ours',
  ),
  link(
    'geo-satellite',
    'a geostationary satellite',
    { rate: [20_000, 2_000], rttMs: 800, jitterMs: 5 },
    'rates: the satellite of the QUIC interop runner; delay: 600 ms (APNIC Labs, “Using LEOs and GEOs”, 2022) and 200 ms of access to the channel',
  ),
  link(
    'modem-256k',
    'a line of 256 kbit/s',
    { rate: [256, 256], rttMs: 120 },
    `${webPageTest}: the delay of Dial, the rate of 2G up`,
  ),
  link(
    'burst-loss',
    'a quarter lost, in bursts of 40',
    { rate: [10_000, 10_000], rttMs: 40, loss: { percent: 25, burstPackets: 40 }, othersPerSecond: 100 },
    'the worst grade of what a link is to survive; Gilbert (1960), Elliott (1963)',
  ),
  link(
    'village',
    'an uplink that a village shares, with a bloated buffer',
    { rate: [2_000, 2_000], rttMs: 100, jitterMs: 5, bufferMs: 2_000 },
    'buffer: Kreibich et al., “Netalyzr”, IMC 2010 (more than a second behind many uplinks); rate and delay ours',
  ),
]

/** Undefined where there is none of this name. */
export function profileOf(name: string): LinkProfile | undefined {
  return linkProfiles.find((profile) => profile.name === name)
}

/** Whether a limit of the rate is all there is to it. */
export function isRateOnly({ down, up }: LinkProfile): boolean {
  return [down, up].every(({ delayMs, jitterMs, loss }) => delayMs === 0 && jitterMs === 0 && loss.percent === 0)
}
