// Loss of power: what was synced is on the disk, chance decides about the rest.
import { join } from 'node:path';
import type { Random } from '../support/random.ts';
import type { Campaign, Figures } from './campaign.ts';
import { Disk, weatherOf } from './disk.ts';
import { readJournal } from './journal.ts';
import { type Crash, crashes } from './kill.ts';
import { buildShim, Shim } from './shim.ts';
import type { World } from './world.ts';

export const power: Campaign = {
  name: 'power',
  about: 'simulated loss of power under load from 20 clients',
  quick: 10,
  full: 300,
  run: (run) => crashes(run, new PowerLoss(buildShim(run.folder), run.random.fork(1_000_000))),
};

/** Owns: the disk of one data directory after the other. */
class PowerLoss implements Crash {
  readonly #library: string;
  readonly #random: Random;
  #shim: Shim | undefined;
  #disk: Disk | undefined;
  #sum = { changes: 0, unsynced: 0, dropped: 0, namesLost: 0, syncs: 0 };

  constructor(library: string, random: Random) {
    this.#library = library;
    this.#random = random;
  }

  begin(world: World): NodeJS.ProcessEnv {
    this.#shim = new Shim(this.#library, world.folder, world.data, true);
    this.#disk = new Disk(world.data, join(world.folder, 'shadow'));
    return this.#shim.environment;
  }

  lose(): string {
    const { shim, disk } = this.#parts;
    const weather = weatherOf(this.#random);
    const loss = disk.lose(readJournal(shim.journal), weather, this.#random);
    shim.forgetJournal();
    this.#sum.changes += loss.changes;
    this.#sum.unsynced += loss.unsynced;
    this.#sum.dropped += loss.dropped;
    this.#sum.namesLost += loss.namesLost;
    return `a loss of power (${Object.values(weather).join(' ')})`;
  }

  end(): void {
    const { shim } = this.#parts;
    if (shim.get('unmodelled') > 0)
      throw new Error('the server did to its disk what the shim can not follow');
    this.#sum.syncs += shim.get('syncs');
    shim.close();
  }

  figures(): Figures {
    return {
      'changes of the disk': this.#sum.changes,
      syncs: this.#sum.syncs,
      'unsynced writes': this.#sum.unsynced,
      'of them lost': this.#sum.dropped,
      'names lost': this.#sum.namesLost,
    };
  }

  get #parts(): { shim: Shim; disk: Disk } {
    if (this.#shim === undefined || this.#disk === undefined) throw new Error('no data directory yet');
    return { shim: this.#shim, disk: this.#disk };
  }
}
