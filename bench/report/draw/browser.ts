// What the page's script needs of a browser, and no more: the project is compiled without a browser's types.

export interface Canvas {
  readonly parentElement: Frame
}

export interface Frame {
  readonly clientWidth: number
  readonly style: { height: string }
  readonly dataset: Readonly<Record<string, string | undefined>>
  querySelector(selector: string): Canvas | null
}

interface Scheme {
  addEventListener(type: 'change', call: () => void): void
}

interface Browser {
  readonly document: {
    readonly documentElement: object
    querySelectorAll(selector: string): Iterable<Frame>
    getElementById(id: string): { readonly textContent: string } | null
  }
  readonly matchMedia: (query: string) => Scheme
  readonly getComputedStyle: (of: object) => { getPropertyValue(name: string): string }
}

export const { document, matchMedia, getComputedStyle } = globalThis as unknown as Browser
