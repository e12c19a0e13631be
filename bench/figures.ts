// Everything that is measured: one table of names, units and ways to show them.

export const FIGURES = {
  cpuUs: { head: 'server CPU µs/delivery', better: 'less' },
  userUs: { head: 'of it in user mode', better: 'less' },
  perSecond: { head: 'deliveries/s', better: 'more' },
  p50Ms: { head: 'p50 ms', better: 'less' },
  p99Ms: { head: 'p99 ms', better: 'less' },
  p999Ms: { head: 'p99.9 ms', better: 'less' },
  maxMs: { head: 'max ms', better: 'less' },
  serverBusy: { head: 'server busy %', better: 'less' },
  loadBusy: { head: 'generator busy %', better: 'less' },
  othersBusy: { head: 'others on the machine %', better: 'less' },
  seconds: { head: 'seconds', better: 'more' },
  rssMiB: { head: 'RSS at most MiB', better: 'less' },
  grownMiB: { head: 'RSS grown by MiB', better: 'less' },
  kernelMiB: { head: 'socket buffers MiB', better: 'less' },
  rssKiB: { head: 'RSS KiB/connection', better: 'less' },
  pssKiB: { head: 'PSS KiB/connection', better: 'less' },
  kernelKiB: { head: 'kernel KiB/connection, both ends', better: 'less' },
  idlePercent: { head: 'CPU while idle %', better: 'less' },
  connections: { head: 'connections', better: 'more' },
  joinSeconds: { head: 'all joined after s', better: 'less' },
  joinUs: { head: 'server CPU µs/join', better: 'less' },
  messagesPerSecond: { head: 'messages/s', better: 'more' },
  messageUs: { head: 'server CPU µs/message', better: 'less' },
  commitUs: { head: 'lone SQLite FULL commit µs', better: 'less' },
  commits: { head: 'p50 in lone commits', better: 'less' },
  perCommit: { head: 'acknowledged per lone commit’s time', better: 'more' },
  entriesPerSecond: { head: 'entries/s', better: 'more' },
  entryUs: { head: 'server CPU µs/entry', better: 'less' },
  entries: { head: 'entries', better: 'more' },
  loopLateMs: { head: 'event loop late, max ms', better: 'less' },
  connectMs: { head: 'first connection ms', better: 'less' },
  welcomeMs: { head: 'first Welcome ms', better: 'less' },
  startCpuMs: { head: 'CPU until then ms', better: 'less' },
} as const satisfies Readonly<Record<string, { readonly head: string; readonly better: 'less' | 'more' }>>;

export type FigureName = keyof typeof FIGURES;

/** What one run gave. Times and sizes in the unit that the name ends with. */
export type Figures = { readonly [name in FigureName]?: number | undefined };

export function isFigure(name: string): name is FigureName {
  return Object.hasOwn(FIGURES, name);
}
