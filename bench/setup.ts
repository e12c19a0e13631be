// What every measurement is given, and what it gives.
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder, trackFolder } from './alive.ts';
import type { Figures } from './figures.ts';
import type { Pinning } from './pinning.ts';
import { freePort, type ServerProcess } from './process.ts';
import type { Place, ServerKind } from './servers.ts';

export interface Setup {
  /** On the disk that is measured. */
  readonly folder: string;
  readonly pinning: Pinning;
  /** The shortest measured part of a run. */
  readonly seconds: number;
  readonly isQuick: boolean;
  /** Messages a second of closed loads until now, by load and server: so that the next run is long enough. */
  readonly paces: Map<string, number>;
  /** A directory with a large log, made when it is first asked for. */
  largeLog(): Promise<string>;
}

export type Outcome =
  | { readonly kind: 'measured'; readonly figures: Figures }
  /** It ran, and its figures do not say what they should. */
  | { readonly kind: 'void'; readonly reason: string; readonly figures: Figures }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string };

export async function makePlace({ folder, pinning }: Setup): Promise<Place> {
  return { folder: trackFolder(mkdtempSync(join(folder, 'server-'))), port: await freePort(), pinning };
}

/** Lets a new server in a new place be used, and ends both. The error of a server that ended says how. */
export async function withServer<T>(
  server: ServerKind,
  setup: Setup,
  use: (process: ServerProcess, place: Place) => Promise<T>,
): Promise<T> {
  const place = await makePlace(setup);
  const running = server.launch(place);
  try {
    await running.accepts();
    return await use(running, place);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(running.end === undefined ? reason : `${reason}; ${running.end}`, { cause: error });
  } finally {
    await running.stop();
    removeFolder(place.folder);
  }
}
